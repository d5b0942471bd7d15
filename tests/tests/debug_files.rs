//! Debug information in a file beside the module: DWARF, and source maps.

use object::{Object, ObjectSection};
use oxc_sourcemap::SourceMapBuilder;
use std::path::Path;
use std::process::Command;
use wasmwright_compiler::Options;
use wasmwright_compiler::program::ModuleInput;
use wasmwright_tests::programs::{Program, Source, Variant, assemble, execute, temporary_directory};

/// A module and its two parts: what is executed, and what tells of the source.
struct Parts {
    whole: Vec<u8>,
    module: Vec<u8>,
    debug_file: Vec<u8>,
}

/// Takes a module apart as toolchains do.
fn take_apart(whole: &[u8]) -> Parts {
    let folder = temporary_directory();
    let path = |name: &str| folder.path().join(name);
    let objcopy = |options: &[&str], output: &str| {
        let mut objcopy = Command::new("llvm-objcopy-22");
        objcopy.current_dir(&folder).args(options).args(["whole.wasm", output]);
        let outcome = execute(&mut objcopy, b"");
        assert_eq!(outcome.code(), Some(0), "(apt-get install llvm-22)\n{outcome:?}");
        std::fs::read(path(output)).unwrap()
    };
    std::fs::write(path("whole.wasm"), whole).unwrap();
    std::fs::write(path("reference"), b"\x0adebug.wasm").unwrap();
    Parts {
        // Sizes may be encoded in other numbers of bytes than before, and all offsets differ.
        whole: objcopy(&[], "again.wasm"),
        module: objcopy(&["--strip-debug", "--add-section=external_debug_info=reference"], "module.wasm"),
        debug_file: objcopy(&["--only-keep-debug"], "debug.wasm"),
    }
}

fn with_debug_file<'a>(module: &'a [u8], file: &'a [u8]) -> ModuleInput<'a> {
    ModuleInput { debug_file: Some(file.into()), ..ModuleInput::new("module", module) }
}

fn backtrace_module() -> Vec<u8> {
    Source::new("backtrace")
        .with_for_module("-g")
        .with_for_module("--no-wasm-opt")
        .with("-Wno-cast-function-type-mismatch")
        .with("-O2")
        .module()
}

#[test]
fn dwarf_in_another_file_is_as_good_as_in_the_module() {
    let parts = take_apart(&backtrace_module());
    for (variant, debug) in
        Variant::CORNERS.into_iter().flat_map(|variant| [(variant, false), (variant, true)])
    {
        let options = Options { debug, ..variant.options() };
        let (expected, _) = Program::of_input(ModuleInput::new("module", &parts.whole), &options);
        for file in [&parts.debug_file, &parts.whole] {
            let (program, warnings) = Program::of_input(with_debug_file(&parts.module, file), &options);
            assert_eq!(warnings, [""; 0], "{variant}");
            assert!(
                without_note(&program) == without_note(&expected),
                "{variant}, debug {debug}: another program"
            );
        }
    }
}

/// A program but for the note that says what it was made from.
fn without_note(program: &Program) -> Vec<u8> {
    let mut bytes = std::fs::read(program.path()).unwrap();
    let file = object::File::parse(&*bytes).unwrap();
    let (start, length) = file.section_by_name(".note.wasmwright").unwrap().file_range().unwrap();
    bytes.drain(start as usize..(start + length) as usize);
    bytes
}

#[test]
fn what_is_missing_or_wrong_is_a_warning() {
    let whole = backtrace_module();
    let module = take_apart(&whole).module;
    let warn = |input: ModuleInput<'_>, debug: bool| {
        let (program, warnings) = Program::of_input(input, &Options { debug, ..Variant::PLAIN.options() });
        program.run(&["2"]).trapped("integer divide by zero");
        warnings
    };
    assert_eq!(warn(ModuleInput::new("module", &module), false), [""; 0]);
    let missing = warn(ModuleInput::new("module", &module), true);
    assert!(missing.len() == 1 && missing[0].contains("`debug.wasm`"), "{missing:?}");
    let other = assemble("(module (func))");
    let mut damaged = whole.clone();
    damaged.truncate(whole.len() / 2);
    let cases = [
        (&other[..], "another module"),
        (&assemble("(module)"), "no debug information"),
        (&damaged, "(at offset 0x"),
        (b"{\"version\":3}", "`mappings`"),
        (b"\xFF\xFE", "neither"),
    ];
    for (file, what) in cases {
        let warnings = warn(with_debug_file(&module, file), false);
        assert!(warnings.len() == 1 && warnings[0].contains(what), "{what}: {warnings:?}");
        assert!(warnings[0].contains("module `module`"), "{warnings:?}");
    }
}

/// A module, and a map that gives each of its three instructions a line.
fn mapped_module() -> (Vec<u8>, String) {
    let module = assemble(
        r#"(module
            (@custom "sourceMappingURL" "\08main.map")
            (func $divide (param i32) (result i32) i32.const 0x5432 local.get 0 i32.div_u)
            (func (export "run") (param i32) (result i32) local.get 0 call $divide))"#,
    );
    // Each body begins with its number of declarations of locals; 2 bytes are between the bodies.
    let constant = [0x41, 0xb2, 0xa8, 0x01];
    let found: Vec<usize> = (0..module.len()).filter(|&at| module[at..].starts_with(&constant)).collect();
    let [divide] = found[..] else { panic!("{found:?}") };
    let run = divide + 7 + 1 + 2;
    let mut map = SourceMapBuilder::default();
    let lib = map.add_source_and_content("lib/divide.ts", "");
    let main = map.add_source_and_content("main.ts", "");
    for (offset, line, file) in
        [(divide, 10, lib), (divide + 6, 11, lib), (run, 20, main), (run + 2, 21, main)]
    {
        map.add_token(0, offset as u32, line, 4, Some(file), None);
    }
    (module, map.into_sourcemap().to_json_string())
}

#[test]
fn source_maps_give_lines_to_traps_and_debuggers() {
    let (module, map) = mapped_module();
    for variant in Variant::CORNERS {
        let options = Options { debug: true, ..variant.invoking_run() };
        let (program, warnings) = Program::of_input(with_debug_file(&module, map.as_bytes()), &options);
        assert_eq!(warnings, [""; 0], "{variant}");
        let outcome = program.run(&["0"]);
        outcome.trapped("integer divide by zero");
        let places: Vec<&str> = outcome
            .errors()
            .lines()
            .filter_map(|line| line.trim().split_once("at "))
            .map(|(_, at)| at)
            .collect();
        assert_eq!(places, ["lib/divide.ts:12", "main.ts:22"], "{variant}: {outcome:?}");
        let seen = stop_at(program.path(), "divide.ts:12");
        assert!(
            seen.contains("#0 ") && seen.contains("divide ") && seen.contains("divide.ts:12"),
            "{variant}\n{seen}"
        );
        assert!(seen.contains("#1 ") && seen.contains("main.ts:22"), "{variant}\n{seen}");
    }
}

/// What gdb shows where a program stops at a line.
fn stop_at(program: &Path, line: &str) -> String {
    let mut gdb = Command::new("gdb");
    gdb.args(["-nx", "-batch", "-ex", &format!("break {line}"), "-ex", "run 7", "-ex", "bt"]);
    let outcome = execute(gdb.arg(program), b"");
    assert!(outcome.code() == Some(0), "(apt-get install gdb)\n{outcome:?}");
    outcome.text().to_owned()
}
