//! Loops that the compiler makes vector code of: the same results as one element at a time, and the
//! instructions that make it worth it.

use std::fmt::Write;
use wasmwright_compiler::Compiler;
use wasmwright_compiler::options::{Emit, Entry, Options};
use wasmwright_compiler::target::{Architecture, Target};
use wasmwright_tests::programs::{Program, Variant, assemble};

/// Around every bound of the conversions, and what is no number.
const VALUES: [f64; 26] = [
    0.0,
    -0.0,
    0.99,
    -0.99,
    1.5,
    -1.5,
    2147483520.0,
    2147483647.0,
    2147483647.5,
    2147483648.0,
    2147483904.0,
    -2147483520.0,
    -2147483647.5,
    -2147483648.0,
    -2147483648.5,
    -2147483649.0,
    -2147483904.0,
    1e30,
    -1e30,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
    f64::MIN_POSITIVE,
    16777217.0,
    -123456.7,
    3e9,
];

/// The values lie at 64; `run` converts them all and returns that of its argument.
fn module(float: &str, bytes: usize) -> Vec<u8> {
    let mut data = String::new();
    for value in VALUES {
        let bits = if bytes == 4 { (value as f32).to_bits().into() } else { value.to_bits() };
        for byte in &bits.to_le_bytes()[..bytes] {
            let _ = write!(data, "\\{byte:02x}");
        }
    }
    let count = VALUES.len();
    assemble(&format!(
        r#"(module (memory 1) (data (i32.const 64) "{data}")
        (func (export "run") (param $which i32) (result i32) (local $i i32)
            (loop $next
                (i32.store offset=4096 (i32.shl (local.get $i) (i32.const 2))
                    (i32.trunc_sat_{float}_s
                        ({float}.load offset=64 (i32.mul (local.get $i) (i32.const {bytes})))))
                (local.set $i (i32.add (local.get $i) (i32.const 1)))
                (br_if $next (i32.ne (local.get $i) (i32.const {count}))))
            (i32.load offset=4096 (i32.shl (local.get $which) (i32.const 2)))))"#
    ))
}

#[test]
fn saturating_conversions_in_loops_are_those_of_single_values() {
    for (float, bytes) in [("f32", 4), ("f64", 8)] {
        let module = module(float, bytes);
        for variant in [Variant::DEFAULT, Variant::PLAIN] {
            let program = Program::new(&module, &variant.invoking_run());
            for (index, value) in VALUES.into_iter().enumerate() {
                let expected = if bytes == 4 { value as f32 as i32 } else { value as i32 };
                let printed = program.run(&[&index.to_string()]);
                assert_eq!(printed.succeeded().trim(), expected.to_string(), "{variant}: {float} {value}");
            }
        }
    }
}

#[test]
fn saturating_conversions_in_loops_stay_vectors() {
    let options = Options {
        target: Target::baseline(Architecture::X86_64),
        emit: Emit::Assembly,
        entry: Entry::Invoke("run".into()),
        ..Options::default()
    };
    let text = Compiler::new(options).compile("m", &module("f32", 4)).unwrap();
    let text = std::str::from_utf8(text.bytes()).unwrap();
    assert!(text.contains("cvttps2dq"), "no vector conversion");
    // The two elements that are no vector's may be converted one by one.
    assert!(text.matches("cvttss2si").count() <= 2, "conversions of single values");
}
