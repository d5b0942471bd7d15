//! Programs in debuggers, with `-g`: lines, functions and what was inlined, as the source has them.

use object::{Object, ObjectSection};
use std::path::{Path, PathBuf};
use std::process::Command;
use wasmwright_compiler::options::Optimization;
use wasmwright_compiler::{Compiler, Options};
use wasmwright_tests::programs::{Outcome, Program, Source, Variant, assemble, execute, temporary_directory};

/// Levels of the module's compiler, with each of which both levels of ours are tried.
const MODULE_LEVELS: [&str; 2] = ["-O0", "-O2"];
const OUR_LEVELS: [Optimization; 2] = [Optimization::O0, Optimization::O2];

fn with_level(optimization: Optimization) -> Options {
    Options { optimization, debug: true, ..Variant::DEFAULT.options() }
}

/// A module with debug information. A `wasm-opt` that clang finds would spoil that.
fn module(name: &str, level: &str) -> Vec<u8> {
    Source::new(name).with_for_module("-g").with_for_module("--no-wasm-opt").with(level).module()
}

fn source_of(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("programs").join(name)
}

/// The number of the line with such a comment.
fn line_of(source: &Path, mark: &str) -> u32 {
    let text = std::fs::read_to_string(source).unwrap();
    let line = text.lines().position(|line| line.ends_with(&format!("/* {mark} */")));
    line.unwrap_or_else(|| panic!("no {mark}")) as u32 + 1
}

/// What gdb says to these commands.
fn gdb(program: &Path, commands: &[&str]) -> Outcome {
    let mut gdb = Command::new("gdb");
    gdb.args(["-nx", "-batch"]);
    for command in commands {
        gdb.args(["-ex", command]);
    }
    let outcome = execute(gdb.arg(program), b"");
    assert!(outcome.code() == Some(0), "(apt-get install gdb)\n{outcome:?}");
    outcome
}

#[test]
fn breakpoints_steps_and_backtraces_are_those_of_the_source() {
    let source = source_of("debugged.c");
    let line = |mark| line_of(&source, mark);
    for module_level in MODULE_LEVELS {
        let module = module("debugged", module_level);
        for level in OUR_LEVELS {
            let program = Program::new(&module, &with_level(level));
            let place = format!("break debugged.c:{}", line("call of square"));
            let outcome = gdb(program.path(), &[&place, "run", "bt", "step", "bt 2"]);
            let text = outcome.text();
            let what = format!("module {module_level}, {level:?}\n{outcome:?}");
            assert!(text.contains("Breakpoint 1, visit ("), "{what}");
            let frame = |number: u32, name: &str, place: &str| {
                let frames = text.lines().filter(|line| line.starts_with(&format!("#{number} ")));
                assert!(frames.clone().any(|line| line.contains(name) && line.ends_with(place)), "{what}");
            };
            frame(0, " visit (", &format!("debugged.c:{}", line("call of square")));
            frame(1, " main (", &format!("debugged.c:{}", line("call of visit")));
            // After the step, which ends at the function's head or in its body.
            let inside = [line("square") - 1, line("square")];
            let stepped = |line: &str| {
                let places = inside.map(|line| format!("debugged.c:{line}"));
                line.starts_with("#0 ")
                    && line.contains(" square (")
                    && places.iter().any(|place| line.ends_with(place))
            };
            assert!(text.lines().any(stepped), "{what}");
            frame(1, " visit (", &format!("debugged.c:{}", line("call of square")));
        }
    }
}

/// Whether every part of an executable's debug information is as it should be.
fn verify(program: &Path) {
    let mut dwarfdump = Command::new("llvm-dwarfdump-22");
    let outcome = execute(dwarfdump.arg("--verify").arg("--quiet").arg(program), b"");
    assert!(outcome.code() == Some(0), "(apt-get install llvm-22)\n{outcome:?}");
    let bytes = std::fs::read(program).unwrap();
    let file = object::File::parse(&*bytes).unwrap();
    let section = |id: gimli::SectionId| {
        let data = file.section_by_name(id.name()).and_then(|section| section.data().ok());
        Ok::<_, gimli::Error>(gimli::EndianSlice::new(data.unwrap_or_default(), gimli::LittleEndian))
    };
    let dwarf = gimli::Dwarf::load(section).unwrap();
    let (mut units, mut entries_read) = (dwarf.units(), 0);
    while let Some(header) = units.next().unwrap() {
        let unit = dwarf.unit(header).unwrap();
        let mut entries = unit.entries();
        while entries.next_dfs().unwrap().is_some() {
            entries_read += 1;
        }
        let Some(lines) = unit.line_program.clone() else { continue };
        let mut rows = lines.rows();
        while rows.next_row().unwrap().is_some() {}
    }
    assert!(entries_read > 0);
}

#[test]
fn debug_information_is_well_formed() {
    for module_level in MODULE_LEVELS {
        let module = module("debugged", module_level);
        for level in OUR_LEVELS {
            verify(Program::new(&module, &with_level(level)).path());
        }
    }
}

#[test]
fn a_module_without_debug_information_is_shown_as_text() {
    let module = assemble(
        r#"(module
        (func $inner (param i32) (result i32)
            (i32.div_u (i32.const 100) (local.get 0)))
        (func (export "run") (param i32) (result i32)
            (i32.add (call $inner (local.get 0)) (i32.const 1))))"#,
    );
    for level in OUR_LEVELS {
        let folder = temporary_directory();
        let (program, listing) = (folder.path().join("program"), folder.path().join("program.wat"));
        let options = Options {
            optimization: level,
            debug: true,
            listing: Some(listing.clone()),
            ..Variant::DEFAULT.invoking_run()
        };
        let artifact = Compiler::new(options).compile("text", &module).unwrap();
        artifact.write(&program).unwrap();
        let text = artifact.listing().expect("there is a text");
        std::fs::write(&listing, text).unwrap();
        verify(&program);
        let division = text.lines().position(|line| line.trim() == "i32.div_u").unwrap() + 1;
        let outcome = gdb(
            &program,
            &[&format!("break program.wat:{division}"), "run 7", "bt", "info source", "delete", "continue"],
        );
        let text = outcome.text();
        assert!(text.contains(&format!("{division}\t    i32.div_u")), "{level:?} {outcome:?}");
        let caller = |line: &str| line.starts_with("#1 ") && line.contains("function1 (");
        assert!(text.contains("#0 ") && text.lines().any(caller), "{level:?} {outcome:?}");
        assert!(text.lines().any(|line| line == "15"), "{level:?} {outcome:?}");
    }
}
