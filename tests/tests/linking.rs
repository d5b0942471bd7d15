//! Several modules in one artifact: what one exports is what another imports.

use wasmwright_compiler::linking::link;
use wasmwright_compiler::options::{BoundsChecks, Emit, Entry, Optimization, UnknownImports};
use wasmwright_compiler::program::ModuleInput;
use wasmwright_compiler::progress::Silent;
use wasmwright_compiler::{Compiler, Options};
use wasmwright_tests::libraries::{Library, Watch, hosts};
use wasmwright_tests::machine::Machine;
use wasmwright_tests::programs::{Program, Source, Variant, assemble};

/// A module under a name.
fn module(name: &str, text: &str) -> ModuleInput<'static> {
    ModuleInput::new(name, assemble(text))
}

/// `main` linked with others.
#[track_caller]
fn linked(main: &str, others: &[(&str, &str)]) -> Vec<ModuleInput<'static>> {
    let named = others.iter().map(|(name, text)| module(name, text)).collect();
    link(module("main", main), named).unwrap_or_else(|error| panic!("{error}"))
}

/// Why `main` does not go together with others.
#[track_caller]
fn refused(main: &str, others: &[(&str, &str)], options: &Options) -> String {
    let compiled = Compiler::new(options.clone()).compile_program(&linked(main, others), &Silent);
    compiled.expect_err("it is refused").to_string()
}

/// Has one of everything.
const PROVIDER: &str = r#"(module
    (memory (export "memory") 1 4)
    (table (export "table") 4 funcref)
    (global (export "count") (mut i32) (i32.const 5))
    (global (export "constant") i32 (i32.const 16))
    (tag (export "thrown") (param i32))
    (type $unary (func (param i32) (result i32)))
    (elem (i32.const 0) func $double)
    (data (i32.const 16) "\2a")
    (func $double (export "double") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
    (func (export "throw") (param i32) (throw 0 (local.get 0)))
    (func (export "peek") (param i32) (result i32) (i32.load8_u (local.get 0)))
    (func (export "size") (result i32) (memory.size))
    (func (export "through") (param i32 i32) (result i32)
        (call_indirect (type $unary) (local.get 1) (local.get 0)))
    (func (export "next") (result i32)
        (global.set 0 (i32.add (global.get 0) (i32.const 1))) (global.get 0)))"#;

/// Uses it all; `run` returns 0, or which check failed.
const USER: &str = r#"(module
    (import "lib" "memory" (memory 1 4))
    (import "lib" "table" (table 1 funcref))
    (import "lib" "count" (global $count (mut i32)))
    (import "lib" "constant" (global $constant i32))
    (import "lib" "thrown" (tag $thrown (param i32)))
    (import "lib" "double" (func $double (param i32) (result i32)))
    (import "lib" "throw" (func $throw (param i32)))
    (import "lib" "peek" (func $peek (param i32) (result i32)))
    (import "lib" "size" (func $size (result i32)))
    (import "lib" "through" (func $through (param i32 i32) (result i32)))
    (import "lib" "next" (func $next (result i32)))
    (type $unary (func (param i32) (result i32)))
    (global $copy i32 (global.get $constant))
    (elem (i32.const 1) func $triple $double)
    (data (offset (global.get $constant)) "\2b\2c")
    (func $triple (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3)))
    (func (export "run") (result i32)
        (if (i32.ne (call $double (i32.const 21)) (i32.const 42)) (then (return (i32.const 1))))
        (if (i32.ne (call $peek (i32.const 16)) (i32.const 0x2b)) (then (return (i32.const 2))))
        (i32.store8 (i32.const 17) (i32.const 99))
        (if (i32.ne (call $peek (i32.const 17)) (i32.const 99)) (then (return (i32.const 3))))
        (if (i32.ne (memory.grow (i32.const 2)) (i32.const 1)) (then (return (i32.const 4))))
        (if (i32.ne (call $size) (i32.const 3)) (then (return (i32.const 5))))
        (if (i32.ne (call $through (i32.const 1) (i32.const 5)) (i32.const 15)) (then (return (i32.const 6))))
        (if (i32.ne (call $through (i32.const 2) (i32.const 5)) (i32.const 10)) (then (return (i32.const 7))))
        (if (i32.ne (call_indirect (type $unary) (i32.const 8) (i32.const 0)) (i32.const 16))
            (then (return (i32.const 8))))
        (if (i32.ne (call $next) (i32.const 6)) (then (return (i32.const 9))))
        (global.set $count (i32.const 100))
        (if (i32.ne (call $next) (i32.const 101)) (then (return (i32.const 10))))
        (if (i32.ne (global.get $copy) (i32.const 16)) (then (return (i32.const 11))))
        (block $h (result i32) (try_table (catch $thrown $h) (call $throw (i32.const 77))) (i32.const 0))
        (if (i32.ne (i32.const 77)) (then (return (i32.const 12))))
        (i32.const 0)))"#;

fn invoking(name: &str, options: Options) -> Options {
    Options { entry: Entry::Invoke(name.into()), ..options }
}

#[test]
fn everything_that_is_exported_can_be_imported() {
    let modules = linked(USER, &[("lib", PROVIDER)]);
    for variant in Variant::CORNERS {
        let (program, _) = Program::of_modules(&modules, &invoking("run", variant.options()));
        assert_eq!(program.run(&[]).succeeded(), "0\n", "{variant}");
    }
    let debug = Options { debug: true, ..Options::default() };
    let (program, _) = Program::of_modules(&modules, &invoking("run", debug));
    assert_eq!(program.run(&[]).succeeded(), "0\n");
}

/// Each start function adds a digit to what the memory of `base` holds.
const BASE: &str = r#"(module (memory (export "memory") 1) (global $seen (mut i32) (i32.const 0))
    (data (i32.const 0) "\01")
    (func $add (export "add") (param i32)
        (i32.store (i32.const 0) (i32.add (i32.mul (i32.load (i32.const 0)) (i32.const 10)) (local.get 0))))
    (func (export "_initialize") (call $add (i32.const 3)))
    (start $begin) (func $begin (call $add (i32.const 2))))"#;
const MIDDLE: &str = r#"(module (import "base" "add" (func $add (param i32)))
    (start $begin) (func $begin (call $add (i32.const 4)))
    (func (export "_initialize") (call $add (i32.const 5)))
    (func (export "_start") unreachable))"#;
const TOP: &str = r#"(module (import "base" "memory" (memory 1)) (import "base" "add" (func $add (param i32)))
    (import "middle" "_start" (func))
    (start $begin) (func $begin (call $add (i32.const 6)))
    (func (export "run") (result i32) (i32.load (i32.const 0))))"#;

#[test]
fn modules_begin_after_those_that_they_import_from() {
    let modules = linked(TOP, &[("middle", MIDDLE), ("base", BASE)]);
    for variant in Variant::CORNERS {
        let (program, _) = Program::of_modules(&modules, &invoking("run", variant.options()));
        assert_eq!(program.run(&[]).succeeded(), "123456\n", "{variant}");
    }
}

const TRAPPING: &str = r#"(module
    (func $careful (export "careful") (param i32) (if (local.get 0) (then (call $fail (local.get 0)))))
    (func $fail (param i32) (if (i32.gt_u (local.get 0) (i32.const 1)) (then (call $careful (i32.const 1)))) (unreachable)))"#;
const CALLING: &str = r#"(module
    (import "lib" "careful" (func $careful (param i32)))
    (func $outer (export "run") (nop) (call $careful (i32.const 1)) (nop)))"#;

/// The byte of a module that a line of a report points to.
#[track_caller]
fn told_byte(report: &str, frame: &str, module: &[u8]) -> u8 {
    let (_, offset) = report.split_once(frame).unwrap_or_else(|| panic!("no {frame}: {report}"));
    let digits = offset.split(')').next().unwrap_or_default();
    module[usize::from_str_radix(digits, 16).unwrap_or_else(|_| panic!("{report}"))]
}

#[test]
fn reports_of_traps_name_modules_and_offsets_in_them() {
    let (lib, main) = (assemble(TRAPPING), assemble(CALLING));
    let modules = linked(CALLING, &[("lib", TRAPPING)]);
    for variant in Variant::CORNERS {
        let (program, _) = Program::of_modules(&modules, &invoking("run", variant.options()));
        let outcome = program.run(&[]);
        outcome.trapped("unreachable");
        let report = outcome.errors();
        let [unreachable, call] = [0x00, 0x10];
        assert_eq!(told_byte(report, "0: fail (lib function 1, offset 0x", &lib), unreachable, "{report}");
        assert_eq!(told_byte(report, "1: careful (lib function 0, offset 0x", &lib), call, "{report}");
        assert_eq!(told_byte(report, "2: outer (main function 1, offset 0x", &main), call, "{report}");
    }
}

#[test]
fn functions_of_other_modules_are_inlined() {
    let main = r#"(module (import "lib" "double" (func $double (param i32) (result i32)))
        (func (export "run") (param i32) (result i32) (i32.add (call $double (local.get 0)) (i32.const 1))))"#;
    let lib =
        r#"(module (func (export "double") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2))))"#;
    let text = |optimization, emit| {
        let options = invoking("run", Options { emit, optimization, ..Options::default() });
        let artifact =
            Compiler::new(options).compile_program(&linked(main, &[("lib", lib)]), &Silent).unwrap();
        String::from_utf8(artifact.bytes().to_vec()).unwrap()
    };
    assert!(text(Optimization::O0, Emit::LlvmIr).contains("= call "));
    let optimised = text(Optimization::O2, Emit::LlvmIr);
    assert!(!optimised.contains("call ") && optimised.contains("shl"), "{optimised}");
}

#[test]
fn each_module_has_its_memory_in_wasi() {
    let text = |word: &str, next: &str, name: &str| {
        format!(
            r#"(module
            (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
            {next}
            (memory (export "memory") 1)
            (data (i32.const 0) "\08\00\00\00\05\00\00\00{word}")
            (func (export "{name}") (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 100)))
                {}))"#,
            if next.is_empty() { "" } else { "(call $next)" }
        )
    };
    let main = text("main\\n", r#"(import "lib" "speak" (func $next))"#, "_start");
    let lib = text("link\\n", "", "speak");
    for variant in Variant::CORNERS {
        let (program, _) = Program::of_modules(&linked(&main, &[("lib", &lib)]), &variant.options());
        assert_eq!(program.run(&[]).succeeded(), "main\nlink\n", "{variant}");
    }
}

#[test]
fn programs_in_c_are_linked() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("programs");
    let source = |name: &str, arguments: &[&str]| {
        let source = Source::new(folder.join(name).to_str().unwrap());
        arguments.iter().fold(source, |source, argument| source.with_for_module(*argument)).module()
    };
    let main = source("linked_main", &["-O2"]);
    let words = source("linked_words", &["-O2", "-mexec-model=reactor"]);
    let modules =
        || link(ModuleInput::new("main", &*main), vec![ModuleInput::new("words", &*words)]).unwrap();
    for variant in Variant::CORNERS {
        let (program, _) = Program::of_modules(&modules(), &variant.options());
        assert_eq!(
            program.run(&["three", "little", "words"]).succeeded(),
            "words.little.three\n",
            "{variant}"
        );
    }
}

#[test]
fn what_does_not_fit_is_refused_with_import_and_module() {
    let options = Options { emit: Emit::Shared, ..Options::default() };
    let import = |what: &str| format!(r#"(module (import "lib" "it" {what}))"#);
    let export = |what: &str| format!(r#"(module {what})"#);
    let trap = Options { unknown_imports: UnknownImports::Trap, ..Options::default() };
    for options in [&options, &Options::default(), &trap] {
        let error = refused(&import("(func)"), &[("lib", &export("(func (export \"other\"))"))], options);
        assert!(
            error.contains("function `lib.it` of module `main`, which the module linked as that does not"),
            "{error}"
        );
    }
    for (wanted, given) in [
        ("(func)", "(memory (export \"it\") 1)"),
        ("(func (param i32))", "(func (export \"it\") (param i64))"),
        ("(global i32)", "(global (export \"it\") (mut i32) (i32.const 0))"),
        ("(memory 1 2)", "(memory (export \"it\") 1 3)"),
        ("(table 1 externref)", "(table (export \"it\") 1 funcref)"),
        ("(tag (param i32))", "(tag (export \"it\"))"),
    ] {
        let error = refused(&import(wanted), &[("lib", &export(given))], &options);
        assert!(error.contains("module `main`") && error.contains("`lib.it`"), "{wanted}: {error}");
        assert!(error.contains("another type"), "{wanted}: {error}");
    }
    // Only the middle one is wrong.
    let middle = r#"(module (import "base" "f" (func (result f32))) (func (export "it")))"#;
    let base = r#"(module (func (export "f") (result i32) (i32.const 0)))"#;
    let error = refused(&import("(func)"), &[("lib", middle), ("base", base)], &options);
    assert!(error.contains("module `lib`") && error.contains("`base.f`"), "{error}");
    // Known when it is instantiated.
    let small = linked(
        r#"(module (import "lib" "it" (memory 2)) (func (export "run")))"#,
        &[("lib", r#"(module (memory (export "it") 1))"#)],
    );
    let (program, _) = Program::of_modules(&small, &invoking("run", Options::default()));
    program.run(&[]).trapped("incompatible import type");
}

fn library(options: Options) -> Library {
    let read = |name: &str| std::fs::read(hosts().join(name)).unwrap();
    let named = vec![ModuleInput::new("below", read("chain_below.wat"))];
    let modules = link(ModuleInput::new("chain", read("chain.wat")), named).unwrap();
    Library::of_modules("chain", &modules, options)
}

#[test]
fn libraries_of_several_modules_are_one_to_their_host() {
    let explicit = Options { bounds_checks: BoundsChecks::Explicit, ..Options::default() };
    let unoptimised = Options { optimization: Optimization::O0, ..Options::default() };
    let large = Options { debug: true, ..Options::default() };
    for options in [Options::default(), explicit, unoptimised, large] {
        let mut options = Options { fuel: Some(1 << 40), ..options };
        options.library.interruptible = true;
        for options in [options.clone(), Options { emit: Emit::Static, ..options }] {
            let library = library(options);
            for watch in [Watch::None, Watch::Address] {
                library.host("chain", watch, &[]).run(&[]);
            }
        }
    }
    let mut options =
        Options { fuel: Some(1 << 40), target: Machine::Aarch64.target(), ..Options::default() };
    options.library.interruptible = true;
    library(options).host("chain", Watch::Aarch64, &[]).run(&[]);
}
