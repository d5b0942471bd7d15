//! Programs in C: what wasmwright makes of them does as the same source does natively.
//!
//! Each is compiled by clang for Wasm, and by wasmwright at each level and with each kind of
//! bounds checks of the tier; standard output and status are compared with those of the native
//! program that clang makes of the same source.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use wasmwright_compiler::options::{BoundsChecks, Emit, Entry, Grants};
use wasmwright_compiler::{Compiler, Options};
use wasmwright_tests::programs::{
    Outcome, Source, Variant, assemble, command, compile, directory, execute, temporary_directory,
};

/// A program in both forms.
struct Twins {
    folder: tempfile::TempDir,
    module: Vec<u8>,
    native: PathBuf,
}

/// What a program is given.
#[derive(Default)]
struct Launch<'a> {
    arguments: Vec<OsString>,
    input: &'a [u8],
    variables: Vec<(&'a str, &'a str)>,
}

impl Twins {
    #[track_caller]
    fn new(source: &Source) -> Self {
        let folder = temporary_directory();
        let (module, native) = (source.module(), source.native(folder.path()));
        Self { folder, module, native }
    }

    /// What the native program does.
    #[track_caller]
    fn expected(&self, launch: &Launch<'_>) -> Outcome {
        with_launch(Command::new(&self.native), launch)
    }

    /// The program that wasmwright makes.
    #[track_caller]
    fn compiled(&self, variant: Variant, grants: &Grants) -> PathBuf {
        let mut options = variant.options();
        options.grants = grants.clone();
        compile(&self.module, &options, &self.folder.path().join("compiled"))
    }

    /// Asserts for each variant that both programs do the same; returns what that was.
    #[track_caller]
    fn agree(&self, launch: &Launch<'_>) -> Outcome {
        let expected = self.expected(launch);
        for variant in Variant::selected() {
            let got = launched(&self.compiled(variant, &Grants::default()), launch);
            assert_same(&got, &expected, variant);
        }
        expected
    }
}

#[track_caller]
fn launched(program: &Path, launch: &Launch<'_>) -> Outcome {
    with_launch(command(program), launch)
}

#[track_caller]
fn with_launch(mut command: Command, launch: &Launch<'_>) -> Outcome {
    command.args(&launch.arguments).envs(launch.variables.iter().copied());
    execute(&mut command, launch.input)
}

#[track_caller]
fn assert_same(got: &Outcome, expected: &Outcome, variant: Variant) {
    if got == expected {
        return;
    }
    let (got_lines, expected_lines) = (got.text().lines(), expected.text().lines());
    let first = got_lines.zip(expected_lines).enumerate().find(|(_, (got, expected))| got != expected);
    panic!("{variant}: first difference {first:?}\n=== compiled: {got:?}\n=== native: {expected:?}");
}

/// Asserts that a program that takes nothing ends well and says as much as `lines` in both forms.
#[track_caller]
fn agrees(source: &Source, lines: usize) {
    let outcome = Twins::new(source).agree(&Launch::default());
    assert!(outcome.succeeded().lines().count() >= lines, "the program says too little: {outcome:?}");
}

#[test]
fn floats_are_printed_and_scanned() {
    agrees(&Source::new("floats"), 2500);
}

#[test]
fn conversions_at_the_edges() {
    agrees(&Source::new("conversions"), 1800);
}

#[test]
fn integers_of_every_width() {
    agrees(&Source::new("integers"), 31);
}

/// A hundred million tail calls: the stack has no room for their frames.
#[test]
fn continuations_are_tail_calls() {
    agrees(&Source::new("continuations").with_for_module("-mtail-call"), 1);
    agrees(&Source::new("evaluator").with_for_module("-mtail-call"), 1);
}

/// Each function of a chain of tail calls has the base of the memory, and its parameters as addresses,
/// in registers.
#[test]
fn functions_in_chains_of_tail_calls_load_no_base_and_extend_no_parameter() {
    let text = r#"(module
        (memory (export "memory") 1) (table 2 2 funcref) (elem (i32.const 0) func $f $f)
        (type $step (func (param i32 i32) (result i32)))
        (func $f (export "f") (type $step)
            (return_call_indirect (type $step)
                (i32.load offset=4 (local.get 0)) (local.get 0) (i32.load (local.get 1)))))"#;
    let body = |bounds_checks| {
        let options = Options {
            emit: Emit::LlvmIr,
            entry: Entry::Invoke("f".into()),
            bounds_checks,
            ..Variant::DEFAULT.options()
        };
        let artifact = Compiler::new(options).compile("chain", &assemble(text)).unwrap();
        let ir = String::from_utf8(artifact.bytes().to_vec()).unwrap();
        let (_, rest) = ir.split_once("tailcc i32 @f.").expect("the function is there");
        rest.split_once("\n}").expect("it ends").0.to_owned()
    };
    let guarded = body(BoundsChecks::Guard);
    assert!(guarded.contains("swiftself") && !guarded.contains("wasmwright_instance"), "{guarded}");
    assert!(!guarded.contains("trunc") && guarded.contains("range(i64 0, 4294967296)"), "{guarded}");
    let explicit = body(BoundsChecks::Explicit);
    assert!(!explicit.contains("swiftself") && explicit.contains("wasmwright_instance"), "{explicit}");
}

/// In both encodings of exceptions.
#[test]
fn setjmp_and_longjmp() {
    let runtime = concat!(env!("CARGO_MANIFEST_DIR"), "/programs/exceptions/setjmp_runtime.c");
    for legacy in ["0", "1"] {
        let encoding = format!("-wasm-use-legacy-eh={legacy}");
        let flags = ["-fwasm-exceptions", "-mllvm", "-wasm-enable-sjlj", "-mllvm", &encoding, runtime];
        let source = flags.into_iter().fold(Source::new("exceptions/setjmp"), Source::with_for_module);
        agrees(&source.with_for_module("-Wl,-z,stack-size=4194304"), 7);
    }
}

#[test]
fn sorting_through_function_pointers() {
    agrees(&Source::new("sort"), 11);
}

#[test]
fn interpreters_by_switch_and_by_table() {
    agrees(&Source::new("interpreter"), 9);
}

#[test]
fn the_heap_under_stress() {
    agrees(&Source::new("malloc"), 4);
}

#[test]
fn copies_moves_and_fills() {
    agrees(&Source::new("memory"), 1);
}

#[test]
fn string_functions() {
    agrees(&Source::new("strings"), 120);
}

#[test]
fn large_frames() {
    // wasi-libc's stack of 64 KiB lies in the memory and is not the one that is tested here.
    agrees(&Source::new("frames").with("-Wl,-z,stack-size=8388608"), 10);
}

#[test]
fn deep_recursion() {
    agrees(&Source::new("recursion").with("-Wl,-z,stack-size=8388608"), 8);
}

#[test]
fn clocks_and_calendars() {
    agrees(&Source::new("clocks"), 7);
}

#[test]
fn a_recursive_descent_parser() {
    let mut input = String::from(
        "1+2*3\n2^-2\nx=5\ny = x*x+1\n(x<y)?sqrt(y*y):-1\n1/0\n0/0\n((\nabs(-3)+round(2.5)%2\n3 3\n-2^2\n!0\n",
    );
    let nested = |depth: usize| format!("{}1{}\n", "(".repeat(depth), ")".repeat(depth));
    let sum: Vec<String> = (0..5000).map(|number| format!("{number}.25*{number}")).collect();
    input += &[nested(500), format!("{}7\n", "-".repeat(5000)), sum.join("+"), "\n".into()].concat();
    let source = Source::new("parser").with("-Wl,-z,stack-size=4194304");
    let outcome = Twins::new(&source).agree(&Launch { input: input.as_bytes(), ..Launch::default() });
    assert_eq!(outcome.code(), Some(3), "{outcome:?}");
    assert!(outcome.text().contains("1 (depth 500)"), "{outcome:?}");
}

#[test]
fn pipes_of_many_sizes() {
    let twins = Twins::new(&Source::new("pipes"));
    let large: Vec<u8> = (0..3_000_000u32).map(|index| (index * 7 + index / 251) as u8).collect();
    let text = "Some words, and\tmore\n\n of them \u{e4}\u{df}\n".repeat(10_000);
    for variant in Variant::selected() {
        let program = twins.compiled(variant, &Grants::default());
        for what in ["cat", "wc", "upper", "raw"] {
            for input in [&b""[..], b"x", b"no end of line", text.as_bytes(), &large] {
                if what == "upper" && input == large {
                    // Lines of C end at a zero.
                    continue;
                }
                let launch = Launch { arguments: vec![what.into()], input, ..Launch::default() };
                assert_same_bytes(&launched(&program, &launch), &twins.expected(&launch), what);
            }
        }
    }
}

#[track_caller]
fn assert_same_bytes(got: &Outcome, expected: &Outcome, what: &str) {
    assert_eq!(got.stdout.len(), expected.stdout.len(), "{what}");
    assert!(got == expected, "{what}: {got:?}");
}

#[test]
fn arguments_reach_the_program() {
    let twins = Twins::new(&Source::new("environment"));
    let arguments = ["", "-x", "--dir=/", "two words", "\u{e4}\u{1F600}", "a=b", "\n", "'\"$\\"];
    let launch = Launch { arguments: arguments.map(OsString::from).to_vec(), ..Launch::default() };
    let outcome = twins.agree(&launch);
    assert!(outcome.text().starts_with("8 arguments, nothing after them\n0 ``"), "{outcome:?}");

    let many = (0..20_000).map(|number| OsString::from(number.to_string())).collect();
    twins.agree(&Launch { arguments: many, ..Launch::default() });
}

#[test]
fn arguments_need_not_be_text() {
    use std::os::unix::ffi::OsStringExt;
    let twins = Twins::new(&Source::new("environment"));
    let argument = OsString::from_vec(vec![b'a', 0xff, 0xfe, b'b']);
    let launch = Launch { arguments: vec![argument], ..Launch::default() };
    let expected = twins.expected(&launch);
    let program = twins.compiled(Variant::DEFAULT, &Grants::default());
    assert!(launched(&program, &launch) == expected, "{expected:?}");
}

#[test]
fn exit_statuses_reach_the_caller() {
    let twins = Twins::new(&Source::new("environment"));
    for status in ["0", "1", "42", "125", "134", "255"] {
        let arguments = vec!["exit".into(), status.into()];
        let expected = twins.expected(&Launch { arguments: arguments.clone(), ..Launch::default() });
        assert_eq!(expected.code(), status.parse().ok());
        let program = twins.compiled(Variant::DEFAULT, &Grants::default());
        assert_eq!(launched(&program, &Launch { arguments, ..Launch::default() }), expected);
    }
}

#[test]
fn the_environment_is_what_was_granted() {
    let twins = Twins::new(&Source::new("environment"));
    let names = ["PROBE_A", "PROBE_B", "PROBE_EMPTY", "PROBE_UTF8"];
    let variables =
        vec![("PROBE_A", "a"), ("PROBE_B", "b=b=b"), ("PROBE_EMPTY", ""), ("PROBE_UTF8", "\u{e4}")];
    let launch = Launch { arguments: names.map(OsString::from).to_vec(), variables, ..Launch::default() };
    let expected = twins.expected(&launch);
    assert!(expected.text().contains("4 probes"), "{expected:?}");

    let inherit = Grants { inherit_environment: true, ..Grants::default() };
    let named = names.map(|name| (name.to_owned(), None)).to_vec();
    let named = Grants { variables: named, ..Grants::default() };
    for grants in [inherit, named] {
        let program = twins.compiled(Variant::DEFAULT, &grants);
        assert_same(&launched(&program, &launch), &expected, Variant::DEFAULT);
    }

    let nothing = launched(&twins.compiled(Variant::DEFAULT, &Grants::default()), &launch);
    assert!(nothing.text().contains("\n0 probes\n"), "{nothing:?}");
}

#[test]
fn trees_of_files() {
    let twins = Twins::new(&Source::new("files"));
    let natively = temporary_directory();
    let launch_in = |directory: &Path| Launch { arguments: vec![directory.into()], ..Launch::default() };
    let expected = twins.expected(&launch_in(natively.path()));
    assert!(expected.succeeded().lines().count() > 60, "{expected:?}");

    for variant in Variant::selected() {
        let granted = temporary_directory();
        for guest in ["/", "/data/in", "."] {
            let program = twins.compiled(variant, &directory(granted.path(), guest));
            let got = launched(&program, &launch_in(guest.as_ref()));
            assert_same(&got, &expected, variant);
            assert_eq!(std::fs::read_dir(granted.path()).unwrap().count(), 0, "nothing is left behind");
        }
    }
}
