//! Libraries in the processes of hosts in C.

use std::process::Command;
use wasmwright_compiler::options::{BoundsChecks, Emit, Optimization};
use wasmwright_compiler::{Compiler, Options};
use wasmwright_tests::libraries::{Library, Watch, hosts};
use wasmwright_tests::machine::Machine;
use wasmwright_tests::programs::Source;

fn guarded() -> Options {
    Options::default()
}

fn explicit() -> Options {
    Options { bounds_checks: BoundsChecks::Explicit, ..Options::default() }
}

fn unoptimised() -> Options {
    Options { optimization: Optimization::O0, ..Options::default() }
}

/// One host, by itself and under AddressSanitizer, with the library as each of the options have it.
#[track_caller]
fn runs_plainly_and_watched(name: &str, options: impl IntoIterator<Item = Options>) {
    for options in options {
        let library = Library::of_host(name, options);
        for watch in [Watch::None, Watch::Address] {
            library.host(name, watch, &[]).run(&[]);
        }
    }
}

#[test]
fn calls_pass_values_of_every_type_in_both_directions() {
    for options in [guarded(), explicit(), unoptimised()] {
        Library::of_host("calls", options).host("calls", Watch::None, &[]).run(&[]);
    }
}

#[test]
fn every_trap_ends_its_call_and_leaves_the_instance_usable() {
    for options in [guarded(), unoptimised()] {
        Library::of_host("traps", options).host("traps", Watch::None, &[]).run(&[]);
    }
}

#[test]
fn explicit_checks_need_no_handler_of_signals() {
    Library::of_host("traps", explicit()).host("traps", Watch::None, &["-DNO_HANDLER"]).run(&[]);
}

/// Every system call about signals would end the host.
#[test]
fn libraries_without_signals_leave_them_alone() {
    let mut options = explicit();
    options.library.no_signals = true;
    for options in [options.clone(), statically(options)] {
        let library = Library::of_host("traps", options);
        library.host("traps", Watch::None, &["-DNO_SIGNALS"]).run(&[]);
        assert!(library.header().contains("Nothing here has to do with signals"));
    }
    // Nor is there code for it.
    let has_handler = |options| {
        let library = Library::of_host("traps", options);
        let names = Command::new("nm").arg(library.path()).output().unwrap();
        String::from_utf8_lossy(&names.stdout).contains("handle_fault")
    };
    assert!(has_handler(guarded()) && !has_handler(explicit()));
}

#[test]
fn a_library_without_signals_cannot_have_guard_pages() {
    let mut options = Options { emit: Emit::Shared, ..guarded() };
    options.library.no_signals = true;
    let error = Compiler::new(options).compile("m", b"(module)").unwrap_err().to_string();
    assert!(error.contains("--bounds-checks=explicit"), "{error}");
}

#[test]
fn instances_use_no_more_than_the_host_allows() {
    runs_plainly_and_watched("demand", [guarded(), explicit(), statically(unoptimised())]);
}

#[test]
fn instances_share_what_the_host_gives_to_both() {
    for options in [guarded(), explicit()] {
        Library::of_host("share", options).host("share", Watch::None, &[]).run(&[]);
    }
}

#[test]
fn instances_are_new_whatever_was_before_them() {
    runs_plainly_and_watched("again", [guarded(), explicit(), statically(guarded())]);
}

#[test]
fn instances_share_large_contents_until_they_write_to_them() {
    let contents = "abcd".repeat(24 * 65_536 / 4);
    let module = format!(
        r#"(module (memory (export "memory") 26 40) (data (i32.const 65536) "{contents}")
            (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
            (func (export "store") (param i32 i32) (i32.store (local.get 0) (local.get 1)))
            (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))"#
    );
    for options in [guarded(), explicit(), statically(guarded())] {
        let library = Library::new("images", module.as_bytes(), options);
        for watch in [Watch::None, Watch::Address] {
            library.host("images", watch, &[]).run(&[]);
        }
        library.host("images", Watch::None, &["-DREFUSED"]).run(&[]);
    }
}

#[test]
fn instances_call_functions_of_others_as_their_hosts_would() {
    runs_plainly_and_watched("others", [guarded(), explicit(), unoptimised(), statically(guarded())]);
    let options = Options { target: Machine::Aarch64.target(), ..explicit() };
    Library::of_host("others", options).host("others", Watch::Aarch64, &[]).run(&[]);
}

#[test]
fn faults_of_the_host_reach_its_handlers() {
    Library::of_host("traps", guarded()).host("signals", Watch::None, &[]).run(&[]);
}

#[test]
fn sanitizers_of_addresses_and_undefined_behaviour_find_nothing() {
    for options in [guarded(), explicit()] {
        for name in ["calls", "traps", "share"] {
            Library::of_host(name, options.clone()).host(name, Watch::Address, &[]).run(&[]);
        }
    }
}

#[test]
fn valgrind_finds_nothing() {
    // It leaves out loads whose value is not used, so that none of them faults.
    Library::of_host("traps", explicit()).host("traps", Watch::Valgrind, &[]).run(&[]);
    for options in [guarded(), explicit()] {
        for name in ["calls", "share"] {
            Library::of_host(name, options.clone()).host(name, Watch::Valgrind, &[]).run(&[]);
        }
        let few = ["-DINSTANCES=8", "-DTHREADS=4", "-DROUNDS=200"];
        Library::of_host("threads", options).host("threads", Watch::Valgrind, &few).run(&[]);
    }
}

#[test]
fn libraries_for_aarch64_do_the_same() {
    for options in [guarded(), explicit(), unoptimised()] {
        let options = Options { target: Machine::Aarch64.target(), ..options };
        for name in ["calls", "share"] {
            Library::of_host(name, options.clone()).host(name, Watch::Aarch64, &[]).run(&[]);
        }
        let traps = Library::of_host("traps", options.clone());
        if options.bounds_checks == BoundsChecks::Explicit {
            traps.host("traps", Watch::Aarch64, &["-DNO_HANDLER"]).run(&[]);
            continue;
        }
        for name in ["traps", "signals"] {
            traps.host(name, Watch::Aarch64, &[]).run(&[]);
        }
    }
}

/// With tail calls, functions hand the base of their memory to one another.
#[test]
fn libraries_with_tail_calls_do_the_same() {
    for name in ["calls", "traps", "share", "others", "again"] {
        let text = std::fs::read_to_string(hosts().join(format!("{name}.wat"))).unwrap();
        let (body, _) = text.trim_end().rsplit_once(')').expect("a module");
        let module = format!("{body} (func $tail_again (return_call $tail_again)))");
        for options in [guarded(), explicit(), unoptimised()] {
            let library = Library::new(name, module.as_bytes(), options.clone());
            library.host(name, Watch::Address, &[]).run(&[]);
            // The emulator takes minutes for many memories with guard pages.
            if ["calls", "share"].contains(&name) {
                let options = Options { target: Machine::Aarch64.target(), ..options };
                Library::new(name, module.as_bytes(), options).host(name, Watch::Aarch64, &[]).run(&[]);
            }
        }
    }
}

#[test]
fn thousands_of_instances_on_several_threads() {
    for (options, instances) in [(guarded(), "-DINSTANCES=8000"), (explicit(), "-DINSTANCES=20000")] {
        let library = Library::of_host("threads", options);
        for watch in [Watch::None, Watch::Address] {
            library.host("threads", watch, &[instances]).run(&[]);
        }
    }
}

#[test]
fn threads_do_not_race() {
    for options in [guarded(), explicit()] {
        let host = Library::of_host("threads", options);
        host.host("threads", Watch::Thread, &["-DINSTANCES=200"]).run(&[]);
    }
    for name in ["calls", "share"] {
        Library::of_host(name, guarded()).host(name, Watch::Thread, &[]).run(&[]);
    }
}

#[test]
fn wasi_is_what_the_host_configures_for_each_instance() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("five"), "5").unwrap();
    let source = hosts().join("guest");
    let guest = Source::new(source.to_str().unwrap())
        .with_for_module("-mexec-model=reactor")
        .with_for_module("-D_WASI_EMULATED_PROCESS_CLOCKS");
    let library = Library::new("guest", &guest.module(), guarded());
    for watch in [Watch::None, Watch::Address, Watch::Valgrind] {
        library.host("wasi", watch, &[]).run(&[folder.path().to_str().unwrap()]);
    }
}

#[test]
fn standard_streams_may_be_functions_of_the_host() {
    runs_plainly_and_watched("streams", [guarded(), explicit(), statically(guarded())]);
    let options = Options { target: Machine::Aarch64.target(), ..explicit() };
    Library::of_host("streams", options).host("streams", Watch::Aarch64, &[]).run(&[]);
}

/// Names that C cannot have, that are C's own, that meet one another or the interface's own.
const NAMES: &str = r#"(module
    (import "a:b/c@1" "int" (func)) (import "a:b/c@1" "*/ int x;" (func (param i32)))
    (import "user" "" (global i32)) (import "" "wasi" (memory 1)) (import "a" "union" (tag (param i32)))
    (tag (export "throw") (param f64)) (tag (export "a+b")) (export "exception" (tag 0))
    (func (export "free")) (func (export "a-b")) (func (export "a.b")) (func (export "a_b"))
    (func (export "")) (func (export "ümlaut\n*/")) (func (export "9")) (func (export "int"))
    (func (export "exit")) (memory (export "memory_grow") 1)
    (global (export "g") funcref (ref.null func)) (global (export "h") (mut externref) (ref.null extern))
    (func (export "refs") (param funcref externref) (result externref funcref) (local.get 1) (local.get 0)))"#;

#[test]
fn headers_are_c_and_cxx_whatever_the_names() {
    let library = Library::new("names", NAMES.as_bytes(), guarded());
    let twice =
        "#include \"names.h\"\n#include \"names.h\"\nint main(void) { return (int)names_free(NULL); }\n";
    std::fs::write(library.folder().join("host.c"), twice).unwrap();
    for (compiler, standard, language) in [
        ("clang-22", "c99", "c"),
        ("clang-22", "c23", "c"),
        ("clang++-22", "c++11", "c++"),
        ("clang++-22", "c++20", "c++"),
    ] {
        let mut command = Command::new(compiler);
        command.args([
            &format!("-std={standard}"),
            "-pedantic",
            "-Wall",
            "-Wextra",
            "-Werror",
            "-fsyntax-only",
            "-x",
            language,
        ]);
        let output = command.arg(library.folder().join("host.c")).output().unwrap();
        assert!(output.status.success(), "{command:?}\n{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn only_the_interface_is_exported() {
    use object::{Object, ObjectSymbol};
    let library = Library::of_host("traps", guarded());
    let bytes = std::fs::read(library.path()).unwrap();
    let file = object::File::parse(&*bytes).unwrap();
    let mut count = 0;
    for symbol in file.dynamic_symbols() {
        let name = symbol.name().unwrap();
        assert!(symbol.is_definition(), "{name} is needed of others");
        assert!(name.starts_with("traps_") || name.starts_with("wasmwright_traps_"), "{name}");
        count += 1;
    }
    assert!(count > 30);
    let dynamic = Command::new("readelf").arg("-d").arg(library.path()).output().unwrap();
    let dynamic = String::from_utf8_lossy(&dynamic.stdout).into_owned();
    assert!(dynamic.contains("[libtraps.so]") && dynamic.contains("NODELETE") && !dynamic.contains("NEEDED"));
}

#[test]
fn only_the_interface_of_a_static_library_is_global() {
    let library = Library::of_host("traps", statically(guarded()));
    let bytes = std::fs::read(library.path()).unwrap();
    let archive = object::read::archive::ArchiveFile::parse(&*bytes).unwrap();
    let names: Vec<String> = archive
        .symbols()
        .unwrap()
        .expect("linkers need it")
        .map(|symbol| String::from_utf8_lossy(symbol.unwrap().name()).into_owned())
        .collect();
    assert!(names.len() > 30);
    for name in names {
        assert!(name.starts_with("traps_") || name.starts_with("wasmwright_traps_"), "{name}");
    }
}

fn statically(options: Options) -> Options {
    Options { emit: Emit::Static, ..options }
}

#[test]
fn static_libraries_do_the_same() {
    for options in [guarded(), explicit(), unoptimised()].map(statically) {
        for name in ["calls", "share"] {
            Library::of_host(name, options.clone()).host(name, Watch::None, &[]).run(&[]);
        }
    }
    let traps = Library::of_host("traps", statically(guarded()));
    for name in ["traps", "signals"] {
        traps.host(name, Watch::None, &[]).run(&[]);
    }
    // However the host is linked.
    for arguments in
        [&["-fuse-ld=lld"][..], &["-static"], &["-no-pie", "-Wl,--gc-sections"], &["-static", "-fuse-ld=lld"]]
    {
        traps.host("traps", Watch::None, arguments).run(&[]);
    }
    Library::of_host("traps", statically(explicit())).host("traps", Watch::None, &["-DNO_HANDLER"]).run(&[]);
    let threads = Library::of_host("threads", statically(guarded()));
    threads.host("threads", Watch::None, &["-DINSTANCES=200"]).run(&[]);
}

#[test]
fn static_libraries_for_aarch64_do_the_same() {
    let options = Options { target: Machine::Aarch64.target(), ..statically(guarded()) };
    for (name, arguments) in [("calls", &[][..]), ("traps", &["-static"])] {
        Library::of_host(name, options.clone()).host(name, Watch::Aarch64, arguments).run(&[]);
    }
}

#[test]
fn a_program_can_have_several_static_libraries() {
    let module = std::fs::read(hosts().join("pair.wat")).unwrap();
    for options in [guarded(), explicit()].map(statically) {
        let first = Library::new("first", &module, options.clone());
        let second = Library::new("second", &module, options);
        let (headers, archive) = (second.folder().to_str().unwrap(), second.path());
        for linker in ["-fuse-ld=bfd", "-fuse-ld=lld"] {
            let arguments = ["-I", headers, linker, archive.to_str().unwrap()];
            first.host("pair", Watch::None, &arguments).run(&[]);
        }
    }
}

#[test]
fn names_that_would_meet_the_runtime_are_refused() {
    for name in ["memory", "library_x", "limits", "tag", "exception", "wasmwright"] {
        let mut options = Options { emit: wasmwright_compiler::options::Emit::Shared, ..guarded() };
        options.library.name = Some(name.into());
        let error = Compiler::new(options).compile("m", b"(module)").unwrap_err().to_string();
        assert!(error.contains("--prefix"), "{error}");
    }
}
