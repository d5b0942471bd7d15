//! Functions that are too large for all that a level asks for: they run like others, and what is between
//! them and their neighbours is not lost.

use wasmwright_compiler::Options;
use wasmwright_compiler::options::Entry;
use wasmwright_tests::programs::{Variant, assemble, command, compile, execute, temporary_directory};

const MEMORY_BYTES: usize = 65_536;

/// What a step of a function multiplies by.
fn factor(step: usize) -> u32 {
    1_000_003 + 2 * step as u32
}

/// A function of one block that mixes what it is given with the memory in so many steps.
fn function(name: &str, steps: usize) -> String {
    let steps = (0..steps).map(|step| {
        format!(
            "(local.set $x (i32.add (i32.mul (local.get $x) (i32.const {})) (i32.load (i32.and (local.get $x) (i32.const 65532)))))
             (i32.store (i32.and (local.get $x) (i32.const 65532)) (i32.add (local.get $x) (call $small (local.get $x))))\n",
            factor(step)
        )
    });
    format!("(func ${name} (param $x i32) (result i32) {} (local.get $x))\n", steps.collect::<String>())
}

/// The same in Rust.
fn expected(x: u32, steps: usize, memory: &mut [u32]) -> u32 {
    (0..steps).fold(x, |x, step| {
        let x = x.wrapping_mul(factor(step)).wrapping_add(memory[(x & 65_532) as usize / 4]);
        memory[(x & 65_532) as usize / 4] = x.wrapping_add(x ^ 5);
        x
    })
}

#[test]
fn large_functions_run_like_others() {
    // Of 300 KB and 900 KB.
    let sizes = [("bounded", 8_000), ("small_one", 10), ("least", 25_000)];
    let functions: String = sizes.iter().map(|(name, steps)| function(name, *steps)).collect();
    let text = format!(
        r#"(module (memory 1)
            (func $small (param i32) (result i32) (i32.xor (local.get 0) (i32.const 5)))
            {functions}
            (func (export "run") (param i32) (result i32)
                (call $least (call $small_one (call $bounded (local.get 0))))))"#
    );
    let mut memory = vec![0; MEMORY_BYTES / 4];
    let result = sizes.iter().fold(7, |x, (_, steps)| expected(x, *steps, &mut memory));
    let module = assemble(&text);
    for variant in Variant::selected() {
        let folder = temporary_directory();
        let options = Options { entry: Entry::Invoke("run".into()), ..variant.options() };
        let program = compile(&module, &options, &folder.path().join("program"));
        let outcome = execute(command(&program).arg("7"), b"");
        assert_eq!(outcome.succeeded(), format!("{}\n", result as i32), "{variant}");
    }
}
