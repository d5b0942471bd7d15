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
