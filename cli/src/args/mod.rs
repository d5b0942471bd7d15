//! Arguments as they were written. [`crate::resolve`] turns them into options of the compiler.
//!
//! To add a subcommand: a variant of [`Command`], a file under `commands/`, an arm in
//! `commands::execute`.

mod compile;
mod run;
mod values;

pub use compile::{CodeArguments, CompileArguments, GrantArguments};
pub use run::{CacheOptions, RunArguments};
pub use values::{Emit, Link, MessageFormat, WasiProvider};

use clap::{Args, Parser, Subcommand, ValueHint};
use clap_complete::Shell;
use std::ffi::OsString;
use std::path::PathBuf;

/// Turns WebAssembly modules into native programs, ahead of time.
#[derive(Debug, Parser)]
#[command(name = "wasmwright", version, max_term_width = 100, infer_long_args = false)]
pub struct Arguments {
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Compile a module to a native executable, library or object
    Compile(Box<CompileArguments>),
    /// Compile a module through a cache, then execute it
    Run(Box<RunArguments>),
    /// Show what a module imports, exports and needs
    Inspect(InspectArguments),
    /// List the machines that can be compiled for
    Targets,
    /// Show or empty the cache
    Cache(CacheArguments),
    /// Compile one unit of a build plan (`compile --emit build-plan`)
    CompileUnit(CompileUnitArguments),
    /// Link the compiled units of a build plan
    LinkUnits(LinkUnitsArguments),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the notices of all that is linked into outputs, and of this tool
    Licenses,
    /// Print the manual, or write one page for each command into a directory
    Man {
        /// Directory for the pages
        #[arg(short, long, value_name = "DIR")]
        output: Option<PathBuf>,
    },
}

/// `inspect`
#[derive(Args, Debug)]
pub struct InspectArguments {
    /// The module, binary or text; `-` is standard input
    pub file: OsString,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `compile-unit`
#[derive(Args, Debug)]
pub struct CompileUnitArguments {
    /// The job, a file of the plan
    pub job: PathBuf,
    /// The compiled unit
    #[arg(short, long, value_name = "OUT", value_hint = ValueHint::FilePath)]
    pub output: PathBuf,
}

/// `link-units`
#[derive(Args, Debug)]
pub struct LinkUnitsArguments {
    /// The link plan, a file of the plan
    pub plan: PathBuf,
    /// The compiled units of all jobs of the plan, in any order
    pub units: Vec<PathBuf>,
    /// The output
    #[arg(short, long, value_name = "OUT", value_hint = ValueHint::FilePath)]
    pub output: PathBuf,
}

/// `cache`
#[derive(Args, Debug)]
pub struct CacheArguments {
    /// What to do with the cache
    #[command(subcommand)]
    pub action: CacheAction,
    /// The cache's directory [default: wasmwright under $XDG_CACHE_HOME or ~/.cache]
    #[arg(long, value_name = "DIR", global = true)]
    pub cache_dir: Option<PathBuf>,
}

/// What `cache` does.
#[derive(Clone, Copy, Debug, Subcommand)]
pub enum CacheAction {
    /// Show where it is, what it holds and how large it is
    Stats,
    /// Delete every entry
    Clear,
}
