//! How the scripts are compiled: the configurations, and which of them a run covers.

use std::fmt;
use std::sync::Arc;
use wasmwright_compiler::Options;
use wasmwright_compiler::options::{BoundsChecks, Emit, Entry, Optimization, RelaxedSimd, Runtime};
use wasmwright_compiler::target::{Architecture, Target};

/// Selects the tier: `fast` (the default) or `full`.
pub const TIER_VARIABLE: &str = "WASMWRIGHT_TEST_TIER";

/// What a script's modules become, and with it how instances are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Model {
    /// An executable with static instances, under the closed-world assumptions that ship.
    Executable,
    /// A shared library whose instances are made at run time.
    Library,
}

/// The CPU that is compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cpu {
    /// The architecture's first, for which most vector operations take detours.
    Oldest,
    /// The documented baseline.
    Baseline,
    /// The one that we run on.
    Native,
    /// The same, with its own results of relaxed vector operations.
    NativeRelaxed,
}

/// A way to compile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Configuration {
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
        let Self { optimization, bounds_checks, model, cpu } = self;
        let name = format!("{optimization:?}-{bounds_checks:?}-{model:?}");
        let cpu = match cpu {
            Cpu::Oldest => "-oldest",
            Cpu::Baseline => "",
            Cpu::Native => "-native",
            Cpu::NativeRelaxed => "-native-relaxed",
        };
        write!(f, "{}{cpu}", name.to_lowercase())
    }
}

impl Configuration {
    /// The configurations of the tier that the environment selects. The fast one covers both
    /// models, both bounds checks and both ends of the optimisation levels, each once.
    pub fn selected() -> Result<Vec<Self>, String> {
        match std::env::var(TIER_VARIABLE).as_deref() {
            Err(_) | Ok("fast") => Ok(Self::fast()),
            Ok("full") => Ok(Self::full()),
            Ok(other) => Err(format!("{TIER_VARIABLE} is `{other}`; it may be `fast` or `full`")),
        }
    }

    fn fast() -> Vec<Self> {
        let cpu = Cpu::Baseline;
        vec![
            Self {
                optimization: Optimization::O0,
                bounds_checks: BoundsChecks::Explicit,
                model: Model::Library,
                cpu,
            },
            Self {
                optimization: Optimization::O2,
                bounds_checks: BoundsChecks::Guard,
                model: Model::Executable,
                cpu,
            },
        ]
    }

    /// Every way to compile.
    pub fn full() -> Vec<Self> {
        let beside_the_matrix = [Cpu::Oldest, Cpu::NativeRelaxed];
        let mut all = Vec::from(beside_the_matrix.map(|cpu| Self {
            optimization: Optimization::O2,
            bounds_checks: BoundsChecks::Guard,
            model: Model::Executable,
            cpu,
        }));
        for optimization in [Optimization::O0, Optimization::O2] {
            for bounds_checks in [BoundsChecks::Guard, BoundsChecks::Explicit] {
                for model in [Model::Executable, Model::Library] {
                    for cpu in [Cpu::Baseline, Cpu::Native] {
                        all.push(Self { optimization, bounds_checks, model, cpu });
                    }
                }
            }
        }
        all
    }

    /// The compiler's options.
    pub fn options(&self) -> Options {
        let (emit, runtime) = match self.model {
            Model::Executable => (Emit::Executable, EXECUTABLE_RUNTIME),
            Model::Library => (Emit::Shared, LIBRARY_RUNTIME),
        };
        Options {
            target: match self.cpu {
                Cpu::Oldest => oldest(),
                Cpu::Baseline => Target::host(),
                Cpu::Native | Cpu::NativeRelaxed => Target::native(),
            },
            relaxed_simd: match self.cpu {
                Cpu::NativeRelaxed => RelaxedSimd::Native,
                _ => RelaxedSimd::Deterministic,
            },
            optimization: self.optimization,
            bounds_checks: self.bounds_checks,
            emit,
            entry: Entry::Script,
            runtime: Runtime::Archive(Arc::from(runtime)),
            ..Options::default()
        }
    }
}

fn oldest() -> Target {
    let host = Target::host();
    match host.architecture {
        Architecture::X86_64 => Target { cpu: "x86-64".into(), ..host },
        Architecture::Aarch64 => host,
    }
}

/// Runtimes with the script interpreter, built by this crate's build script.
const EXECUTABLE_RUNTIME: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/script-executable.a"));
const LIBRARY_RUNTIME: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/script-library.a"));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_full_tier_is_the_whole_matrix() {
        let full = Configuration::full();
        let names = full.iter().map(Configuration::to_string).collect::<std::collections::BTreeSet<_>>();
        assert_eq!((full.len(), names.len()), (18, 18));
        assert!(Configuration::fast().iter().all(|fast| full.contains(fast)));
    }
}
