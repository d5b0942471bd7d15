//! The report on a module.

use super::{inspect, render};

#[test]
fn imports_are_matched_by_name_and_type() {
    let report = inspect(
        br#"(module
            (import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))
            (import "wasi_snapshot_preview1" "sched_yield" (func (param i64) (result i32)))
            (import "wasi_unstable" "sock_accept" (func (param i32 i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
            (import "env" "memory" (memory 1 2)))"#,
    )
    .unwrap();
    let provided: Vec<bool> = report.imports.iter().map(|import| import.provided).collect();
    assert_eq!(provided, [true, false, false, true, false]);
    assert_eq!(report.imports[1].ty, "(i64) -> i32");
    assert_eq!((report.imports[4].kind, report.imports[4].ty.as_str()), ("memory", "1 to 2 pages"));
    assert_eq!(report.functions.imported, 4);
}

#[test]
fn exports_have_their_types() {
    let report = inspect(
        br#"(module
            (func (export "f") (param i32 f64) (result i64 i32) unreachable)
            (global (export "g") (mut f32) (f32.const 0))
            (table (export "t") 3 3 externref)
            (memory (export "m") 1))"#,
    )
    .unwrap();
    let exports: Vec<_> =
        report.exports.iter().map(|export| (&*export.name, export.kind, &*export.ty)).collect();
    assert_eq!(
        exports,
        [
            ("f", "function", "(i32, f64) -> (i64, i32)"),
            ("g", "global", "mutable f32"),
            ("t", "table", "3 of externref"),
            ("m", "memory", "1 or more pages"),
        ]
    );
}

#[test]
fn features_are_placed() {
    let report = inspect(
        br#"(module
            (import "a" "b" (func))
            (func nop)
            (func (drop (i32.extend8_s (i32.const 1)))))"#,
    )
    .unwrap();
    let [feature] = &report.features[..] else { panic!("{:?}", report.features) };
    assert_eq!((&*feature.name, feature.compiled, feature.function), ("sign extension", true, Some(2)));
    assert!(feature.offset.is_some());
}

#[test]
fn a_refusal_and_a_feature_that_is_not_compiled_come_together() {
    let modules = [
        "(module)",
        "(module (func (result i32 i32) i32.const 1 i32.const 2))",
        "(module (func (param i32) (result i32) local.get 0 (block (param i32) (result i32))))",
        "(module (func (param v128)))",
        "(module (func (local externref)))",
        "(module (func unreachable i64.add128 drop drop))",
        "(module (type (struct)))",
        "(module (tag))",
        "(module (memory 1) (memory 1))",
        "(module (memory i64 1))",
        "(module (memory 1 1 shared))",
        "(module (memory 1 (pagesize 1)))",
        "(module (table i64 1 funcref))",
        "(module (global i32 (i32.add (i32.const 1) (i32.const 2))))",
        "(module (func return_call 0))",
        "(module (func (param (ref func))))",
        "(module (global nullfuncref (ref.null nofunc)))",
        "(module (type $t (func)) (func (param (ref null $t))))",
    ];
    for module in modules {
        let report = inspect(module.as_bytes()).unwrap();
        let compiled = report.features.iter().all(|feature| feature.compiled);
        assert_eq!(
            report.refusal.is_none(),
            compiled,
            "{module}: {:?} {:?}",
            report.refusal,
            report.features
        );
    }
}

#[test]
fn what_is_no_module_is_an_error() {
    for bytes in [&b"(module"[..], b"\0asm\x01\0\0\0\x01", b"\xff\xfe", b"\0asm\x01\0\0\0\x01\x80"] {
        assert!(inspect(bytes).is_err(), "{bytes:?}");
    }
}

#[test]
fn names_cannot_command_the_terminal() {
    let report = inspect(br#"(module (func (export "a\1b[31mb")))"#).unwrap();
    let text = render("m\u{e9}", &report);
    assert!(text.contains(r"a\u{1b}[31mb"), "{text}");
    assert!(!text.contains('\u{1b}'));
}
