//! How the scripts are compiled: the configurations, and which of them a run covers.

use super::corpus::Script;
use crate::machine::Machine;
use crate::tier::is_full_tier;
use std::fmt;
use std::sync::Arc;
use wasmwright_compiler::Options;
use wasmwright_compiler::options::{BoundsChecks, Emit, Entry, Optimization, RelaxedSimd, Runtime};
use wasmwright_compiler::target::{Architecture, Target};

/// What a script's modules become, and with it how instances are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Model {
    /// An executable with static instances, under the closed-world assumptions that ship.
    Executable,
    /// A shared library whose instances are made at run time.
    Library,
    /// A shared library for each module, which a host in C uses by their headers.
    CHost,
}

/// The CPU that is compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cpu {
    /// The architecture's first, for which most vector operations take detours.
    Oldest,
    /// The documented baseline.
    Baseline,
    /// The one that we run on, or the richest that is emulated.
    Native,
    /// The same, with its own results of relaxed vector operations.
    NativeRelaxed,
}

/// A way to compile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Configuration {
    /// Machine that executes the programs.
    pub machine: Machine,
    /// Optimisation level.
    pub optimization: Optimization,
    /// Bounds checks of memories.
    pub bounds_checks: BoundsChecks,
    /// Kind of output.
    pub model: Model,
    /// CPU.
    pub cpu: Cpu,
}

impl fmt::Display for Configuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { machine, optimization, bounds_checks, model, cpu } = self;
        let name = format!("{optimization:?}-{bounds_checks:?}-{model:?}");
        let cpu = match cpu {
            Cpu::Oldest => "-oldest",
            Cpu::Baseline => "",
            Cpu::Native => "-native",
            Cpu::NativeRelaxed => "-native-relaxed",
        };
        let machine = match machine {
            Machine::Host => "",
            Machine::Aarch64 => "-aarch64",
        };
        write!(f, "{}{cpu}{machine}", name.to_lowercase())
    }
}

impl Configuration {
    /// The configurations of the tier that the environment selects. The fast one covers both
    /// runtimes, both bounds checks and both ends of the optimisation levels, each once, and of the
    /// emulated machine and of hosts in C what [`covers`](Self::covers) says.
    pub fn selected() -> Vec<Self> {
        if is_full_tier() { Self::full() } else { Self::fast() }
    }

    fn fast() -> Vec<Self> {
        let default = Self {
            machine: Machine::Host,
            optimization: Optimization::O2,
            bounds_checks: BoundsChecks::Guard,
            model: Model::Executable,
            cpu: Cpu::Baseline,
        };
        let plain = Self {
            optimization: Optimization::O0,
            bounds_checks: BoundsChecks::Explicit,
            model: Model::Library,
            ..default
        };
        let behind_c = Self { model: Model::CHost, ..default };
        vec![plain, default, Self { machine: Machine::Aarch64, ..default }, behind_c]
    }

    /// Whether a script is executed under this configuration. An emulator is slow, and so is a host in
    /// C: the fast tier has them execute a script of each kind.
    pub fn covers(&self, script: &Script) -> bool {
        let sample = match (self.machine, self.model) {
            (Machine::Host, Model::CHost) => C_HOST_SAMPLE,
            (Machine::Host, _) => return true,
            _ => EMULATED_SAMPLE,
        };
        let is_sample = |path: &String| {
            let file = path.rsplit('/').next().unwrap_or_default();
            sample.iter().any(|name| file.strip_suffix(".wast") == Some(name))
        };
        is_full_tier() || script.paths.iter().any(is_sample)
    }

    /// How many memories of a script one process may have. An emulator before QEMU 8 keeps a record
    /// of every page of a reservation: 840 MB for each memory of an executable.
    pub fn memories_at_once(&self) -> usize {
        let are_expensive = self.machine.is_emulated() && self.bounds_checks == BoundsChecks::Guard;
        if are_expensive { EMULATED_MEMORIES } else { usize::MAX }
    }

    /// Every way to compile.
    pub fn full() -> Vec<Self> {
        let beside_the_matrix = [
            (Machine::Host, Cpu::Oldest),
            (Machine::Host, Cpu::NativeRelaxed),
            (Machine::Aarch64, Cpu::Native),
        ];
        let mut all = Vec::from(beside_the_matrix.map(|(machine, cpu)| Self {
            machine,
            optimization: Optimization::O2,
            bounds_checks: BoundsChecks::Guard,
            model: Model::Executable,
            cpu,
        }));
        for optimization in [Optimization::O0, Optimization::O2] {
            for bounds_checks in [BoundsChecks::Guard, BoundsChecks::Explicit] {
                let with = |machine, model, cpu| Self { machine, optimization, bounds_checks, model, cpu };
                for model in [Model::Executable, Model::Library] {
                    all.push(with(Machine::Host, model, Cpu::Baseline));
                    all.push(with(Machine::Host, model, Cpu::Native));
                    all.push(with(Machine::Aarch64, model, Cpu::Baseline));
                }
                if optimization == Optimization::O2 {
                    all.push(with(Machine::Host, Model::CHost, Cpu::Baseline));
                }
            }
        }
        all
    }

    /// The compiler's options.
    pub fn options(&self) -> Options {
        let (emit, runtime) = match (self.model, self.machine) {
            (Model::Executable, Machine::Host) => (Emit::Executable, EXECUTABLE_RUNTIME),
            (Model::Executable, Machine::Aarch64) => (Emit::Executable, built(AARCH64_EXECUTABLE_RUNTIME)),
            (Model::CHost, _) => return self.c_host_options(),
            (Model::Library, Machine::Host) => (Emit::Shared, LIBRARY_RUNTIME),
            (Model::Library, Machine::Aarch64) => (Emit::Shared, built(AARCH64_LIBRARY_RUNTIME)),
        };
        Options {
            emit,
            entry: Entry::Script,
            runtime: Runtime::Archive(Arc::from(runtime)),
            ..self.common_options()
        }
    }

    /// As `wasmwright compile --emit shared` has them: the shipped runtime, the public interface.
    fn c_host_options(&self) -> Options {
        Options { emit: Emit::Shared, ..self.common_options() }
    }

    fn common_options(&self) -> Options {
        Options {
            target: match self.cpu {
                Cpu::Oldest => oldest(self.machine.target()),
                Cpu::Baseline => self.machine.target(),
                Cpu::Native | Cpu::NativeRelaxed => self.machine.richest_target(),
            },
            relaxed_simd: match self.cpu {
                Cpu::NativeRelaxed => RelaxedSimd::Native,
                _ => RelaxedSimd::Deterministic,
            },
            optimization: self.optimization,
            bounds_checks: self.bounds_checks,
            // Scripts recurse deeper at -O0 than a library's default allows.
            stack_bytes: Some(SCRIPT_STACK_BYTES),
            ..Options::default()
        }
    }
}

/// Less than a thread has, on whose stack libraries execute.
const SCRIPT_STACK_BYTES: u64 = 4 << 20;

fn oldest(baseline: Target) -> Target {
    match baseline.architecture {
        Architecture::X86_64 => Target { cpu: "x86-64".into(), ..baseline },
        _ => baseline,
    }
}

/// See [`Configuration::memories_at_once`].
const EMULATED_MEMORIES: usize = 2;

/// Scripts, without their endings, of which the fast tier has the emulator execute one of each kind.
const EMULATED_SAMPLE: &[&str] = &[
    "br_table",
    "call_indirect",
    "conversions",
    "f64",
    "float_exprs",
    "i64",
    "linking",
    "memory_copy",
    "memory_trap",
    "return_call_indirect",
    "simd_i16x8_q15mulr_sat_s",
    "stack-guard-page",
    "wide-arithmetic",
];

/// Likewise those that the fast tier has hosts in C execute: every type of values, every kind of
/// import and export, every way out of a call.
const C_HOST_SAMPLE: &[&str] = &[
    "call_indirect",
    "exports",
    "float_misc",
    "imports",
    "instance",
    "linking",
    "memory_trap",
    "names",
    "ref_func",
    "simd_bitwise",
    "stack-guard-page",
    "table_grow",
    "try_table",
];

/// Runtimes with the script interpreter, built by this crate's build script.
const EXECUTABLE_RUNTIME: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/script-executable.a"));
const LIBRARY_RUNTIME: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/script-library.a"));
const AARCH64_EXECUTABLE_RUNTIME: &[u8] =
    include_bytes!(concat!(env!("OUT_DIR"), "/aarch64-script-executable.a"));
const AARCH64_LIBRARY_RUNTIME: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/aarch64-script-library.a"));

/// The build goes on without those for AArch64, with a warning.
fn built(runtime: &'static [u8]) -> &'static [u8] {
    let missing = include_str!(concat!(env!("OUT_DIR"), "/aarch64.missing"));
    assert!(missing.is_empty(), "no test can be executed on AArch64: {missing}");
    runtime
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_full_tier_is_the_whole_matrix() {
        let full = Configuration::full();
        let names = full.iter().map(Configuration::to_string).collect::<std::collections::BTreeSet<_>>();
        assert_eq!((full.len(), names.len()), (29, 29));
        assert!(Configuration::fast().iter().all(|fast| full.contains(fast)));
    }
}
