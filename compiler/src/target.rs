//! The machines that wasmwright compiles for.

use crate::error::{Error, Result};

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

    /// The x86-64 level that the CPU name stands for, checked when an executable starts; 0 where
    /// there is none to check. CPUs by other names count as the highest level that all of them
    /// have.
    pub fn x86_64_level(&self) -> u32 {
        match (self.architecture, self.cpu.as_str()) {
            (Architecture::Aarch64, _) => 0,
            (Architecture::X86_64, "x86-64") => 1,
            (Architecture::X86_64, "x86-64-v3" | "haswell" | "znver1" | "znver2" | "znver3") => 3,
            (Architecture::X86_64, "x86-64-v4" | "skylake-avx512" | "znver4" | "znver5") => 4,
            (Architecture::X86_64, _) => 2,
        }
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
