//! Modules that once crashed the compiler or came out wrong, each as small as it could be made.

use wasmwright_compiler::options::{Entry, Optimization};
use wasmwright_compiler::{Compiler, Options};
use wasmwright_tests::programs::{Variant, assemble, command, compile, execute, temporary_directory};

const LEVELS: [Optimization; 4] = [Optimization::O0, Optimization::O1, Optimization::O2, Optimization::O3];

fn options(optimization: Optimization) -> Options {
    Options { optimization, entry: Entry::Invoke("f".into()), ..Variant::DEFAULT.options() }
}

/// Compiles `f` at every level: a crash in LLVM's code generator ends this test.
fn compiles(wat: &str) {
    for optimization in LEVELS {
        let options = options(optimization);
        let compiled = Compiler::new(options).compile("regression", wat.as_bytes());
        compiled.unwrap_or_else(|error| panic!("{optimization:?}: {error}"));
    }
}

/// Compiles and executes `f` at every level: it must print this.
#[track_caller]
fn prints(wat: &str, expected: &str) {
    let folder = temporary_directory();
    for optimization in LEVELS {
        let program = compile(&assemble(wat), &options(optimization), &folder.path().join("program"));
        let outcome = execute(&mut command(program), b"");
        assert_eq!(outcome.succeeded(), expected, "{optimization:?}");
    }
}

/// LLVM's selector for x86 dies of `canonicalize` on two 32-bit floats.
#[test]
fn demotion_of_promoted_lanes() {
    compiles(
        r#"(module (func (export "f") (param v128) (result v128)
            local.get 0
            f64x2.promote_low_f32x4
            f32x4.demote_f64x2_zero))"#,
    );
}

/// And of what its vectorisers make of two single ones.
#[test]
fn sums_with_zero_side_by_side() {
    let sum = |from: u32, to: u32| {
        format!("(f32.store (i32.const {to}) (f32.add (f32.load (i32.const {from})) (f32.const 0)))")
    };
    // 1.5 and a signalling NaN, which becomes quiet.
    let text = format!(
        r#"(module (memory 1) (data (i32.const 0) "\00\00\c0\3f\01\00\a0\7f")
            (func (export "f") (result i32 i32) {} {} (i32.load (i32.const 8)) (i32.load (i32.const 12))))"#,
        sum(0, 8),
        sum(4, 12)
    );
    prints(&text, &format!("{}\n{}\n", 0x3fc0_0000, 0x7fe0_0001));
}

/// LLVM loses the stack arguments of guaranteed tail calls on x86-64, of the callee's and of the
/// caller's. So none travels there.
#[test]
fn tail_calls_with_more_arguments_than_registers() {
    let seven = "(param i32 i32 i32 i32 i32 i32 i32)";
    let to_large = format!(
        r#"(module
            (func $large {seven} (result i32) local.get 6)
            (func (export "f") (result i32)
                (return_call $large (i32.const 1) (i32.const 2) (i32.const 3) (i32.const 4)
                    (i32.const 5) (i32.const 6) (i32.const 7))))"#
    );
    let from_large = format!(
        r#"(module
            (func $small (param i32) (result i32) local.get 0)
            (func $large {seven} (result i32) (return_call $small (local.get 6)))
            (func (export "f") (result i32)
                (call $large (i32.const 1) (i32.const 2) (i32.const 3) (i32.const 4)
                    (i32.const 5) (i32.const 6) (i32.const 7))))"#
    );
    for wat in [to_large, from_large] {
        prints(&wat, "7\n");
    }
}
