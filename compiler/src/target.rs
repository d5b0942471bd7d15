//! The machines that wasmwright compiles for.

mod capabilities;

use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};

pub(crate) use capabilities::AARCH64_CPUS;
pub use capabilities::CpuNeeds;

/// Instruction set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Architecture {
    /// x86-64
    X86_64,
    /// AArch64, little-endian
    Aarch64,
    /// RISC-V of 64 bits
    Riscv64,
}

impl Architecture {
    /// The name that targets begin with.
    pub fn name(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Aarch64 => "aarch64",
            Self::Riscv64 => "riscv64",
        }
    }

    /// As the crate that reads and writes objects knows it.
    pub(crate) fn of_objects(self) -> object::Architecture {
        match self {
            Self::X86_64 => object::Architecture::X86_64,
            Self::Aarch64 => object::Architecture::Aarch64,
            Self::Riscv64 => object::Architecture::Riscv64,
        }
    }
}

/// Operating system, and with it the format of objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum System {
    /// Linux, ELF
    Linux,
    /// Windows, COFF
    Windows,
    /// macOS, Mach-O
    MacOs,
}

impl System {
    /// The name that targets end with.
    pub fn name(self) -> &'static str {
        match self {
            Self::Linux => "linux",
            Self::Windows => "windows",
            Self::MacOs => "macos",
        }
    }
}

/// A machine: instruction set, operating system, CPU and further features.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Target {
    /// Instruction set.
    pub architecture: Architecture,
    /// Operating system.
    pub system: System,
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

    /// All that there are.
    pub const ALL: [(Architecture, System); 7] = [
        (Architecture::X86_64, System::Linux),
        (Architecture::Aarch64, System::Linux),
        (Architecture::Riscv64, System::Linux),
        (Architecture::X86_64, System::Windows),
        (Architecture::Aarch64, System::Windows),
        (Architecture::X86_64, System::MacOs),
        (Architecture::Aarch64, System::MacOs),
    ];

    /// The documented baseline of an instruction set under Linux: x86-64-v2 (SSE4.2, POPCNT: every
    /// CPU since 2009), Armv8-A, RV64GC.
    pub fn baseline(architecture: Architecture) -> Self {
        Self::baseline_of(architecture, System::Linux)
    }

    /// The same under another system.
    pub fn baseline_of(architecture: Architecture, system: System) -> Self {
        let (cpu, features) = match architecture {
            Architecture::X86_64 => ("x86-64-v2", ""),
            Architecture::Aarch64 => ("generic", ""),
            Architecture::Riscv64 => ("generic-rv64", "+m,+a,+f,+d,+c"),
        };
        Self { architecture, system, cpu: cpu.into(), features: features.into() }
    }

    /// Reads `x86_64-linux`, another one of [`ALL`](Self::ALL), or a full triple of one of them.
    pub fn parse(name: &str) -> Result<Self> {
        let mut parts = name.split('-');
        let architecture = match parts.next() {
            Some("x86_64" | "amd64") => Architecture::X86_64,
            Some("aarch64" | "arm64") => Architecture::Aarch64,
            Some("riscv64" | "riscv64gc") => Architecture::Riscv64,
            _ => return Err(unknown(name)),
        };
        let system = parts.find_map(|part| match part {
            "linux" => Some(System::Linux),
            "windows" => Some(System::Windows),
            "macos" | "darwin" => Some(System::MacOs),
            _ => None,
        });
        let known = |system| Self::ALL.contains(&(architecture, system));
        let system = system.filter(|&system| known(system)).ok_or_else(|| unknown(name))?;
        Ok(Self::baseline_of(architecture, system))
    }

    /// The name without CPU and features: `x86_64-linux`.
    pub fn name(&self) -> String {
        format!("{}-{}", self.architecture.name(), self.system.name())
    }

    /// Whether there is no runtime for it: then objects, assembly and LLVM's forms come out, which
    /// others must link with one.
    pub fn is_object_only(&self) -> bool {
        self.system != System::Linux || self.architecture == Architecture::Riscv64
    }

    /// The x86-64 level that code for the CPU and the features needs, checked when an executable
    /// starts; 0 where there is none to check. Of the other CPUs that LLVM knows, those of
    /// uncommon names, the highest level that all of them have.
    pub fn x86_64_level(&self) -> u32 {
        if self.architecture != Architecture::X86_64 {
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
        match (self.architecture, self.system) {
            (Architecture::X86_64, System::Linux) => "x86_64-unknown-linux-gnu",
            (Architecture::X86_64, System::Windows) => "x86_64-pc-windows-msvc",
            (Architecture::X86_64, System::MacOs) => "x86_64-apple-macosx11.0.0",
            (Architecture::Aarch64, System::Linux) => "aarch64-unknown-linux-gnu",
            (Architecture::Aarch64, System::Windows) => "aarch64-pc-windows-msvc",
            (Architecture::Aarch64, System::MacOs) => "arm64-apple-macosx11.0.0",
            (Architecture::Riscv64, _) => "riscv64-unknown-linux-gnu",
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
    fn targets_are_read_by_their_names_and_by_triples() {
        for (architecture, system) in Target::ALL {
            let target = Target::baseline_of(architecture, system);
            assert_eq!(Target::parse(&target.name()).unwrap(), target);
        }
        let name = |triple: &str| Target::parse(triple).unwrap().name();
        assert_eq!(name("x86_64-unknown-linux-musl"), "x86_64-linux");
        assert_eq!(name("riscv64gc-unknown-linux-gnu"), "riscv64-linux");
        assert_eq!(name("aarch64-apple-darwin"), "aarch64-macos");
        assert_eq!(name("x86_64-pc-windows-gnu"), "x86_64-windows");
        for unknown in ["", "x86_64", "linux", "i686-linux", "riscv64-windows", "x86_64-freebsd"] {
            assert!(Target::parse(unknown).is_err(), "{unknown}");
        }
    }

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
