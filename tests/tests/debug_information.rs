//! Debug information of modules that are compiled in several units: well-formed, and the same to
//! debuggers whatever unit something is in.

use std::path::Path;
use wasmwright_compiler::options::Optimization;
use wasmwright_tests::debugged::{OUR_LEVELS, gdb, verify, with_level};
use wasmwright_tests::programs::{Program, Source};
use wasmwright_tests::tier::is_full_tier;

#[test]
fn it_is_well_formed_in_several_units() {
    let large = Source::new("large").with_for_module("-g").with_for_module("--no-wasm-opt");
    let module = large.with("-O0").module();
    for level in OUR_LEVELS {
        let program = Program::new(&module, &with_level(level));
        let units = verify(program.path());
        assert!(units >= 3, "{units} units");
        if level != Optimization::O0 {
            continue;
        }
        // The first function and the last, which are on one line with all others.
        let outcome = gdb(
            program.path(),
            &[
                "break function100",
                "run",
                "bt",
                "print first100 + 1000",
                "break function899",
                "continue",
                "bt",
                "print first899 + 1000",
                "print sizeof(struct part500)",
            ],
        );
        let has = |text: &str| outcome.text().lines().any(|line| line.contains(text));
        for text in ["function100 (by=", "function899 (by=", " = 1100", " = 1899", " = 12"] {
            assert!(has(text), "no {text}\n{outcome:?}");
        }
        let callers = outcome.text().lines().filter(|line| line.contains(" in main (argc=1, "));
        assert_eq!(callers.count(), 2, "{outcome:?}");
    }
}

#[test]
fn it_is_well_formed_of_cpython() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests lie in the workspace");
    let path = root.join(".cache/modules/python/dist/python.wasm");
    let module =
        std::fs::read(&path).unwrap_or_else(|_| panic!("{} is missing: execute ci/modules", path.display()));
    // That takes minutes where tests are not optimised.
    if !is_full_tier() {
        return;
    }
    for level in OUR_LEVELS {
        let units = verify(Program::new(&module, &with_level(level)).path());
        assert!(units > 10, "{units} units");
    }
}
