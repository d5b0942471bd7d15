//! What ends a guest that would not come to an end: interruptions, fuel.

use wasmwright_compiler::options::{BoundsChecks, Emit, Optimization};
use wasmwright_compiler::{Compiler, Options};
use wasmwright_tests::libraries::{Library, Watch};
use wasmwright_tests::machine::Machine;
use wasmwright_tests::programs::{Program, assemble};

const LEVELS: [Optimization; 4] = [Optimization::O0, Optimization::O1, Optimization::O2, Optimization::Os];

fn interruptible(optimization: Optimization) -> Options {
    let mut options = Options { optimization, ..Options::default() };
    options.library.interruptible = true;
    options
}

fn explicit(options: Options) -> Options {
    Options { bounds_checks: BoundsChecks::Explicit, ..options }
}

fn metered(optimization: Optimization, fuel: u64) -> Options {
    Options { optimization, fuel: Some(fuel), ..Options::default() }
}

#[test]
fn calls_that_never_end_are_interrupted() {
    for level in LEVELS {
        Library::of_host("endless", interruptible(level)).host("endless", Watch::None, &[]).run(&[]);
    }
    let other = explicit(interruptible(Optimization::O2));
    Library::of_host("endless", other).host("endless", Watch::None, &[]).run(&[]);
    let other = Options { emit: Emit::Static, ..interruptible(Optimization::O2) };
    Library::of_host("endless", other).host("endless", Watch::None, &[]).run(&[]);
}

#[test]
fn interruptions_do_not_race() {
    let library = Library::of_host("endless", interruptible(Optimization::O2));
    for watch in [Watch::Thread, Watch::Address] {
        library.host("endless", watch, &["-DCALLS=10000"]).run(&[]);
    }
}

#[test]
fn calls_are_interrupted_on_aarch64() {
    for level in [Optimization::O0, Optimization::O2] {
        let options = Options { target: Machine::Aarch64.target(), ..interruptible(level) };
        Library::of_host("endless", options).host("endless", Watch::Aarch64, &["-DCALLS=1000"]).run(&[]);
    }
}

#[test]
fn only_libraries_that_can_be_interrupted_say_so() {
    let has = |options: Options, name: &str| Library::of_host("traps", options).header().contains(name);
    assert!(has(interruptible(Optimization::O0), "wasmwright_traps_interrupt("));
    assert!(!has(Options::default(), "_interrupt("));
    assert!(has(metered(Optimization::O0, 1), "wasmwright_traps_fuel_set("));
    assert!(!has(Options::default(), "_fuel_set("));
}

#[test]
fn programs_are_not_interruptible() {
    let error = Compiler::new(interruptible(Optimization::O2)).compile("m", b"(module)").unwrap_err();
    assert!(error.to_string().contains("libraries"), "{error}");
}

#[test]
fn every_level_of_optimisation_takes_the_same_fuel() {
    let costs = |options: Options, watch, arguments: &[&str]| {
        Library::of_host("metered", options).host("metered", watch, arguments).run(&[])
    };
    let expected = costs(explicit(metered(Optimization::O0, 0)), Watch::None, &["-DFUEL=0", "-DEXACT"]);
    assert!(expected.lines().count() == 10, "{expected}");
    for level in [Optimization::O1, Optimization::O2, Optimization::O3, Optimization::Os] {
        let found = costs(explicit(metered(level, 1000)), Watch::None, &["-DFUEL=1000", "-DEXACT"]);
        assert_eq!(found, expected, "{level:?}");
    }
    // What a fault costs depends on the code.
    let expected: String = expected.split_inclusive('\n').take(9).collect();
    for level in LEVELS {
        assert_eq!(costs(metered(level, 0), Watch::None, &["-DFUEL=0"]), expected, "{level:?}");
    }
    let options = Options { target: Machine::Aarch64.target(), ..metered(Optimization::O2, 0) };
    assert_eq!(costs(options, Watch::Aarch64, &["-DFUEL=0"]), expected);
    let mut both = metered(Optimization::O2, 0);
    both.library.interruptible = true;
    assert_eq!(costs(both, Watch::Address, &["-DFUEL=0"]), expected);
}

/// `_start` takes 7 for each of 1000 rounds.
const ROUNDS: &str = r#"(module
    (func (export "_start") (local i32)
        (loop $l (br_if $l (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 1000)))) (nop)))"#;

#[test]
fn programs_run_out_of_fuel() {
    let module = assemble(ROUNDS);
    for level in LEVELS {
        assert_eq!(Program::new(&module, &metered(level, 7000)).run(&[]).succeeded(), "");
        for fuel in [6999, 5000, 0] {
            Program::new(&module, &metered(level, fuel)).run(&[]).trapped("out of fuel");
        }
    }
    let report = Program::new(&module, &metered(Optimization::O2, 5000)).run(&[]);
    assert!(report.errors().contains("  0: "), "{report:?}");
    let error = Compiler::new(metered(Optimization::O2, u64::MAX)).compile("m", b"(module)").unwrap_err();
    assert!(error.to_string().contains("9223372036854775807"), "{error}");
}
