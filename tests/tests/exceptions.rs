//! Programs that throw: C++ in both encodings, how uncaught exceptions end them, what throwing costs
//! in memory, and whether Node agrees with the script of the legacy encoding.

use std::io::Write;
use std::path::Path;
use std::process::Command;
use wasmwright_compiler::Options;
use wasmwright_compiler::options::{
    Entry,
    Optimization::{O0, O1, O2, O3, Os, Oz},
};
use wasmwright_tests::programs::{
    Source, Variant, assemble, command, command_within, compile, execute, temporary_directory,
};
use wast::lexer::Lexer;
use wast::parser::{self, ParseBuffer};
use wast::{Wast, WastDirective, WastExecute};

fn options(entry: &str) -> Options {
    Options { entry: Entry::Invoke(entry.into()), ..Variant::DEFAULT.options() }
}

#[test]
fn an_uncaught_exception_ends_the_program_with_its_tag() {
    let folder = temporary_directory();
    let text = r#"(module (tag $oops (param i32)) (tag (export "told")) (tag)
        (func $f (param i32) (throw $oops (local.get 0)))
        (func (export "named") (call $f (i32.const 1)))
        (func (export "exported") (throw 1))
        (func (export "neither") (throw 2)))"#;
    for variant in [Variant::DEFAULT, Variant::PLAIN] {
        for (entry, tag) in [("named", "oops"), ("exported", "told"), ("neither", "2")] {
            let options = Options { entry: Entry::Invoke(entry.into()), ..variant.options() };
            let program = compile(&assemble(text), &options, &folder.path().join(entry));
            let outcome = execute(&mut command(program), b"");
            outcome.trapped(&format!("uncaught exception (tag `{tag}`)"));
        }
    }
}

#[test]
fn an_uncaught_exception_of_a_start_function_ends_the_program() {
    let folder = temporary_directory();
    let text = r#"(module (tag $early) (func $f (throw $early)) (start $f) (func (export "_start")))"#;
    let options = Variant::DEFAULT.options();
    let program = compile(&assemble(text), &options, &folder.path().join("program"));
    execute(&mut command(program), b"").trapped("uncaught exception (tag `early`)");
}

/// Throws and catches, with a reference or without.
fn churn(handler: &str) -> String {
    format!(
        r#"(module (tag $t (param i64))
            (func $throw (param i64) (throw $t (local.get 0)))
            (func (export "f") (param i32) (result i64) (local $sum i64) (local $e exnref)
                (loop $again
                    {handler}
                    (local.set $sum (i64.add (local.get $sum)))
                    (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
                (local.get $sum)))"#
    )
}

const WITHOUT_REFERENCE: &str = "(block $h (result i64)
    (try_table (catch $t $h) (call $throw (i64.extend_i32_u (local.get 0)))) (unreachable))";

const WITH_REFERENCE: &str = "(block $h (result i64 exnref)
    (try_table (catch_ref $t $h) (call $throw (i64.extend_i32_u (local.get 0)))) (unreachable))
    (local.set $e)";

/// In an address space that has room for a fraction of the exceptions at once.
#[test]
fn memory_for_exceptions_is_bounded() {
    const SPACE_KIB: u32 = 64 << 10;
    const THROWS: u32 = 2_000_000;
    let folder = temporary_directory();
    for (name, handler) in [("with", WITH_REFERENCE), ("without", WITHOUT_REFERENCE)] {
        let program = compile(&assemble(&churn(handler)), &options("f"), &folder.path().join(name));
        let outcome = execute(command_within(SPACE_KIB, program).arg(THROWS.to_string()), b"");
        let sum = u64::from(THROWS) * u64::from(THROWS + 1) / 2;
        assert_eq!(outcome.succeeded(), format!("{sum}\n"), "{name} references");
    }
}

#[test]
fn exceptions_that_are_all_kept_exhaust_their_heap() {
    let text = r#"(module (tag $t) (table $kept 10000000 exnref)
        (func $throw (throw $t))
        (func (export "f") (param i32)
            (loop $again
                (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
                (table.set $kept (local.get 0)
                    (block $h (result exnref) (try_table (catch_all_ref $h) (call $throw)) (unreachable)))
                (br_if $again (local.get 0)))))"#;
    let folder = temporary_directory();
    let program = compile(&assemble(text), &options("f"), &folder.path().join("program"));
    let limited = |count: u32| execute(command_within(200_000, &program).arg(count.to_string()), b"");
    assert_eq!(limited(100_000).succeeded(), "");
    limited(5_000_000).trapped("heap exhausted");
}

/// Calls with arguments on the stack, which a landing pad must find popped, at every level: some
/// push them, some store them.
#[test]
fn arguments_on_the_stack_are_gone_in_a_handler() {
    let types = "i32 ".repeat(24);
    let values: String = (0..24).map(|n| format!("(i32.add (local.get 0) (i32.const {n}))")).collect();
    let text = format!(
        r#"(module (tag $t (param i32))
            (func $many (param {types}) (throw $t (i32.mul (local.get 3) (local.get 23))))
            (func $caller (param i32) (result i32) (local $x i32)
                (local.set $x (i32.mul (local.get 0) (i32.const 77)))
                (i32.add
                    (block $h (result i32) (try_table (catch $t $h) (call $many {values})) (i32.const -1))
                    (i32.add (local.get $x) (local.get 0))))
            (func (export "f") (param i32) (result i32)
                (i32.add (call $caller (local.get 0)) (call $caller (i32.const 1)))))"#
    );
    let value = |x: i64| (x + 3) * (x + 23) + 77 * x + x;
    let folder = temporary_directory();
    for optimization in [O0, O1, O2, O3, Os, Oz] {
        let options = Options { optimization, ..options("f") };
        let program = compile(&assemble(&text), &options, &folder.path().join("program"));
        let outcome = execute(command(program).arg("5"), b"");
        assert_eq!(outcome.succeeded(), format!("{}\n", value(5) + value(1)), "{optimization:?}");
    }
}

/// What throws pays for it, nobody else.
#[test]
fn a_program_that_never_throws_has_neither_tables_nor_unwinder() {
    let folder = temporary_directory();
    let module = |body: &str| {
        assemble(&format!(
            r#"(module (tag $t) (func $f {body}) (func (export "f")
                (block $h (try_table (catch_all $h) (call $f)))))"#
        ))
    };
    let sections = |module: &[u8], name: &str| {
        let program = compile(module, &options("f"), &folder.path().join(name));
        assert_eq!(execute(&mut command(&program), b"").succeeded(), "");
        std::fs::read(program).unwrap()
    };
    let (throwing, other) = (sections(&module("(throw $t)"), "throwing"), sections(&module(""), "other"));
    let has = |program: &[u8], text: &str| program.windows(text.len()).any(|part| part == text.as_bytes());
    for part in [".eh_frame_hdr", "wasmwright_throw"] {
        assert!(has(&throwing, part) && !has(&other, part), "{part}");
    }
}

/// The script's module and its calls in JavaScript. A trap is an error, an exception too.
fn for_node(script: &str) -> (Vec<u8>, String) {
    let mut lexer = Lexer::new(script);
    lexer.allow_confusing_unicode(true);
    let buffer = ParseBuffer::new_with_lexer(lexer).unwrap();
    let mut script: Wast<'_> = parser::parse(&buffer).unwrap();
    let (mut module, mut calls) = (Vec::new(), String::new());
    for directive in &mut script.directives {
        match directive {
            WastDirective::Module(text) => module = text.encode().unwrap(),
            WastDirective::AssertReturn { exec: WastExecute::Invoke(call), results, .. } => {
                let arguments = call.args.iter().map(number).collect::<Vec<_>>().join(",");
                let expected = results.iter().map(result).collect::<Vec<_>>().join(",");
                calls += &format!("check({:?}, [{arguments}], {expected});\n", call.name);
            }
            WastDirective::AssertTrap { exec: WastExecute::Invoke(call), .. } => {
                let arguments = call.args.iter().map(number).collect::<Vec<_>>().join(",");
                calls += &format!("check({:?}, [{arguments}], \"trap\");\n", call.name);
            }
            _ => panic!("a directive that Node is not asked about"),
        }
    }
    (module, calls)
}

fn number(argument: &wast::WastArg<'_>) -> String {
    match argument {
        wast::WastArg::Core(wast::core::WastArgCore::I32(value)) => value.to_string(),
        _ => panic!("another type than i32"),
    }
}

fn result(result: &wast::WastRet<'_>) -> String {
    match result {
        wast::WastRet::Core(wast::core::WastRetCore::I32(value)) => value.to_string(),
        _ => panic!("another type than i32"),
    }
}

#[test]
fn node_agrees_with_the_script_of_the_legacy_encoding() {
    if Command::new("node").arg("--version").output().is_err() {
        eprintln!("not checked again: there is no Node");
        return;
    }
    let (module, calls) = for_node(include_str!("../scripts/legacy_exceptions.wast"));
    assert!(calls.lines().count() > 30);
    let folder = temporary_directory();
    std::fs::write(folder.path().join("module.wasm"), module).unwrap();
    let mut file = std::fs::File::create(folder.path().join("script.mjs")).unwrap();
    write!(
        file,
        r#"import {{ readFileSync }} from "node:fs";
        const module = new WebAssembly.Module(readFileSync(process.argv[2]));
        const {{ exports }} = new WebAssembly.Instance(module);
        function check(name, args, expected) {{
            let actual;
            try {{ actual = exports[name](...args); }} catch (error) {{ actual = "trap"; }}
            if (actual !== expected) {{ console.error(name, args, expected, actual); process.exitCode = 1; }}
        }}
        {calls}"#
    )
    .unwrap();
    drop(file);
    let mut node = Command::new("node");
    node.arg(folder.path().join("script.mjs")).arg(folder.path().join("module.wasm"));
    assert_eq!(execute(&mut node, b"").succeeded(), "");
}

/// What `ci/cxx-exceptions` builds.
fn library(encoding: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.cache/cxx-exceptions").join(encoding);
    assert!(folder.is_dir(), "{} is missing: execute ci/cxx-exceptions", folder.display());
    format!("-L{}", folder.display())
}

/// A C++ source that throws, as modules in both encodings.
fn cxx_modules(name: &str, level: &str) -> Vec<Vec<u8>> {
    let module = |encoding: &str| {
        let legacy = format!("-wasm-use-legacy-eh={}", encoding == "legacy");
        let library = library(encoding);
        let flags = ["-fwasm-exceptions", "-mllvm", &legacy, &library, "-lexceptions"];
        let source = flags.into_iter().fold(Source::cxx(name).with(level), Source::with_for_module);
        source.with_for_module("-Wl,-z,stack-size=4194304").module()
    };
    ["standard", "legacy"].map(module).to_vec()
}

#[test]
fn cxx_throws_and_catches_as_it_does_natively() {
    let folder = temporary_directory();
    let native = Source::cxx("exceptions/throwing").native(folder.path());
    let expected = execute(&mut Command::new(native), b"");
    assert_eq!(expected.succeeded().lines().count(), 19);
    for level in ["-O0", "-O2"] {
        for module in cxx_modules("exceptions/throwing", level) {
            for variant in Variant::selected() {
                let program = compile(&module, &variant.options(), &folder.path().join("program"));
                assert_eq!(execute(&mut command(program), b""), expected, "{variant}");
            }
        }
    }
}
