//! Sources in; native programs and modules out, by clang of the LLVM release that we use.

use crate::measure::{self, Usage};
use crate::program;
use anyhow::Result;
use std::path::Path;
use std::process::Command;
use wasmwright_compiler::target::{Architecture, Target};

const CLANG: &str = "clang-22";

/// What the module may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vectors {
    /// No vector instructions.
    Scalar,
    /// `-msimd128`
    Simd128,
}

impl Vectors {
    /// What reports call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Scalar => "scalar",
            Self::Simd128 => "simd128",
        }
    }
}

/// The CPU that native code is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cpu {
    /// The one that wasmwright makes code for.
    Baseline,
    /// This machine's.
    Host,
}

impl Cpu {
    fn flag(self) -> String {
        let target = Target::host();
        match (self, target.architecture) {
            (Self::Baseline, Architecture::X86_64) => format!("-march={}", target.cpu),
            (Self::Baseline, _) => format!("-mcpu={}", target.cpu),
            (Self::Host, Architecture::X86_64) => "-march=native".into(),
            (Self::Host, _) => "-mcpu=native".into(),
        }
    }
}

/// What both kinds of build have: the same language, level and arithmetic (no contraction of
/// multiplications and additions, which WebAssembly does not know).
const COMMON: [&str; 3] = ["-O3", "-std=gnu99", "-ffp-contract=off"];

/// Where `ci/modules` puts the sources of whole programs.
const WHOLE_PROGRAMS: [&str; 2] = ["lua", "sqlite/sqlite3"];

/// Makes a module.
pub fn module(source: &Path, vectors: Vectors, output: &Path) -> Result<Usage> {
    let mut command = Command::new(CLANG);
    // Debian's wasi-libc lies under a target's name that newer clangs call outdated.
    command.args(COMMON).args([
        "--target=wasm32-wasi",
        "-Wno-deprecated",
        "-Wl,-z,stack-size=1048576",
        "-Wl,-s",
    ]);
    if vectors == Vectors::Simd128 {
        command.arg("-msimd128");
    }
    build(command.arg(source).arg("-o").arg(output))
}

/// Makes a native program.
pub fn native(source: &Path, cpu: Cpu, flags: &[&str], output: &Path) -> Result<Usage> {
    let mut command = Command::new(CLANG);
    command.args(COMMON).arg(cpu.flag()).args(flags).arg("-s");
    build(command.arg(source).arg("-o").arg(output).arg("-lm"))
}

fn build(command: &mut Command) -> Result<Usage> {
    let needs = "it needs the packages clang-22 lld-22 wasi-libc libclang-rt-22-dev-wasm32, and the \
                 sources that ci/modules brings";
    let modules = program::folder().with_file_name(".cache").join("modules");
    for sources in WHOLE_PROGRAMS {
        command.arg("-isystem").arg(modules.join(sources));
    }
    measure::tool(command).map_err(|error| error.context(format!("building a program failed: {needs}")))
}
