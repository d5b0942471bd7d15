//! Random modules, compiled in ways that must agree, for another machine too.
//!
//! Under guard pages LLVM may move plain accesses around a trap, so there the outcomes are compared
//! up to the first trap of a module only. A failure names its seed:
//! `WASMWRIGHT_DIFFERENTIAL_SEED=N cargo test --test differential` repeats that module alone, and
//! writes it where the message says.

use arbitrary::Unstructured;
use wasm_smith::{Config, Module};
use wasmwright_tests::differential::{Random, Script, argument, compare_seeds, exports};

/// Loop iterations and calls that a module may spend before it ends itself.
const FUEL: u32 = 1000;

/// How often each export is called, with other arguments.
const CALLS: usize = 3;

fn generate(seed: u64) -> Vec<u8> {
    let mut random = Random(seed);
    let bytes: Vec<u8> = (0..1024).flat_map(|_| random.next().to_le_bytes()).collect();
    let config = Config {
        canonicalize_nans: true,
        export_everything: true,
        exceptions_enabled: false,
        gc_enabled: false,
        threads_enabled: false,
        memory64_enabled: false,
        wide_arithmetic_enabled: false,
        compact_imports_enabled: false,
        relaxed_simd_enabled: false,
        max_imports: 0,
        min_funcs: 3,
        max_memories: 1,
        max_memory32_bytes: 4 << 20,
        memory_max_size_required: true,
        max_table_elements: 1000,
        table_max_size_required: true,
        max_instructions: 200,
        ..Config::default()
    };
    let mut module = Module::new(config, &mut Unstructured::new(&bytes)).expect("there is randomness enough");
    module.ensure_termination(FUEL).expect("no function is one of ours");
    module.to_bytes()
}

fn make(seed: u64) -> (Vec<u8>, Script) {
    let wasm = generate(seed);
    let mut random = Random(!seed);
    let mut script = Script::new();
    for _ in 0..CALLS {
        script.call(&exports(&wasm), |ty| argument(ty, &mut random));
    }
    (wasm, script)
}

#[test]
fn optimised_code_does_what_unoptimised_code_does() {
    compare_seeds("differential", 60, 2000, make).unwrap_or_else(|failure| panic!("{failure}"));
}
