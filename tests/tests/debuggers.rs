//! Programs in debuggers, with `-g`: lines, functions, what was inlined and variables, as the source has them.

use object::{Object, ObjectSection};
use std::path::{Path, PathBuf};
use std::process::Command;
use wasmwright_compiler::options::Optimization;
use wasmwright_compiler::{Compiler, Options};
use wasmwright_tests::debugger::{Answer, Session};
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

#[test]
fn lldb_knows_lines_and_variables() {
    let source = source_of("debugged.c");
    let line = |mark: &str| line_of(&source, mark);
    for module_level in MODULE_LEVELS {
        let module = module("debugged", module_level);
        for level in OUR_LEVELS {
            let program = Program::new(&module, &with_level(level));
            let place = format!("breakpoint set --file debugged.c --line {}", line("call of square"));
            let mut lldb = Command::new("lldb-22");
            lldb.args(["--batch", "--no-lldbinit"]);
            for command in [place.as_str(), "run", "bt", "frame variable limit scale"] {
                lldb.args(["-o", command]);
            }
            let outcome = execute(lldb.arg(program.path()), b"");
            let text = outcome.text();
            let what = format!("module {module_level}, {level:?} (apt-get install lldb-22)\n{outcome:?}");
            let frame = |number: u32, name: &str, mark: &str| {
                let (number, place) =
                    (format!("frame #{number}: "), format!(" at debugged.c:{}", line(mark)));
                let parts = [number.as_str(), name, &place];
                assert!(text.lines().any(|line| parts.iter().all(|part| line.contains(part))), "{what}");
            };
            frame(0, "`visit(", "call of square");
            frame(1, "`main(", "call of visit");
            for (variable, value) in [("(int) limit", "100"), ("(float) scale", "0.25")] {
                let told = text.lines().find_map(|line| line.strip_prefix(variable)?.strip_prefix(" = "));
                let gone = told.is_none_or(|told| told.contains("not available"));
                assert!(told == Some(value) || (gone && level_loses(module_level)), "{what}");
            }
        }
    }
}

/// Whether variables may be gone in modules of that level.
fn level_loses(module_level: &str) -> bool {
    module_level != "-O0"
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

/// What a program says of an expression that it prints after a name.
fn printed<'t>(output: &'t str, expression: &str) -> Vec<&'t str> {
    output.lines().filter_map(|line| line.strip_prefix(expression)?.strip_prefix(' ')).collect()
}

/// Whether a value of gdb is that which a program printed: texts without their address, numbers
/// without the character that they stand for.
fn is_same(value: &str, printed: &str) -> bool {
    if let (Some(start), Some(end)) = (value.find('"'), value.rfind('"')) {
        let text = value[start + 1..end.max(start + 1)].split("\\000").next().unwrap_or_default();
        return text == printed;
    }
    value == printed || value.split(' ').next() == Some(printed)
}

/// How many values were right and how many gone; none may be wrong.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    right: usize,
    gone: usize,
}

impl Tally {
    #[track_caller]
    fn add(&mut self, answer: &Answer, printed: &str, what: &str) {
        match answer {
            Answer::Value(value) if is_same(value, printed) => self.right += 1,
            Answer::OptimizedOut => self.gone += 1,
            // A variable may have no place at all.
            Answer::Other(text) if text.contains("No symbol") => self.gone += 1,
            other => panic!("{what} is {printed}, but gdb says {other:?}"),
        }
    }
}

/// Stops a program at marks of its source, as often as each is got to, and compares expressions with
/// what it then prints of them.
fn compare(program: &Path, source: &Path, stops: &[(&str, usize, &[&str])], what: &str) -> Tally {
    let output = execute(&mut Command::new(program), b"");
    let output = output.text();
    let file = source.file_name().unwrap().to_str().unwrap();
    let mut session = Session::new();
    for (mark, ..) in stops {
        session.break_at(file, line_of(source, mark));
    }
    session.command("-exec-run");
    let mut asked = Vec::new();
    for &(_, times, expressions) in stops {
        for time in 0..times {
            for &expression in expressions {
                asked.push((expression, time, session.value(expression)));
            }
            session.command("-exec-continue");
        }
    }
    let answers = session.run(program);
    let mut tally = Tally::default();
    for (expression, time, number) in asked {
        let printed = printed(output, expression)[time];
        let answer = answers.value(number);
        tally.add(&answer, printed, &format!("{what}: {expression} at stop {time}"));
    }
    tally
}

#[test]
fn variables_are_what_the_program_prints() {
    let stops: [(&str, usize, &[&str]); 2] = [
        ("in the loop", 2, &["p->value", "s", "total", "limit", "scale", "big"]),
        (
            "at the end",
            1,
            &[
                "sum",
                "numbers[1]",
                "numbers[3]",
                "word.bits",
                "text",
                "list->place.y",
                "first.label",
                "first.flag",
                "middle.value",
                "counter",
                "ratios[2]",
                "greeting",
                "first.next",
                "nodes[1]",
                "((struct node *)(wasm_memory + (unsigned)first.next))->value",
            ],
        ),
    ];
    let source = source_of("debugged.c");
    for module_level in MODULE_LEVELS {
        let module = module("debugged", module_level);
        for level in OUR_LEVELS {
            let program = Program::new(&module, &with_level(level));
            let what = format!("module {module_level}, ours {level:?}");
            let tally = compare(program.path(), &source, &stops, &what);
            println!("{what}: {tally:?}");
            if module_level == "-O0" && level == Optimization::O0 {
                assert_eq!(tally.gone, 0, "{what}");
            }
            assert!(tally.right >= 6, "{what}: {tally:?}");
        }
    }
}

/// The module that clang makes of C++ without its library.
fn module_of_cpp(source: &Path, level: &str) -> Vec<u8> {
    let folder = temporary_directory();
    let output = folder.path().join("program.wasm");
    let mut clang = Command::new("clang-22");
    clang.args(["-x", "c++", "--no-wasm-opt", "--target=wasm32-wasi", "-Wno-deprecated", "-g", level]);
    let outcome =
        execute(clang.args(["-fno-exceptions", "-fno-rtti"]).arg(source).arg("-o").arg(&output), b"");
    assert!(outcome.code() == Some(0), "{outcome:?}");
    std::fs::read(output).unwrap()
}

#[test]
fn variables_of_cpp_are_what_the_program_prints() {
    let stops: [(&str, usize, &[&str]); 3] = [
        ("in the method", 1, &["result", "this->edges", "size.second"]),
        ("in the template", 1, &["(int)left", "(int)right"]),
        ("at the end", 1, &["area", "most", "shape.edges", "pair.second", "(int)mode"]),
    ];
    let source = source_of("debugged.cpp");
    for module_level in MODULE_LEVELS {
        let module = module_of_cpp(&source, module_level);
        for level in OUR_LEVELS {
            let program = Program::new(&module, &with_level(level));
            verify(program.path());
            let what = format!("module {module_level}, ours {level:?}");
            let tally = compare(program.path(), &source, &stops, &what);
            println!("{what}: {tally:?}");
            if module_level == "-O0" && level == Optimization::O0 {
                assert_eq!(tally.gone, 0, "{what}");
            }
        }
    }
}
