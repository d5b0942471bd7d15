//! Several libraries in one process, whose instances import from one another.

use wasmwright_compiler::Options;
use wasmwright_compiler::linking::link;
use wasmwright_compiler::options::{BoundsChecks, Emit, Optimization};
use wasmwright_compiler::program::ModuleInput;
use wasmwright_tests::libraries::{Library, Watch, hosts};
use wasmwright_tests::machine::Machine;

fn explicit() -> Options {
    Options { bounds_checks: BoundsChecks::Explicit, ..Options::default() }
}

fn unoptimised() -> Options {
    Options { optimization: Optimization::O0, ..Options::default() }
}

fn statically(options: Options) -> Options {
    Options { emit: Emit::Static, ..options }
}

fn for_aarch64(options: Options) -> Options {
    Options { target: Machine::Aarch64.target(), ..options }
}

/// The host of that name with the library of that name and another one, each as its options have it.
#[track_caller]
fn runs(name: &str, options: Options, other: &str, other_options: Options, watches: &[Watch]) {
    let other = Library::of_host(other, other_options);
    run(&Library::of_host(name, options), name, &other, &[], watches);
}

/// A host with a library and another one, and further arguments for its compiler.
#[track_caller]
fn run(library: &Library, host: &str, other: &Library, arguments: &[&str], watches: &[Watch]) {
    let (headers, path) = (other.folder().to_str().unwrap(), other.path());
    let rpath = format!("-Wl,-rpath,{headers}");
    let arguments = [arguments, &["-I", headers, path.to_str().unwrap(), &rpath]].concat();
    for &watch in watches {
        library.host(host, watch, &arguments).run(&[]);
    }
}

/// Plainly and under AddressSanitizer, with both libraries in all the ways that differ; then on AArch64.
#[track_caller]
fn run_in_all_ways(name: &str, other: &str) {
    let watches = [Watch::None, Watch::Address];
    runs(name, Options::default(), other, Options::default(), &watches);
    runs(name, explicit(), other, unoptimised(), &watches);
    runs(name, unoptimised(), other, statically(explicit()), &watches);
    runs(name, statically(Options::default()), other, statically(Options::default()), &watches);
    runs(name, for_aarch64(explicit()), other, for_aarch64(Options::default()), &[Watch::Aarch64]);
}

#[test]
fn a_tag_of_one_library_is_the_same_in_another() {
    run_in_all_ways("tags", "giver");
}

#[test]
fn functions_of_one_library_are_called_through_references_by_another() {
    run_in_all_ways("far", "others");
}

#[test]
fn what_ends_a_call_in_another_library_ends_the_caller_s() {
    let mut limited = Options { fuel: Some(1 << 40), ..Options::default() };
    limited.library.interruptible = true;
    let library = Library::of_host("far", limited);
    let other = Library::of_host("others", Options::default());
    run(&library, "far", &other, &["-DLIMITED"], &[Watch::None, Watch::Address]);
}

#[test]
fn linked_modules_and_handlers_alone_have_their_part() {
    let read = |name: &str| std::fs::read(hosts().join(name)).expect("the module is there");
    let library = |options| {
        let named = vec![ModuleInput::new("below", read("linked_below.wat"))];
        let modules = link(ModuleInput::new("linked", read("linked.wat")), named).unwrap();
        Library::of_modules("linked", &modules, options)
    };
    let watches = [Watch::None, Watch::Address];
    for options in [Options::default(), unoptimised(), statically(explicit())] {
        let other = Library::of_host("others", Options::default());
        run(&library(options), "linked", &other, &[], &watches);
    }
}
