//! Modules that once crashed the compiler or came out wrong, each as small as it could be made.

use wasmwright_compiler::options::{Entry, Optimization};
use wasmwright_compiler::{Compiler, Options};

/// Compiles `f` at every level: a crash in LLVM's code generator ends this test.
fn compiles(wat: &str) {
    for optimization in [Optimization::O0, Optimization::O1, Optimization::O2, Optimization::O3] {
        let entry = Entry::Invoke("f".into());
        let options = Options { optimization, entry, ..Options::default() };
        let compiled = Compiler::new(options).compile("regression", wat.as_bytes());
        compiled.unwrap_or_else(|error| panic!("{optimization:?}: {error}"));
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

/// LLVM loses the stack arguments of guaranteed tail calls on x86-64, of the callee's and of the
/// caller's: neither may come out as a wrong program.
#[test]
fn tail_calls_with_stack_arguments_are_refused() {
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
            (func (export "f") {seven} (result i32) (return_call $small (local.get 6))))"#
    );
    for wat in [to_large, from_large] {
        let options = Options { entry: Entry::Invoke("f".into()), ..Options::default() };
        let error = Compiler::new(options).compile("regression", wat.as_bytes()).unwrap_err().to_string();
        assert!(error.contains("tail call with more parameters"), "{error}");
        assert!(error.contains("at offset"), "{error}");
    }
}
