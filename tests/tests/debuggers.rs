//! Programs in debuggers, with `-g`: lines, functions, what was inlined and variables, as the source has them.

use std::path::Path;
use std::process::Command;
use wasmwright_compiler::options::{Debugger, Optimization};
use wasmwright_compiler::{Compiler, Options};
use wasmwright_tests::debugged::{
    MODULE_LEVELS, OUR_LEVELS, compare, compare_at, gdb, line_of, source_of, verify, with_level,
};
use wasmwright_tests::machine::Machine;
use wasmwright_tests::programs::{Program, Source, Variant, assemble, execute, temporary_directory};

/// A module with debug information. A `wasm-opt` that clang finds would spoil that.
fn module(name: &str, level: &str) -> Vec<u8> {
    Source::new(name).with_for_module("-g").with_for_module("--no-wasm-opt").with(level).module()
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
            let options = Options { target: Machine::Host.target(), ..with_level(level) };
            let program = Program::new(&module, &options);
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

/// Functions of `parameters.c` in the order of their calls, and what is asked of each: its parameters
/// and what they point to.
const CALLED: [(&str, usize, &[&str]); 8] = [
    ("add", 1, &["x", "y"]),
    ("second", 1, &["text"]),
    ("sum", 1, &["both.a", "both.b"]),
    ("half", 1, &["number"]),
    ("wide", 1, &["to->a", "to->b", "big"]),
    ("count", 1, &["n"]),
    ("several", 1, &["left", "right"]),
    ("twice", 1, &["once"]),
];

/// Whether parameters that are passed by address are in the memory of optimised code, which may move the
/// stores of their callers.
fn may_be_stale(module_level: &str, level: Optimization) -> bool {
    module_level == "-O0" && level == Optimization::O2
}

/// Those that are asked of a program.
fn called(module_level: &str, level: Optimization) -> Vec<(&'static str, usize, &'static [&'static str])> {
    let is_by_address = |name: &str| name == "sum";
    let is_asked = |name: &str| !(is_by_address(name) && may_be_stale(module_level, level));
    CALLED.into_iter().filter(|(name, ..)| is_asked(name)).collect()
}

/// How many of the 13 values may be gone.
fn most_gone(module_level: &str, level: Optimization) -> usize {
    match (module_level, level) {
        ("-O0", Optimization::O0) => 0,
        // One is in two locals, one in a local that is written.
        (_, Optimization::O0) => 3,
        // All is inlined.
        _ => 13,
    }
}

#[test]
fn functions_begin_where_parameters_are_in_their_places() {
    for module_level in MODULE_LEVELS {
        let module = module("parameters", module_level);
        for level in OUR_LEVELS {
            let program = Program::new(&module, &with_level(level));
            verify(program.path());
            let what = format!("module {module_level}, ours {level:?}");
            let tally = compare_at(program.path(), &called(module_level, level), &what);
            println!("{what}: {tally:?}");
            assert!(tally.gone <= most_gone(module_level, level), "{what}: {tally:?}");
        }
    }
}

#[test]
fn functions_begin_in_lldb_where_parameters_are_in_their_places() {
    for module_level in MODULE_LEVELS {
        let module = module("parameters", module_level);
        for level in OUR_LEVELS {
            let options = Options { target: Machine::Host.target(), ..with_level(level) };
            let program = Program::new(&module, &options);
            let called = called(module_level, level);
            let printed = execute(&mut Command::new(program.path()), b"");
            let mut lldb = Command::new("lldb-22");
            lldb.args(["--batch", "--no-lldbinit"]);
            for (function, ..) in &called {
                lldb.args(["-o", &format!("breakpoint set --name {function}")]);
            }
            lldb.args(["-o", "run"]);
            let asked = called.iter().map(|&(_, _, expressions)| expressions);
            for expressions in asked.clone() {
                // It prints no part of a variable that is gone.
                let asked = expressions.iter().map(|expression| format!("frame variable {expression}"));
                asked.for_each(|asked| _ = lldb.args(["-o", &asked]));
                lldb.args(["-o", "continue"]);
            }
            let outcome = execute(lldb.arg(program.path()), b"");
            let what = format!("module {module_level}, {level:?} (apt-get install lldb-22)\n{outcome:?}");
            let mut gone = 0;
            for expression in asked.flatten() {
                let is_told =
                    |line: &&str| line.starts_with('(') && line.contains(&format!(") {expression} = "));
                let told = outcome.text().lines().find(is_told).and_then(|line| line.split(" = ").nth(1));
                let value =
                    printed.text().lines().find_map(|line| line.strip_prefix(expression)?.strip_prefix(' '));
                let value = value.unwrap();
                match told {
                    Some(told) if told.contains("not available") || told.contains("optimized out") => {
                        gone += 1
                    }
                    Some(told) => assert!(told == value || told.ends_with(&format!("\"{value}\"")), "{what}"),
                    None => gone += 1,
                }
            }
            println!("module {module_level}, {level:?}: {gone} gone");
            assert!(gone <= most_gone(module_level, level), "{what}");
        }
    }
}

#[test]
fn lines_follow_each_other_behind_a_functions_beginning() {
    let source = source_of("parameters.c");
    let line = |mark: &str| line_of(&source, mark);
    for module_level in MODULE_LEVELS {
        let program = Program::new(&module("parameters", module_level), &with_level(Optimization::O0));
        let outcome = gdb(program.path(), &["break count", "break several", "run", "next", "next"]);
        let what = format!("module {module_level}\n{outcome:?}");
        let shown: Vec<&str> =
            outcome.text().lines().filter_map(|line| line.split_once('\t')).map(|(line, _)| line).collect();
        let in_several = [line("in several").to_string(), line("behind it").to_string()];
        assert!(shown.windows(2).any(|pair| pair == in_several), "{what}");
    }
}

#[test]
fn lldb_sees_pointers_in_the_memory_as_numbers() {
    let source = source_of("debugged.c");
    let module = module("debugged", "-O0");
    for debugger in [Debugger::Gdb, Debugger::Lldb] {
        let target = Machine::Host.target();
        let options = Options { debugger, target, ..with_level(Optimization::O0) };
        let program = Program::new(&module, &options);
        let printed = execute(&mut Command::new(program.path()), b"");
        let address = printed.text().lines().find_map(|line| line.strip_prefix("array[1].next 0x"));
        let address = u32::from_str_radix(address.unwrap(), 16).unwrap();
        let place = format!("breakpoint set --file debugged.c --line {}", line_of(&source, "at the end"));
        let mut lldb = Command::new("lldb-22");
        lldb.args(["--batch", "--no-lldbinit", "-o", &place, "-o", "run", "-o", "frame variable first list"]);
        let outcome = execute(lldb.arg(program.path()), b"");
        assert!(outcome.code() == Some(0), "(apt-get install lldb-22)\n{outcome:?}");
        assert!(outcome.text().contains("value = 10"), "{outcome:?}");
        // It would read the wrong place if it were told what gdb is.
        let number = outcome.text().contains(&format!("next = {address}"));
        assert_eq!(number, debugger == Debugger::Lldb, "{outcome:?}");
        assert_eq!(outcome.text().contains("next ="), debugger == Debugger::Lldb, "{outcome:?}");
    }
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

#[test]
fn variables_are_what_the_program_prints() {
    let at_end: Vec<&str> = [
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
        "nodes[1]",
        "list->next->label",
        "list->next->next->value",
        "remembered.next->value",
        "array[1].next",
        "array[0].value",
        "(*(struct node *)&array[1]).next->value",
        "((struct node *)(wasm_memory + (unsigned)array[1].next))->value",
    ]
    .into();
    // Pointers in variables that are nowhere else but in their frame.
    let in_frame = ["first.next->next->value", "named.name", "sizeof(struct named)", "either.pointer->value"];
    let in_loop = ["p->value", "s", "total", "limit", "scale", "big", "visits", "p->next->value"];
    let source = source_of("debugged.c");
    for module_level in MODULE_LEVELS {
        let module = module("debugged", module_level);
        for level in OUR_LEVELS {
            let program = Program::new(&module, &with_level(level));
            let is_exact = module_level == "-O0" && level == Optimization::O0;
            let mut at_end = at_end.clone();
            at_end.extend(is_exact.then_some(in_frame).into_iter().flatten());
            let stops: [(&str, usize, &[&str]); 2] =
                [("in the loop", 1, &in_loop), ("at the end", 1, &at_end)];
            let what = format!("module {module_level}, ours {level:?}");
            let tally = compare(program.path(), &source, &stops, &what);
            println!("{what}: {tally:?}");
            if is_exact {
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
