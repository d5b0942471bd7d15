//! Several libraries in one process, whose instances import from one another.

use wasmwright_compiler::Options;
use wasmwright_compiler::options::{BoundsChecks, Emit, Optimization};
use wasmwright_tests::libraries::{Library, Watch};
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
    let library = Library::of_host(name, options);
    let other = Library::of_host(other, other_options);
    let (headers, path) = (other.folder().to_str().unwrap(), other.path());
    let rpath = format!("-Wl,-rpath,{headers}");
    for &watch in watches {
        library.host(name, watch, &["-I", headers, path.to_str().unwrap(), &rpath]).run(&[]);
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
    let (headers, path) = (other.folder().to_str().unwrap(), other.path());
    let rpath = format!("-Wl,-rpath,{headers}");
    let arguments = ["-DLIMITED", "-I", headers, path.to_str().unwrap(), &rpath];
    for watch in [Watch::None, Watch::Address] {
        library.host("far", watch, &arguments).run(&[]);
    }
}
