//! Scripts of our own for the proposals that the compiler implements, beyond what the official
//! suite demands: both instance models, both bounds checks, unoptimised and optimised.

use libtest_mimic::{Arguments, Failed, Trial};
use std::process::ExitCode;
use wasmwright_compiler::Compiler;
use wasmwright_compiler::options::{Emit, Options};
use wasmwright_tests::spec::config::{Configuration, Cpu, Model};
use wasmwright_tests::spec::corpus::Script;
use wasmwright_tests::spec::execute::{CHILD_VARIABLE, child};
use wasmwright_tests::spec::report::Report;
use wasmwright_tests::spec::run;
use wasmwright_tests::spec::skips::Skips;
use wasmwright_tests::tail_calls;

/// Enough for every number of parameters and results to come up.
const TAIL_CALL_RINGS: u64 = 42;

/// More than the stack has room for, if a call left but nine bytes there.
const TAIL_CALLS: u32 = 1_000_000;

/// Likewise for an emulator, which is slow, of a machine whose stack is kept aligned to 16 bytes.
const EMULATED: (u64, u32) = (14, 600_000);

/// Where each module is a library of its own: a call through a reference to a function of another one is
/// never a tail call, for the runtime of that one begins it.
const BEHIND_C: (u64, u32) = (TAIL_CALL_RINGS, 100);

fn main() -> ExitCode {
    if let Some(folder) = std::env::var_os(CHILD_VARIABLE) {
        return match child(&folder) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("{error}");
                ExitCode::FAILURE
            }
        };
    }
    let tail_calls: &'static str = tail_calls::script(TAIL_CALL_RINGS, TAIL_CALLS).leak();
    let fewer_tail_calls: &'static str = tail_calls::script(EMULATED.0, EMULATED.1).leak();
    let short_tail_calls: &'static str = tail_calls::script(BEHIND_C.0, BEHIND_C.1).leak();
    let scripts = |configuration: &Configuration| {
        let tail_calls = match configuration.model {
            Model::CHost => short_tail_calls,
            _ if configuration.machine.is_emulated() => fewer_tail_calls,
            _ => tail_calls,
        };
        [
            ("memories", include_str!("../scripts/memories.wast")),
            ("references", include_str!("../scripts/references.wast")),
            ("tail calls", tail_calls),
            ("tail calls and memories", include_str!("../scripts/tail_calls.wast")),
            ("exceptions", include_str!("../scripts/exceptions.wast")),
            ("legacy exceptions", include_str!("../scripts/legacy_exceptions.wast")),
        ]
    };
    let mut trials = vec![Trial::test("branch hints become weights", branch_hints)];
    for configuration in Configuration::full().into_iter().filter(|one| one.cpu == Cpu::Baseline) {
        let scripts = scripts(&configuration);
        trials.extend(scripts.map(|(name, text)| trial(name, text, configuration)));
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn trial(name: &str, text: &'static str, configuration: Configuration) -> Trial {
    let script = Script { paths: vec![format!("own/{name}")], text };
    Trial::test(format!("{configuration}::{name}"), move || {
        run(&script, &configuration, &Skips::read()?, &Report::default()).map_err(Failed::from)
    })
}

/// One hint each way, and one that points nowhere, which is ignored.
fn branch_hints() -> Result<(), Failed> {
    let module = |likely: &str, unlikely: &str| {
        format!(
            r#"(module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
            (func (export "_start") (local i32)
              (if {likely} (memory.size) (then (call $exit (i32.const 1))))
              (block (br_if 0 {unlikely} (i32.load (i32.const 0))) (call $exit (i32.const 2))))
            (memory (export "memory") 1))"#
        )
    };
    let (likely, unlikely) =
        (r#"(@metadata.code.branch_hint "\01")"#, r#"(@metadata.code.branch_hint "\00")"#);
    // The annotation stands before the instruction that it is for, in the folded form too.
    let hinted = module("", "")
        .replace("(if ", &format!("{likely} (if "))
        .replace("(br_if ", &format!("{unlikely} (br_if "));
    let ir = |text: &str| -> Result<String, Failed> {
        let binary = wat::parse_str(text)?;
        let compiler = Compiler::new(Options { emit: Emit::LlvmIr, ..Options::default() });
        Ok(String::from_utf8(compiler.compile("hints", &binary)?.bytes().to_vec())?)
    };
    let (with, without) = (ir(&hinted)?, ir(&module("", ""))?);
    for weights in ["i32 2000, i32 1}", "i32 1, i32 2000}"] {
        if !with.contains(weights) || without.contains(weights) {
            return Err(format!("weights {weights} are not where they should be:\n{with}").into());
        }
    }
    Ok(())
}
