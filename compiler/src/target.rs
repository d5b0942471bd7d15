//! The machines that wasmwright compiles for.

mod capabilities;

use crate::error::{Error, Result};

pub(crate) use capabilities::AARCH64_CPUS;
pub use capabilities::CpuNeeds;

/// Instruction set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Architecture {
    /// x86-64
    X86_64,
    /// AArch64, little-endian
    Aarch64,
}

/// A machine: instruction set, CPU and further features. The operating system is Linux.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    /// Instruction set.
    pub architecture: Architecture,
    /// CPU by LLVM's name.
    pub cpu: String,
    /// Features in LLVM's form: `+avx2,-sse4a`.
    pub features: String,
}

impl Target {
    /// The machine we run on, with its documented baseline CPU.
    pub fn host() -> Self {
        Self::baseline(if cfg!(target_arch = "aarch64") {
            Architecture::Aarch64
        } else {
            Architecture::X86_64
        })
    }

    /// The documented baseline of an instruction set: x86-64-v2 (SSE4.2, POPCNT: every CPU since
    /// 2009), or Armv8-A.
    pub fn baseline(architecture: Architecture) -> Self {
        let cpu = match architecture {
            Architecture::X86_64 => "x86-64-v2",
            Architecture::Aarch64 => "generic",
        };
        Self { architecture, cpu: cpu.into(), features: String::new() }
    }

    /// Reads `x86_64-linux`, `aarch64-linux` or a full triple of either.
    pub fn parse(name: &str) -> Result<Self> {
        let mut parts = name.split('-');
        let architecture = match parts.next() {
            Some("x86_64" | "amd64") => Architecture::X86_64,
            Some("aarch64" | "arm64") => Architecture::Aarch64,
            _ => return Err(unknown(name)),
        };
        if !parts.any(|part| part == "linux") {
            return Err(unknown(name));
        }
        Ok(Self::baseline(architecture))
    }

    /// The x86-64 level that code for the CPU and the features needs, checked when an executable
    /// starts; 0 where there is none to check. Of the other CPUs that LLVM knows, those of
    /// uncommon names, the highest level that all of them have.
    pub fn x86_64_level(&self) -> u32 {
        if self.architecture == Architecture::Aarch64 {
            return 0;
        }
        let level = match self.cpu.as_str() {
            "x86-64" | "k8" | "k8-sse3" | "opteron" | "opteron-sse3" | "athlon64" | "athlon64-sse3"
            | "athlon-fx" | "amdfam10" | "barcelona" | "nocona" | "core2" | "penryn" | "bonnell" | "atom"
            | "btver1" => 1,
            "x86-64-v3" | "haswell" | "core-avx2" | "broadwell" | "skylake" | "alderlake" | "raptorlake"
            | "meteorlake" | "arrowlake" | "arrowlake-s" | "lunarlake" | "pantherlake" | "gracemont"
            | "sierraforest" | "grandridge" | "clearwaterforest" | "bdver4" | "znver1" | "znver2"
            | "znver3" => 3,
            "x86-64-v4" | "skylake-avx512" | "skx" | "cascadelake" | "cooperlake" | "cannonlake"
            | "icelake-client" | "icelake-server" | "rocketlake" | "tigerlake" | "sapphirerapids"
            | "emeraldrapids" | "graniterapids" | "graniterapids-d" | "diamondrapids" | "znver4"
            | "znver5" => 4,
            _ => 2,
        };
        self.features.split(',').fold(level, |level, feature| match feature {
            "+avx512f" => 4,
            "+avx2" | "+fma" | "+bmi2" => level.max(3),
            "+sse4.1" | "+sse4.2" | "+ssse3" | "+popcnt" => level.max(2),
            // A virtual machine may hide what its CPU has.
            "-avx512f" | "-avx512vl" | "-avx512bw" => level.min(3),
            "-avx" | "-avx2" | "-fma" | "-bmi2" => level.min(2),
            "-ssse3" | "-sse4.1" | "-sse4.2" | "-popcnt" => level.min(1),
            _ => level,
        })
    }

    /// LLVM's triple.
    pub fn triple(&self) -> &'static str {
        match self.architecture {
            Architecture::X86_64 => "x86_64-unknown-linux-gnu",
            Architecture::Aarch64 => "aarch64-unknown-linux-gnu",
        }
    }
}

fn unknown(name: &str) -> Error {
    Error::Option(format!("unknown target `{name}`; `wasmwright targets` lists the known ones"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_follow_the_cpu_and_its_features() {
        let level = |cpu: &str, features: &str| {
            let target = Target::baseline(Architecture::X86_64);
            Target { cpu: cpu.into(), features: features.into(), ..target }.x86_64_level()
        };
        assert_eq!(level("x86-64", ""), 1);
        assert_eq!(level("core2", ""), 1);
        assert_eq!(level("x86-64-v2", ""), 2);
        assert_eq!(level("znver3", "+avx2,-avx512f"), 3);
        assert_eq!(level("sapphirerapids", ""), 4);
        assert_eq!(level("sapphirerapids", "+sse4.2,-avx512f,+avx2"), 3);
        assert_eq!(level("x86-64-v2", "+avx2"), 3);
        assert_eq!(level("x86-64-v3", "-fma"), 2);
        assert_eq!(Target::baseline(Architecture::Aarch64).x86_64_level(), 0);
    }
}
