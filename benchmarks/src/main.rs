//! The command line: options in, the report on standard output and in files.

use anyhow::{Context, Result, bail};
use clap::Parser;
use std::path::{Path, PathBuf};
use wasmwright_benchmarks::clang::Vectors;
use wasmwright_benchmarks::contender::{Contender, REFERENCE};
use wasmwright_benchmarks::suite::{self, Plan};
use wasmwright_benchmarks::{engines, plot, program, report};
use wasmwright_compiler::options::Optimization;

/// Compares compiled programs with native code and with the engines on this machine.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Small sizes, two rounds, few launches
    #[arg(long)]
    quick: bool,
    /// Only this program (can be repeated)
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Only this contender beside native code (can be repeated)
    #[arg(long, value_name = "NAME")]
    contender: Vec<String>,
    /// Build the modules with vector instructions
    #[arg(long)]
    simd: bool,
    /// Wasmwright's optimisation level
    #[arg(short = 'O', value_name = "LEVEL", default_value = "2", value_parser = clap::value_parser!(u8).range(2..=3))]
    level: u8,
    /// Executions of each program by each contender [default: 5, with --quick 2]
    #[arg(long, value_name = "N")]
    rounds: Option<u32>,
    /// Launches that start-up is measured by [default: 300, with --quick 20]
    #[arg(long, value_name = "N")]
    launches: Option<u32>,
    /// Write all samples as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write the tables as Markdown, not to standard output
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
    /// Write a plot of the ratios
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Build Wasmtime's host first, which later runs find again
    #[arg(long)]
    build_wasmtime: bool,
    /// Keep what is compiled in this folder
    #[arg(long, value_name = "FOLDER")]
    keep: Option<PathBuf>,
}

/// Divisor of sizes under `--quick`.
const QUICK_DIVISOR: u32 = 8;

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    if arguments.build_wasmtime {
        engines::build_wasmtime()?;
    }
    let temporary = tempfile::tempdir()?;
    let folder = match &arguments.keep {
        Some(folder) => {
            std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
            folder.canonicalize()?
        }
        None => temporary.path().to_owned(),
    };
    let results = suite::execute(&plan(&arguments)?, &folder, &|text| eprintln!("{text}"))?;
    let table = report::markdown(&results);
    match &arguments.markdown {
        Some(path) => write(path, &table)?,
        None => print!("{table}"),
    }
    if let Some(path) = &arguments.json {
        write(path, &serde_json::to_string_pretty(&results)?)?;
    }
    if let Some(path) = &arguments.svg {
        plot::write(&results, path)?;
    }
    Ok(())
}

fn plan(arguments: &Arguments) -> Result<Plan> {
    let optimization = if arguments.level == 3 { Optimization::O3 } else { Optimization::O2 };
    let rounds = arguments.rounds.unwrap_or(if arguments.quick { 2 } else { 5 });
    if rounds == 0 {
        bail!("--rounds 0 measures nothing");
    }
    Ok(Plan {
        programs: program::select(&arguments.only)?,
        contenders: contenders(&arguments.contender, optimization)?,
        vectors: if arguments.simd { Vectors::Simd128 } else { Vectors::Scalar },
        size_divisor: if arguments.quick { QUICK_DIVISOR } else { 1 },
        rounds,
        launches: arguments.launches.unwrap_or(if arguments.quick { 20 } else { 300 }),
    })
}

/// Those of these names, all where no name is given; native code in any case.
fn contenders(names: &[String], optimization: Optimization) -> Result<Vec<Contender>> {
    let all = Contender::all(optimization);
    if let Some(unknown) = names.iter().find(|name| !all.iter().any(|contender| contender.name == **name)) {
        let known: Vec<_> = all.iter().map(|contender| contender.name.as_str()).collect();
        bail!("this machine has no contender called {unknown}; it has {}", known.join(", "));
    }
    let wanted = |contender: &Contender| {
        let usual = names.is_empty() && !contender.on_request;
        usual || contender.name == REFERENCE || names.contains(&contender.name)
    };
    Ok(all.into_iter().filter(wanted).collect())
}

fn write(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}
