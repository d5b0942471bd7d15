//! Arguments of `run`: ours up to FILE, the program's after it.

use super::compile::{CodeArguments, GrantArguments};
use super::values::Size;
use clap::{Args, ValueHint};
use std::ffi::OsString;
use std::path::PathBuf;

/// `run`
#[derive(Args, Debug)]
#[command(
    override_usage = "wasmwright run [OPTIONS] FILE [ARGS...]",
    after_help = "Exit status: the program's own; 134 if it traps; 125 if it cannot be started."
)]
pub struct RunArguments {
    // One field, because everything after FILE is the program's, whatever it looks like: two
    // positionals would let clap take a later `--dir` for ours.
    /// The module (`-` is standard input), then the program's own arguments
    #[arg(
        required = true,
        num_args = 1..,
        trailing_var_arg = true,
        value_name = "FILE [ARGS]",
        value_hint = ValueHint::FilePath
    )]
    pub program: Vec<OsString>,
    /// An object or a static library that defines what the program imports
    #[arg(long = "object", value_name = "HOST.o", value_hint = ValueHint::FilePath)]
    pub objects: Vec<PathBuf>,
    #[allow(missing_docs)]
    #[command(flatten)]
    pub cache: CacheOptions,
    #[allow(missing_docs)]
    #[command(flatten)]
    pub code: CodeArguments,
    #[allow(missing_docs)]
    #[command(flatten)]
    pub grants: GrantArguments,
}

/// Where compiled programs, and compiled parts of them, are kept.
#[derive(Args, Debug)]
pub struct CacheOptions {
    /// The cache's directory [default: wasmwright under $XDG_CACHE_HOME or ~/.cache]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub cache_dir: Option<PathBuf>,
    /// Keep the cache below this by deleting what was not used for longest
    #[arg(long, value_name = "SIZE", default_value = "1G")]
    pub cache_size: Size,
    /// Compile anew and keep nothing
    #[arg(long)]
    pub no_cache: bool,
}
