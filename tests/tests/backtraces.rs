//! Where programs trap: the frames of a report, their names, offsets and source lines, and what a
//! debugger sees of a program without debug information.

use object::{Object, ObjectSymbol};
use std::collections::BTreeSet;
use wasmwright_compiler::Options;
use wasmwright_compiler::options::{Optimization, TrapInfo};
use wasmwright_compiler::program::ModuleInput;
use wasmwright_tests::debugger::Debuggee;
use wasmwright_tests::machine::Machine;
use wasmwright_tests::programs::{Program, Source, Variant, assemble};

/// What each argument of `backtrace.c` ends by.
const ENDS: [&str; 12] = [
    "unreachable",
    "out of bounds memory access",
    "integer divide by zero",
    "integer overflow",
    "integer overflow",
    "invalid conversion to integer",
    "uninitialized element",
    "indirect call type mismatch",
    "undefined element",
    "call stack exhausted",
    "out of bounds memory access",
    "out of bounds memory access",
];

/// The line of a source that ends in such a comment.
fn line_of(source: &str, mark: &str) -> String {
    let mark = format!("/* {mark} */");
    let line = source.lines().position(|line| line.ends_with(&mark));
    format!("backtrace.c:{}", line.unwrap_or_else(|| panic!("no {mark}")) + 1)
}

#[test]
fn every_kind_of_trap_names_all_source_lines() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("programs");
    let source = std::fs::read_to_string(folder.join("backtrace.c")).unwrap();
    let module = Source::new("backtrace")
        .with_for_module("-g")
        .with_for_module("-Wno-cast-function-type-mismatch")
        .with_for_module("-O2")
        .with("-O2")
        .module();
    for (variant, debug) in
        Variant::CORNERS.into_iter().flat_map(|variant| [(variant, false), (variant, true)])
    {
        let program = Program::new(&module, &Options { debug, ..variant.options() });
        assert_eq!(program.run(&["77"]).succeeded(), "", "{variant}");
        for (number, message) in ENDS.iter().enumerate() {
            let outcome = program.run(&[&number.to_string()]);
            outcome.trapped(message);
            let report = outcome.errors();
            let mut rest = report;
            for mark in [&format!("case {number}"), "third", "second", "first"] {
                let line = format!("{}\n", line_of(&source, mark));
                let place = rest.find(&line);
                let place = place.unwrap_or_else(|| panic!("{variant} {number}: no {line}{report}"));
                rest = &rest[place + line.len()..];
            }
            let inlined = "innermost at ";
            assert!(number == 9 || report.contains(inlined), "{variant} {number}:\n{report}");
        }
    }
}

/// Offset of the instruction with those bytes, which the module has once.
#[track_caller]
fn offset_of(module: &[u8], instruction: &[u8]) -> usize {
    let found: Vec<usize> =
        (0..module.len()).filter(|&start| module[start..].starts_with(instruction)).collect();
    assert_eq!(found.len(), 1, "{instruction:x?}");
    found[0]
}

#[test]
fn offsets_are_those_of_the_instructions() {
    // Offsets of accesses are chosen so that every instruction has bytes of its own.
    let text = r#"(module (memory 1)
        (func $load (param i32) (result i32) (i32.add (local.get 0) (i32.load offset=0x1234 (local.get 0))))
        (func $replace (param i32) (i32.store offset=0x1236 (local.get 0)
            (i32.add (i32.load offset=0x1236 (local.get 0)) (i32.const 1))))
        (func $store (param i32) (i32.store offset=0x1235 (local.get 0) (i32.const 7)))
        (func $divide (param i32) (drop (i32.div_u (i32.const 0x5432) (i32.xor (local.get 0) (i32.const -1)))))
        (func (export "run") (param i32) (result i32)
            (block (block (block (block (br_table 0 1 2 3 (local.get 0)))
                (return (call $load (i32.const -1))))
                (call $store (i32.const -1)) (return (i32.const 0)))
                (call $divide (i32.const -1)) (return (i32.const 0)))
            (call $replace (i32.const -1)) (i32.const 0)))"#;
    let module = assemble(text);
    let load = offset_of(&module, &[0x28, 2, 0xb4, 0x24]);
    let store = offset_of(&module, &[0x36, 2, 0xb5, 0x24]);
    let replaced = offset_of(&module, &[0x28, 2, 0xb6, 0x24]);
    // The constant (4 bytes), the operand, the inversion.
    let divide = offset_of(&module, &[0x41, 0xb2, 0xa8, 0x01]) + 4 + 2 + 2 + 1;
    for (variant, debug) in
        Variant::CORNERS.into_iter().flat_map(|variant| [(variant, false), (variant, true)])
    {
        let program = Program::new(&module, &Options { debug, ..variant.invoking_run() });
        for (number, name, offset) in
            [(0, "load", load), (1, "store", store), (2, "divide", divide), (3, "replace", replaced)]
        {
            let outcome = program.run(&[&number.to_string()]);
            let frame = outcome.errors().lines().nth(1).unwrap_or_default();
            let place = format!("  0: {name} (function ");
            let ends = format!(", offset {offset:#x})");
            assert!(frame.starts_with(&place) && frame.ends_with(&ends), "{variant}: {ends} {outcome:?}");
        }
    }
}

/// Calls through a table that nothing changes: every third element has the type `$a`, few have
/// `$b`, the others are null.
fn constant_table(length: usize) -> Vec<u8> {
    let element = |index| match index {
        index if index % 3 == 0 => "(ref.func $of_a)",
        index if index % 1000 == 1 => "(ref.func $of_b)",
        _ => "(ref.null func)",
    };
    let elements: String = (0..length).map(element).collect();
    assemble(&format!(
        r#"(module (type $a (func (param i32) (result i32))) (type $b (func (result i32)))
            (table {length} funcref) (elem (i32.const 0) funcref {elements})
            (func $of_a (type $a) (i32.add (local.get 0) (i32.const 1)))
            (func $of_b (type $b) (i32.const 7))
            (func $plain_a (param i32) (result i32)
                (i32.mul (call_indirect (type $a) (i32.const 20) (local.get 0)) (i32.const 2)))
            (func $plain_b (param i32) (result i32)
                (i32.mul (call_indirect (type $b) (local.get 0)) (i32.const 6)))
            (func $tail_a (param i32) (result i32)
                (return_call_indirect (type $a) (i32.const 41) (local.get 0)))
            (func $tail_b (param i32) (result i32) (return_call_indirect (type $b) (local.get 0)))
            (func (export "run") (param i32 i32) (result i32)
                (block (block (block (block (br_table 0 1 2 3 (local.get 0)))
                    (return (call $plain_a (local.get 1))))
                    (return (call $plain_b (local.get 1))))
                    (return (call $tail_a (local.get 1))))
                (call $tail_b (local.get 1))))"#
    ))
}

#[test]
fn calls_through_constant_tables_trap_where_they_are() {
    const NULL: &str = "uninitialized element";
    const OTHER: &str = "indirect call type mismatch";
    const NONE: &str = "undefined element";
    for length in [8, 30_000] {
        let module = constant_table(length);
        let last = length.to_string();
        for variant in Variant::CORNERS {
            let program = Program::new(&module, &variant.invoking_run());
            for (kind, result, wrong) in [(0, "42", "1"), (1, "42", "0"), (2, "42", "1"), (3, "7", "0")] {
                let kind_text = kind.to_string();
                let right = if kind % 2 == 0 { "3" } else { "1" };
                assert_eq!(program.run(&[&kind_text, right]).succeeded(), format!("{result}\n"), "{variant}");
                let name = ["plain_a", "plain_b", "tail_a", "tail_b"][kind];
                for (index, message) in [(wrong, OTHER), ("2", NULL), (&last, NONE), ("-1", NONE)] {
                    let outcome = program.run(&[&kind_text, index]);
                    outcome.trapped(message);
                    let frame = format!("\n  0: {name} (function ");
                    assert!(outcome.errors().contains(&frame), "{variant} {length}: {frame} {outcome:?}");
                }
            }
        }
    }
}

/// What is at each index of the table of [`callers`].
const ELEMENTS: [Option<&str>; 9] =
    [None, Some("b"), Some("a"), Some("a"), Some("a"), None, Some("c"), Some("b"), None];

/// Functions of three types in a constant table: those of `$a` side by side, those of `$b` at its ends,
/// one of `$c`. Calls of each by an index, which leave no other trace where they are tail calls.
fn callers(call: &str) -> Vec<u8> {
    let elements = ELEMENTS.map(|element| match element {
        Some(name) => format!("(ref.func $of_{name})"),
        None => "(ref.null func)".to_owned(),
    });
    let end = if call == "call_indirect" { "(i32.add (i32.const 1))" } else { "" };
    assemble(&format!(
        r#"(module
            (type $a (func (param i32) (result i32)))
            (type $b (func (result i32)))
            (type $c (func (param i64) (result i32)))
            (table {} funcref) (elem (i32.const 0) funcref {})
            (func $of_a (type $a) (i32.add (local.get 0) (i32.const 1)))
            (func $of_b (type $b) (i32.const 42))
            (func $of_c (type $c) (i32.wrap_i64 (local.get 0)))
            (func $call_a (param i32) (result i32) ({call} (type $a) (i32.const 41) (local.get 0)) {end})
            (func $call_b (param i32) (result i32) ({call} (type $b) (local.get 0)) {end})
            (func $call_c (param i32) (result i32) ({call} (type $c) (i64.const 42) (local.get 0)) {end})
            (func $run (export "run") (param i32 i32) (result i32)
                (block (block (block (br_table 0 1 2 (local.get 0)))
                    (return (i32.mul (call $call_a (local.get 1)) (i32.const 1))))
                    (return (i32.mul (call $call_b (local.get 1)) (i32.const 1))))
                (i32.mul (call $call_c (local.get 1)) (i32.const 1))))"#,
        ELEMENTS.len(),
        elements.concat()
    ))
}

#[test]
fn every_index_calls_or_traps_as_its_element_wants() {
    for (call, result) in [("call_indirect", "43\n"), ("return_call_indirect", "42\n")] {
        let module = callers(call);
        let mut places = BTreeSet::new();
        for variant in Variant::CORNERS {
            let program = Program::new(&module, &variant.invoking_run());
            for (number, ty) in ["a", "b", "c"].into_iter().enumerate() {
                for index in -1..=ELEMENTS.len() as i32 {
                    let outcome = program.run(&[&number.to_string(), &index.to_string()]);
                    let element = usize::try_from(index).ok().and_then(|index| ELEMENTS.get(index));
                    outcome.trapped(match element {
                        Some(&Some(actual)) if actual == ty => {
                            assert_eq!(outcome.succeeded(), result, "{variant} {call} {ty} {index}");
                            continue;
                        }
                        Some(Some(_)) => "indirect call type mismatch",
                        Some(None) => "uninitialized element",
                        None => "undefined element",
                    });
                    let frames: Vec<String> = outcome.errors().lines().skip(1).map(String::from).collect();
                    assert!(frames[0].starts_with(&format!("  0: call_{ty} (function ")), "{outcome:?}");
                    assert!(frames[1].starts_with("  1: run (function "), "{outcome:?}");
                    places.insert(frames);
                }
            }
        }
        assert_eq!(places.len(), 3, "one place for each type, in all variants: {places:#?}");
    }
}

/// Through handlers of other tags, handlers that throw on, and after another one that was caught.
#[test]
fn uncaught_exceptions_are_told_from_where_they_were_thrown() {
    let text = r#"(module (tag $t) (tag $other) (tag $handled)
        (func $throw_t (throw $t))
        (func $throw_handled (throw $handled))
        (func $passes (result i32)
            (block $h
                (return (i32.add (i32.const 1)
                    (try_table (result i32) (catch $other $h) (call $throw_t) (i32.const 1)))))
            (i32.const 2))
        (func $throws_on (result i32)
            (block $h (result exnref)
                (return (i32.add (i32.const 1)
                    (try_table (result i32) (catch_all_ref $h) (call $passes)))))
            (throw_ref))
        (func $after_another (result i32)
            (block $h (try_table (catch $handled $h) (call $throw_handled)) (unreachable))
            (i32.mul (call $throws_on) (i32.const 3)))
        (func $rethrows (result i32)
            try (result i32) call $after_another catch_all rethrow 0 end
            i32.const 1 i32.sub)
        (func $delegates (result i32)
            try (result i32)
                try (result i32) call $rethrows delegate 0
                catch $other i32.const 5 end)
        (func $run (export "run") (result i32) (i32.add (call $delegates) (i32.const 1))))"#;
    for variant in Variant::CORNERS {
        let outcome = Program::new(&assemble(text), &variant.invoking_run()).run(&[]);
        outcome.trapped("uncaught exception (tag `t`)");
        let name = |line: &str| line.split_once(" (function").map(|(start, _)| start.trim().to_owned());
        let frames: Vec<String> = outcome.errors().lines().filter_map(name).collect();
        let names = ["throw_t", "passes", "throws_on", "after_another", "rethrows", "delegates", "run"];
        let expected = names.iter().enumerate().map(|(number, name)| format!("{number}: {name}"));
        assert_eq!(frames, expected.collect::<Vec<_>>(), "{variant}: {outcome:?}");
    }
}

#[test]
fn a_deep_stack_is_told_from_both_ends() {
    let text = r#"(module
        (func $down (param i32) (result i32) (i32.add (i32.const 1) (call $down (local.get 0))))
        (func $middle (param i32) (result i32) (i32.add (i32.const 1) (call $down (local.get 0))))
        (func (export "run") (result i32) (call $middle (i32.const 1))))"#;
    for variant in Variant::CORNERS {
        let outcome = Program::new(&assemble(text), &variant.invoking_run()).run(&[]);
        outcome.trapped("call stack exhausted");
        let lines: Vec<&str> = outcome.errors().lines().collect();
        assert_eq!(lines.iter().filter(|line| **line == "  ...").count(), 1, "{outcome:?}");
        assert!(lines.len() > 40 && lines.len() < 60, "{variant}: {outcome:?}");
        assert!(lines[1].starts_with("  0: down ("), "{outcome:?}");
        assert!(lines[lines.len() - 2].contains(": middle (function 1"), "{outcome:?}");
        assert!(lines[lines.len() - 1].contains(": (function 2"), "{outcome:?}");
        let number = lines[lines.len() - 1].split(':').next().unwrap().trim().parse::<u32>().unwrap();
        assert!(number > 10_000, "{number}");
    }
}

#[test]
fn start_functions_and_unknown_imports_have_backtraces() {
    let start = r#"(module (func $begin unreachable) (func $start (call $begin)) (start $start)
        (func (export "run")))"#;
    let unknown = r#"(module (import "env" "gone" (func $gone)) (func $caller (call $gone))
        (func (export "run") (call $caller)))"#;
    for variant in Variant::CORNERS {
        let outcome = Program::new(&assemble(start), &variant.invoking_run()).run(&[]);
        assert!(outcome.errors().contains("  0: begin (function 0, offset 0x"), "{variant}: {outcome:?}");
        assert!(outcome.errors().contains("  1: start (function 1, offset 0x"), "{variant}: {outcome:?}");
        let unknown_imports = wasmwright_compiler::options::UnknownImports::Trap;
        let options = Options { unknown_imports, ..variant.invoking_run() };
        let outcome = Program::new(&assemble(unknown), &options).run(&[]);
        outcome.trapped("unknown import: env.gone");
        assert!(outcome.errors().contains("  0: caller (function 1, offset 0x"), "{variant}: {outcome:?}");
    }
}

const NAMED: &str = r#"(module
    (func $_ZN5space5thing3getEi unreachable)
    (func $_RNvC6_123foo3bar (call $_ZN5space5thing3getEi))
    (func (export "run") (call $_RNvC6_123foo3bar)))"#;

#[test]
fn names_are_those_of_the_source() {
    for variant in Variant::CORNERS {
        let outcome = Program::new(&assemble(NAMED), &variant.invoking_run()).run(&[]);
        assert!(outcome.errors().contains("  0: space::thing::get(int) (function 0, "), "{outcome:?}");
        assert!(outcome.errors().contains("  1: 123foo::bar (function 1, "), "{outcome:?}");
    }
}

#[test]
fn a_report_tells_as_much_as_asked() {
    let module = assemble(NAMED);
    let run = |trap_info| {
        let program = Program::new(&module, &Options { trap_info, ..Variant::DEFAULT.invoking_run() });
        let bytes = std::fs::metadata(program.path()).unwrap().len();
        (program.run(&[]).errors().to_owned(), bytes)
    };
    let (none, least) = run(TrapInfo::None);
    assert_eq!(none, "wasmwright: trap: unreachable\n");
    let (names, more) = run(TrapInfo::Names);
    assert_eq!(
        names,
        "wasmwright: trap: unreachable\n  0: space::thing::get(int) (function 0)\n  \
         1: 123foo::bar (function 1)\n  2: (function 2)\n"
    );
    let (full, most) = run(TrapInfo::Full);
    assert_eq!(full.matches(", offset 0x").count(), 3, "{full}");
    assert!(least < more && more <= most, "{least} {more} {most}");
}

#[test]
fn broken_debug_information_is_a_warning() {
    let good =
        Source::new("backtrace").with_for_module("-g").with("-Wno-cast-function-type-mismatch").module();
    let sections = [".debug_info", ".debug_abbrev", ".debug_line", ".debug_str", ".debug_ranges"];
    let mut warned = 0;
    for (position, section) in sections.iter().enumerate() {
        let mut module = good.clone();
        let name = offset_of_first(&module, section.as_bytes()) + section.len();
        for (index, byte) in module[name..name + 400].iter_mut().enumerate() {
            *byte = (*byte).wrapping_add((index * 31 + position * 7) as u8 | 1);
        }
        let options = Options { optimization: Optimization::O0, ..Variant::DEFAULT.options() };
        let (program, warnings) = Program::of_input(ModuleInput::new("broken", module), &options);
        let outcome = program.run(&["2"]);
        outcome.trapped("integer divide by zero");
        assert!(outcome.errors().contains("third (function "), "{section}: {outcome:?}");
        for warning in warnings {
            assert!(warning.contains("`broken`") && warning.contains("debug information"), "{warning}");
            warned += 1;
        }
    }
    assert!(warned > 0, "no damage was noticed");
}

fn offset_of_first(module: &[u8], name: &[u8]) -> usize {
    (0..module.len()).find(|&start| module[start..].starts_with(name)).expect("it is there")
}

#[test]
fn the_symbol_table_has_the_functions_unless_it_is_stripped() {
    let module = assemble(NAMED);
    let names = |strip| {
        let program = Program::new(&module, &Options { strip, ..Variant::PLAIN.invoking_run() });
        let bytes = std::fs::read(program.path()).unwrap();
        let file = object::File::parse(&*bytes).unwrap();
        assert_eq!(file.section_by_name(".debug_frame").is_some(), !strip);
        assert!(
            file.section_by_name(".debug_line").is_none() && file.section_by_name(".debug_info").is_none()
        );
        let names: Vec<String> =
            file.symbols().filter_map(|symbol| symbol.name().ok().map(str::to_owned)).collect();
        names
    };
    let found = names(false);
    for name in ["_ZN5space5thing3getEi.0.0", "_RNvC6_123foo3bar.0.1", "function.0.2"] {
        assert!(found.iter().any(|found| found == name), "no {name} in {found:?}");
    }
    assert!(names(true).is_empty());
}

#[test]
fn a_debugger_walks_the_stack_without_debug_information() {
    let text = r#"(module
        (func $inner (param i32) (result i32) (i32.div_u (i32.const 1) (local.get 0)))
        (func $outer (param i32) (result i32) (local $a i64) (local $b i64)
            (i32.add (call $inner (local.get 0)) (i32.const 1)))
        (func (export "run") (param i32) (result i32) (i32.add (call $outer (local.get 0)) (i32.const 1))))"#;
    let program = Program::new(&assemble(text), &Variant::PLAIN.invoking_run());
    let debuggee = Debuggee::new(Machine::selected(), program.path(), &["1"]);
    let outcome = debuggee.execute(&["break inner.0.0"], &["bt"]);
    let frame = |number: u32, name: &str| {
        outcome.text().lines().any(|line| line.starts_with(&format!("#{number} ")) && line.contains(name))
    };
    assert!(
        frame(0, "inner.0") && frame(1, "outer.0") && frame(2, "function.0") && frame(3, "wasmwright_invoke"),
        "{outcome:?}"
    );
}
