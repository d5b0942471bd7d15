//! Arguments of `compile`, and those that `run` shares with it.

use super::run::CacheOptions;
use super::values::{
    BoundsChecks, Debugger, Emit, Link, MessageFormat, Optimization, RelaxedSimd, Size, TrapInfo,
    UnknownImports, WasiProvider,
};
use crate::grants::{Directory, Variable};
use clap::{Args, ValueHint};
use std::ffi::OsString;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// `compile`
#[derive(Args, Debug)]
pub struct CompileArguments {
    /// The module, binary or text; `-` is standard input
    #[arg(value_hint = ValueHint::FilePath)]
    pub file: OsString,
    /// Objects and static libraries that define what a program imports, as `--emit header` declares it
    #[arg(value_name = "HOST.o", value_hint = ValueHint::FilePath)]
    pub objects: Vec<PathBuf>,
    /// The output; `-` is standard output [default: FILE without its ending]
    #[arg(short, long, value_name = "OUT", value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,
    /// What comes out
    #[arg(long, value_enum, default_value_t, value_name = "KIND", hide_possible_values = false)]
    pub emit: Emit,
    /// Machine that the output runs on, as `x86_64-linux`; see `wasmwright targets` [default: this one]
    #[arg(long, value_name = "TARGET")]
    pub target: Option<String>,
    /// Tell debuggers of the source: by the module's DWARF, else by its text, written to OUT.wat
    #[arg(short = 'g', long, conflicts_with = "strip")]
    pub debug: bool,
    /// The debugger that is told most; the other reads the rest
    #[arg(long, value_enum, default_value_t, value_name = "NAME", requires = "debug")]
    pub debugger: Debugger,
    /// The header of a library [default: beside OUT, without its `lib` and with the ending .h]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub header: Option<PathBuf>,
    /// What the names of a library begin with [default: that of OUT without `lib` and ending], or those
    /// that a program shares with its objects [default: that of FILE]
    #[arg(long, value_name = "NAME")]
    pub prefix: Option<String>,
    /// Who provides WASI to a library's instances
    #[arg(long, value_enum, default_value_t, value_name = "WHO")]
    pub wasi: WasiProvider,
    /// Make a library that leaves signals alone; needs --bounds-checks=explicit
    #[arg(long)]
    pub no_signals: bool,
    /// Make a library whose calls can be ended from other threads
    #[arg(long)]
    pub interruptible: bool,
    /// Leave out the symbol table
    #[arg(long)]
    pub strip: bool,
    /// Write the dependencies of OUT as a make rule to OUT.d: `-MD`
    #[arg(short = 'M', value_name = "D", value_parser = ["D"], hide_possible_values = true)]
    pub make_dependencies: Option<String>,
    /// Write the dependencies of OUT as a make rule to this file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub depfile: Option<PathBuf>,
    /// How errors and results are told
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub message_format: MessageFormat,
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

/// How code is made, for `compile` and `run`.
#[derive(Args, Debug)]
pub struct CodeArguments {
    /// Optimisation level
    #[arg(short = 'O', value_enum, default_value_t, value_name = "LEVEL")]
    pub optimization: Optimization,
    /// CPU to compile for, by LLVM's name; `native` is this machine's [default: the target's baseline]
    #[arg(long, value_name = "CPU")]
    pub target_cpu: Option<String>,
    /// CPU features to add or leave out, as `+avx2,-sse4a`
    #[arg(long, value_name = "FEATURES", allow_hyphen_values = true, value_parser = features)]
    pub target_features: Option<String>,
    /// How memory accesses are kept inside their memory
    #[arg(long, value_enum, default_value_t, value_name = "HOW")]
    pub bounds_checks: BoundsChecks,
    /// What relaxed vector instructions do where the standard leaves a choice
    #[arg(long, value_enum, default_value_t, value_name = "HOW")]
    pub relaxed_simd: RelaxedSimd,
    /// What the report of a trap tells besides the trap; less makes smaller programs
    #[arg(long, value_enum, default_value_t, value_name = "LEVEL")]
    pub trap_info: TrapInfo,
    /// Make a program that counts what it executes, and writes the counts to FILE as it ends (or to
    /// $LLVM_PROFILE_FILE; %p is the number of the process) [default FILE: default.profraw]
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true,
          default_missing_value = "default.profraw", conflicts_with = "profile_use")]
    pub profile_generate: Option<String>,
    /// Make code for what was counted: what `llvm-profdata merge` made of such files
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub profile_use: Option<PathBuf>,
    /// The file that the module says its debug information is in: a module with DWARF, or a source map
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub debug_file: Option<PathBuf>,
    /// Bind imports from NAME to the exports of the module FILE, which becomes a part of the output
    #[arg(long = "link", value_name = "NAME=FILE", value_hint = ValueHint::FilePath)]
    pub links: Vec<Link>,
    /// What happens with imports that nobody provides
    #[arg(long, value_enum, default_value_t, value_name = "POLICY")]
    pub unknown_imports: UnknownImports,
    /// Call this export with the program's arguments, and print its results
    #[arg(long, visible_alias = "entry", value_name = "NAME")]
    pub invoke: Option<String>,
    /// Size of the program's stack, as 8M [default: 8M]
    #[arg(long, value_name = "SIZE")]
    pub stack_size: Option<Size>,
    /// No memory grows beyond this, as 512M
    #[arg(long, value_name = "SIZE")]
    pub max_memory: Option<Size>,
    /// Count executed instructions, and trap once there were N; a library's host sets N for each
    /// instance [default N for libraries: 0]
    #[arg(long, value_name = "N", num_args = 0..=1, require_equals = true)]
    pub fuel: Option<Option<u64>>,
    /// Link with this program, which takes ld.lld's arguments [default: the linker inside]
    #[arg(long, value_name = "PROGRAM", value_hint = ValueHint::CommandName)]
    pub linker: Option<PathBuf>,
    /// Threads to compile on [default: one for each processor]
    #[arg(short, long, value_name = "N")]
    pub jobs: Option<NonZeroUsize>,
    /// Tell what happens
    #[arg(short, long)]
    pub verbose: bool,
    /// Print the time and the peak memory of each stage, or write what each thread did to a file that
    /// trace viewers read (Chrome's format)
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, value_hint = ValueHint::FilePath)]
    pub timings: Option<Option<PathBuf>>,
}

/// What the program may reach, for `compile` and `run`.
#[derive(Args, Debug)]
#[command(next_help_heading = "What the program may reach (nothing by default)")]
pub struct GrantArguments {
    /// A directory, opened at launch; `\:` is a colon in a path
    #[arg(long = "dir", value_name = "HOST[::GUEST][:ro]")]
    pub directories: Vec<Directory>,
    /// An environment variable; without a value it is taken at launch
    #[arg(long = "env", value_name = "NAME[=VALUE]")]
    pub variables: Vec<Variable>,
    /// The whole environment of the process
    #[arg(long)]
    pub inherit_env: bool,
    /// An address to listen at, as `127.0.0.1:8080`
    #[arg(long = "tcplisten", value_name = "ADDR")]
    pub listeners: Vec<SocketAddr>,
    /// No further grants at launch by WASMWRIGHT_DIR and WASMWRIGHT_ENV
    #[arg(long)]
    pub sealed: bool,
}

/// Checks the form of `--target-features`.
fn features(text: &str) -> Result<String, String> {
    let well_formed = |feature: &str| {
        feature.strip_prefix(['+', '-']).is_some_and(|name| {
            !name.is_empty()
                && name.chars().all(|letter| letter.is_ascii_alphanumeric() || "-._".contains(letter))
        })
    };
    match text.split(',').find(|feature| !well_formed(feature)) {
        None => Ok(text.to_owned()),
        Some(wrong) => Err(format!("`{wrong}` is no feature with + or - before it, as in `+avx2,-sse4a`")),
    }
}
