//! Rust programs, compiled with `-g`, in gdb, and what they say when they trap.

use std::path::Path;
use std::process::Command;
use wasmwright_compiler::options::Optimization;
use wasmwright_tests::debugged::{OUR_LEVELS, compare, gdb, line_of, source_of, verify, with_level};
use wasmwright_tests::programs::{Program, execute, temporary_directory};

/// Levels of rustc, with each of which both levels of ours are tried.
const MODULE_LEVELS: [u32; 2] = [0, 2];

/// The module that Debian's rustc makes with debug information. Another one may come first in the path.
fn module(source: &Path, level: u32) -> Vec<u8> {
    let folder = temporary_directory();
    let output = folder.path().join("debugged.wasm");
    let mut rustc = Command::new("/usr/bin/rustc");
    rustc.args(["--edition", "2021", "--target", "wasm32-wasi", "-g"]);
    rustc.args(["-C", "linker=wasm-ld-14", "-C", "linker-flavor=wasm-ld"]);
    rustc.arg("-C").arg(format!("opt-level={level}")).arg(source).arg("-o").arg(&output);
    let outcome = execute(&mut rustc, b"");
    let packages = "rustc libstd-rust-dev-wasm32 lld-14";
    assert!(outcome.code() == Some(0), "(apt-get install {packages})\n{outcome:?}");
    std::fs::read(output).unwrap()
}

#[test]
fn variables_of_rust_are_what_the_program_prints() {
    let stops: [(&str, usize, Vec<&str>); 4] = [
        (
            "in the loop",
            2,
            vec!["node.value", "s", "total", "limit", "scale", "big", "node.place.x", "node.place.y"],
        ),
        ("in the method", 1, vec!["product", "*width", "*height"]),
        ("in the generic function", 2, vec!["result", "numbers.length", "name.length"]),
        (
            "at the end",
            1,
            vec![
                "visited",
                "area",
                "sums",
                "numbers",
                "numbers[1]",
                "numbers[3]",
                "flags.0",
                "flags.1",
                "pair.0",
                "pair.2",
                "first.place.y",
                "boxed.x",
                "boxed.y",
                "list.len",
                "debugged::RATIOS[2]",
                "debugged::COUNTER.v.value",
                "middle.color",
                "empty",
                "circle",
                "oblong",
                "some",
                "none",
            ],
        ),
    ];
    // Pointers in variables that are nowhere else but in their frame.
    let in_frame: [&[&str]; 4] = [
        &[],
        &[],
        &["name", "numbers[2]"],
        &["text", "first.next.0.next.0.value", "*list.buf.ptr.pointer.pointer@3"],
    ];
    let source = source_of("debugged.rs");
    for module_level in MODULE_LEVELS {
        let module = module(&source, module_level);
        for level in OUR_LEVELS {
            let program = Program::new(&module, &with_level(level));
            verify(program.path());
            let what = format!("module {module_level}, ours {level:?}");
            let is_exact = module_level == 0 && level == Optimization::O0;
            let mut stops = stops.clone();
            for (stop, in_frame) in stops.iter_mut().zip(in_frame) {
                stop.2.extend(in_frame.iter().filter(|_| is_exact));
            }
            let stops: Vec<_> = stops.iter().map(|(mark, times, asked)| (*mark, *times, &**asked)).collect();
            let tally = compare(program.path(), &source, &stops, &what);
            println!("{what}: {tally:?}");
            if is_exact {
                assert_eq!(tally.gone, 0, "{what}");
            }
            assert!(tally.right >= 4, "{what}: {tally:?}");
        }
    }
}

#[test]
fn steps_and_backtraces_of_rust_are_those_of_the_source() {
    let source = source_of("debugged.rs");
    let line = |mark| line_of(&source, mark);
    for module_level in MODULE_LEVELS {
        let module = module(&source, module_level);
        for level in OUR_LEVELS {
            let program = Program::new(&module, &with_level(level));
            let place = format!("break debugged.rs:{}", line("call of square"));
            let outcome = gdb(program.path(), &[&place, "run", "bt 2", "step", "bt 3"]);
            let text = outcome.text();
            let what = format!("module {module_level}, {level:?}\n{outcome:?}");
            let has = |number: u32, name: &str, line: u32| {
                let (number, place) = (format!("#{number} "), format!("debugged.rs:{line}"));
                text.lines()
                    .any(|line| line.starts_with(&number) && line.contains(name) && line.ends_with(&place))
            };
            assert!(has(0, "debugged::visit (list=", line("call of square")), "{what}");
            assert!(has(1, "debugged::main (", line("call of visit")), "{what}");
            let inside = [line("square") - 1, line("square")];
            assert!(inside.iter().any(|&line| has(0, "debugged::square (x=", line)), "{what}");
            assert!(has(1, "debugged::visit (list=", line("call of square")), "{what}");
        }
    }
}

#[test]
fn a_trap_of_rust_names_functions_and_lines() {
    let source = source_of("debugged.rs");
    for module_level in MODULE_LEVELS {
        let program = Program::new(&module(&source, module_level), &with_level(Optimization::O2));
        let outcome = program.run(&["trap"]);
        let text = outcome.errors();
        assert_eq!(outcome.code(), Some(134), "{outcome:?}");
        let place = |mark: &str| format!("debugged.rs:{}", line_of(&source, mark));
        let failure = place("failure");
        let frames = [
            ("core::panicking::panic at ", "panicking.rs:48"),
            ("debugged::fail at ", &failure),
            ("debugged::main at ", "debugged.rs:"),
        ];
        let mut lines = text.lines();
        for (name, place) in frames {
            let found = lines.any(|line| line.trim_start().starts_with(name) && line.contains(place));
            assert!(found, "no {name}{place} in order\n{outcome:?}");
        }
    }
}
