//! Executes the suite: programs and contenders in, results out.
//!
//! Rounds are interleaved, so that whatever disturbs the machine disturbs all contenders alike; an
//! execution whose output differs from the native build's is a mistake and no figure.

use crate::clang::{self, Vectors};
use crate::contender::{Contender, Prepared};
use crate::measure;
use crate::peak_memory;
use crate::program::{self, Program};
use crate::results::{Figures, Machine, Measurement, ProgramResult, Results, StartUp};
use anyhow::{Context, Result};
use std::path::Path;

/// What to do.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The programs.
    pub programs: Vec<Program>,
    /// The contenders; the first is native code.
    pub contenders: Vec<Contender>,
    /// How modules are built.
    pub vectors: Vectors,
    /// Divisor of the programs' usual sizes.
    pub size_divisor: u32,
    /// Executions of each program by each contender.
    pub rounds: u32,
    /// Launches for start-up.
    pub launches: u32,
}

/// Executes a plan; what is compiled stays in `folder`. `tell` hears what is going on.
pub fn execute(plan: &Plan, folder: &Path, tell: &dyn Fn(&str)) -> Result<Results> {
    let machine = machine();
    let mut programs = Vec::new();
    for (number, program) in plan.programs.iter().enumerate() {
        tell(&format!("[{}/{}] {}", number + 1, plan.programs.len(), program.name));
        programs.push(measure_program(plan, program, folder, tell)?);
    }
    tell(&format!("start-up, {} launches each", plan.launches));
    Ok(Results {
        machine,
        build: plan.vectors.name(),
        size_divisor: plan.size_divisor,
        contenders: plan.contenders.iter().map(|contender| contender.name.clone()).collect(),
        programs,
        start_up: measure_start_up(plan, folder)?,
    })
}

/// What is watched is a shorter execution than what is measured.
const TRAINING_DIVISOR: u32 = 8;

/// One contender's progress with one program.
struct Entry {
    prepared: Prepared,
    cpu_seconds: Vec<f64>,
}

fn measure_program(
    plan: &Plan,
    program: &Program,
    folder: &Path,
    tell: &dyn Fn(&str),
) -> Result<ProgramResult> {
    let size = program.size(plan.size_divisor);
    let arguments = [size.to_string()];
    let module = folder.join(format!("{}.wasm", program.name));
    clang::module(&program.source, plan.vectors, &module)?;
    let training = [program.size(plan.size_divisor * TRAINING_DIVISOR).to_string()];
    let prepare = |contender: &Contender| {
        let prepared = contender.prepare(&program.source, &module, folder, &training)?;
        Ok(Entry { prepared, cpu_seconds: Vec::new() })
    };
    let mut entries: Vec<Result<Entry>> = plan.contenders.iter().map(prepare).collect();

    let mut expected = None;
    for _ in 0..plan.rounds {
        for entry in &mut entries {
            if let Ok(running) = entry
                && let Err(error) = execute_once(running, &arguments, &mut expected)
            {
                *entry = Err(error);
            }
        }
    }
    let finish = |(contender, entry): (&Contender, Result<Entry>)| {
        entry.and_then(|entry| figures(entry, &arguments)).map_or_else(
            |error| {
                tell(&format!("  {}: {error:#}", contender.name));
                Measurement::Wrong(format!("{error:#}"))
            },
            Measurement::Right,
        )
    };
    let measurements = plan.contenders.iter().zip(entries).map(finish).collect();
    Ok(ProgramResult { name: program.name.clone(), size, measurements })
}

/// Executes a program once. The first output of all is what the others are held to.
fn execute_once(entry: &mut Entry, arguments: &[String], expected: &mut Option<Vec<u8>>) -> Result<()> {
    let execution = measure::execute(&mut entry.prepared.command(arguments))?;
    let expected = expected.get_or_insert_with(|| execution.stdout.clone());
    anyhow::ensure!(
        execution.stdout == *expected,
        "printed {:?} instead of {:?}",
        String::from_utf8_lossy(&execution.stdout),
        String::from_utf8_lossy(expected)
    );
    entry.cpu_seconds.push(execution.usage.cpu_seconds);
    Ok(())
}

fn figures(entry: Entry, arguments: &[String]) -> Result<Figures> {
    Ok(Figures {
        peak_memory_bytes: peak_memory::peak_bytes(&mut entry.prepared.command(arguments))?,
        cpu_seconds: entry.cpu_seconds,
        compilation: entry.prepared.compilation,
        artifact_bytes: entry.prepared.artifact_bytes,
    })
}

/// Launches a program that says hello. It is compared with a static native one, too.
fn measure_start_up(plan: &Plan, folder: &Path) -> Result<Vec<StartUp>> {
    let source = program::folder().join("hosts/hello.c");
    let module = folder.join("hello.wasm");
    clang::module(&source, Vectors::Scalar, &module)?;
    let mut contenders = plan.contenders.clone();
    contenders.insert(0, Contender::native_static());
    let mut entries = Vec::new();
    for contender in &contenders {
        if let Ok(prepared) = contender.prepare(&source, &module, folder, &[]) {
            entries.push((contender, Entry { prepared, cpu_seconds: Vec::new() }));
        }
    }
    let mut expected = None;
    for _ in 0..plan.launches {
        for (contender, entry) in &mut entries {
            execute_once(entry, &[], &mut expected)
                .with_context(|| format!("hello by {}", contender.name))?;
        }
    }
    let start_up = |(contender, entry): (&Contender, Entry)| StartUp {
        contender: contender.name.clone(),
        cpu_seconds: entry.cpu_seconds,
    };
    Ok(entries.into_iter().map(start_up).collect())
}

fn machine() -> Machine {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let information = read("/proc/cpuinfo");
    let model = information.lines().find(|line| line.starts_with("model name"));
    let processor = model.and_then(|line| line.split_once(": ")).map_or("unknown", |(_, name)| name);
    let load = read("/proc/loadavg");
    Machine {
        processor: processor.into(),
        processors: std::thread::available_parallelism().map_or(1, Into::into),
        load: load.split_whitespace().next().unwrap_or("unknown").into(),
    }
}
