//! Profilers name the functions of the module by the symbol table, without `-g` and with it.

use std::path::Path;
use std::process::Command;
use wasmwright_compiler::Options;
use wasmwright_compiler::options::BoundsChecks;
use wasmwright_tests::programs::{Outcome, Program, Source, Variant, execute, temporary_directory};

/// The function that takes nearly all time.
const HOT: &str = "steps_of";

/// The program, which counts numbers of steps below a limit.
fn program(options: Options) -> Program {
    let source = Source::new("profiled").with_for_module("-g").with_for_module("--no-wasm-opt");
    Program::new(&source.with("-O2").module(), &options)
}

fn in_folder(program: &str, arguments: &[&str], folder: &Path) -> Outcome {
    execute(Command::new(program).args(arguments).current_dir(folder), b"")
}

/// The percentage that a profiler's table gives to a function of ours.
#[track_caller]
fn share(table: &Outcome, percentage: impl Fn(&str) -> Option<&str>) -> f64 {
    let line = table.text().lines().find(|line| line.contains(&format!("{HOT}.0.")));
    let line = line.unwrap_or_else(|| panic!("no {HOT}\n{table:?}"));
    let share = percentage(line).and_then(|share| share.trim().trim_start_matches('(').parse().ok());
    share.unwrap_or_else(|| panic!("no percentage in {line}"))
}

#[test]
fn callgrind_names_functions() {
    // It has no room for memories with guard pages, and version 3.19 cannot read what LLVM writes with -g.
    let program = program(Options { bounds_checks: BoundsChecks::Explicit, ..Variant::DEFAULT.options() });
    let folder = temporary_directory();
    let path = program.path().to_str().unwrap();
    let arguments = ["--tool=callgrind", "--callgrind-out-file=profile", path, "3000"];
    let outcome = in_folder("valgrind", &arguments, folder.path());
    assert!(outcome.code() == Some(0), "(apt-get install valgrind)\n{outcome:?}");
    let table = in_folder("callgrind_annotate", &["profile"], folder.path());
    let share = share(&table, |line| line.split_once('(')?.1.split_once('%').map(|(share, _)| share));
    assert!(share > 80.0, "{table:?}");
}

#[test]
fn perf_names_functions() {
    for debug in [false, true] {
        let program = program(Options { debug, ..Variant::DEFAULT.options() });
        let folder = temporary_directory();
        let path = program.path().to_str().unwrap();
        let arguments = ["record", "-q", "-e", "cpu-clock", "-o", "profile", path, "1000000"];
        let outcome = in_folder("perf", &arguments, folder.path());
        if outcome.code() != Some(0) && outcome.errors().contains("perf_event_paranoid") {
            // Where the system lets nobody look, there is nothing to see.
            return eprintln!("perf may not record here");
        }
        assert!(outcome.code() == Some(0), "(apt-get install linux-perf)\n{outcome:?}");
        let table = in_folder("perf", &["report", "-i", "profile", "--stdio"], folder.path());
        let share = share(&table, |line| line.split_once('%').map(|(share, _)| share));
        assert!(share > 50.0, "debug: {debug}\n{table:?}");
    }
}
