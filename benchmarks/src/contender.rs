//! Who is compared: a program and its module in, a command that executes it out.

use crate::clang::{self, Cpu};
use crate::engines::{self, Engine};
use crate::measure::{self, Usage};
use anyhow::{Context, Result};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use wasmwright_compiler::options::{BoundsChecks, Optimization, Profile, RecordedProfile, TrapInfo};
use wasmwright_compiler::target::Target;
use wasmwright_compiler::{Compiler, Options};

/// The contender that all others are compared with.
pub const REFERENCE: &str = "native";

/// LLVM's tool for profiles.
const PROFILE_TOOL: &str = "llvm-profdata-22";

/// One column of the tables.
#[derive(Clone, Debug)]
pub struct Contender {
    /// What reports call it.
    pub name: String,
    /// Whether it takes part only where it is named.
    pub on_request: bool,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    Native {
        cpu: Cpu,
        flags: &'static [&'static str],
    },
    Wasmwright {
        options: Box<Options>,
    },
    /// By a profile of an execution that is a fraction as long.
    Profiled {
        optimization: Optimization,
    },
    Engine {
        engine: &'static Engine,
        path: PathBuf,
    },
}

/// What a contender made of a program.
#[derive(Clone, Debug)]
pub struct Prepared {
    command: Vec<OsString>,
    /// What compiling took.
    pub compilation: Usage,
    /// Size of what was compiled.
    pub artifact_bytes: u64,
}

impl Prepared {
    /// The command that executes the program with these arguments.
    pub fn command(&self, arguments: &[String]) -> Command {
        let mut command = Command::new(&self.command[0]);
        // Nothing of the environment is the program's business, and its size moves the stack.
        command.args(&self.command[1..]).args(arguments).env_clear();
        command
    }
}

impl Contender {
    fn new(name: impl Into<String>, kind: Kind) -> Self {
        Self { name: name.into(), on_request: false, kind }
    }

    /// Wasmwright in one of its modes.
    pub fn wasmwright(bounds_checks: BoundsChecks, optimization: Optimization) -> Self {
        let name = match bounds_checks {
            BoundsChecks::Guard => "wasmwright",
            BoundsChecks::Explicit => "wasmwright-explicit",
        };
        Self::with_options(name, Options { bounds_checks, optimization, ..Options::default() })
    }

    fn with_options(name: &str, options: Options) -> Self {
        Self::new(name, Kind::Wasmwright { options: Box::new(options) })
    }

    /// Wasmwright for this machine's CPU: what engines make code for.
    fn wasmwright_host(optimization: Optimization) -> Self {
        let options = Options { optimization, target: Target::native(), ..Options::default() };
        Self::with_options("wasmwright-host", options)
    }

    /// Wasmwright without what traps tell but their kinds: what that costs.
    fn wasmwright_silent(optimization: Optimization) -> Self {
        let options = Options { optimization, trap_info: TrapInfo::None, ..Options::default() };
        Self { on_request: true, ..Self::with_options("wasmwright-silent", options) }
    }

    /// Native code at wasmwright's own CPU level.
    pub fn native() -> Self {
        Self::new(REFERENCE, Kind::Native { cpu: Cpu::Baseline, flags: &[] })
    }

    /// A native program that starts as wasmwright's do.
    pub fn native_static() -> Self {
        Self::new("native-static", Kind::Native { cpu: Cpu::Baseline, flags: &["-static"] })
    }

    /// All that this machine has: native code, wasmwright, and the engines.
    pub fn all(optimization: Optimization) -> Vec<Self> {
        let mut contenders = vec![
            Self::native(),
            Self::new("native-host", Kind::Native { cpu: Cpu::Host, flags: &[] }),
            Self::wasmwright(BoundsChecks::Guard, optimization),
            Self::wasmwright(BoundsChecks::Explicit, optimization),
            Self::wasmwright_host(optimization),
            Self::wasmwright_silent(optimization),
        ];
        if engines::find(PROFILE_TOOL).is_some() {
            contenders.push(Self::new("wasmwright-profiled", Kind::Profiled { optimization }));
        }
        for engine in engines::ENGINES {
            if let Some(path) = engine.find() {
                contenders.push(Self::new(engine.name, Kind::Engine { engine, path }));
            }
        }
        contenders
    }

    /// Whether it executes the C source, and no module.
    pub fn is_native(&self) -> bool {
        matches!(self.kind, Kind::Native { .. })
    }

    /// Compiles `source`, or the `module` that was made of it, into `folder`. `training` are
    /// arguments of an execution that may be watched for it.
    pub fn prepare(
        &self,
        source: &Path,
        module: &Path,
        folder: &Path,
        training: &[String],
    ) -> Result<Prepared> {
        let stem = module.file_stem().unwrap_or_default().to_string_lossy();
        let output = folder.join(format!("{stem}.{}", self.name));
        let (command, compilation) = match &self.kind {
            Kind::Native { cpu, flags } => {
                (vec![output.clone().into()], clang::native(source, *cpu, flags, &output)?)
            }
            Kind::Wasmwright { options } => {
                (vec![output.clone().into()], compile(module, (**options).clone(), &output)?)
            }
            Kind::Profiled { optimization } => {
                let options = Options { optimization: *optimization, ..Options::default() };
                (vec![output.clone().into()], compile_by_profile(module, options, &output, training)?)
            }
            Kind::Engine { engine, path } => engine.prepare(path, module, &output)?,
        };
        // What is not compiled ahead of time is its module.
        let artifact = if output.exists() { &output } else { module };
        let artifact_bytes = std::fs::metadata(artifact)?.len();
        Ok(Prepared { command, compilation, artifact_bytes })
    }
}

/// What it took includes all of it: two compilations, the watched execution and LLVM's tool.
fn compile_by_profile(module: &Path, options: Options, output: &Path, training: &[String]) -> Result<Usage> {
    let (raw, merged) = (output.with_added_extension("profraw"), output.with_added_extension("profdata"));
    let watching = output.with_added_extension("counting");
    let file = raw.to_string_lossy().into_owned();
    let counting = Options { profile: Profile::Generate { file }, ..options.clone() };
    let mut usage = compile(module, counting, &watching)?;
    usage += measure::tool(Command::new(&watching).args(training).env_clear())?;
    usage += measure::tool(Command::new(PROFILE_TOOL).args(["merge", "-o"]).arg(&merged).arg(&raw))?;
    let profile = Profile::Use(RecordedProfile::new(std::fs::read(&merged)?));
    usage += compile(module, Options { profile, ..options }, output)?;
    Ok(usage)
}

fn compile(module: &Path, options: Options, output: &Path) -> Result<Usage> {
    let bytes = std::fs::read(module).with_context(|| format!("cannot read {}", module.display()))?;
    let (artifact, usage) = measure::work(|| Compiler::new(options).compile("program", &bytes))?;
    artifact?.write(output)?;
    Ok(usage)
}
