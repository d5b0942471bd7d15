//! LLVM's target machine for a plan. One a worker: LLVM's is not to be shared.

use crate::error::{Error, Result};
use crate::options::Optimization;
use crate::target::{AARCH64_CPUS, Architecture, Target};
use inkwell::OptimizationLevel;
use inkwell::targets::{
    CodeModel, InitializationConfig, RelocMode, Target as LlvmTarget, TargetMachine, TargetTriple,
};
use std::sync::Once;

/// A target machine.
pub struct Machine {
    pub(super) machine: TargetMachine,
    /// Whether it has instructions for the extrema of IEEE 754-2008, which no choice of Wasm's is.
    pub(super) has_extrema_of_2008: bool,
}

impl Machine {
    /// The machine for a target.
    pub fn new(target: &Target, optimization: Optimization) -> Result<Self> {
        initialize();
        let triple = TargetTriple::create(target.triple());
        let llvm = LlvmTarget::from_triple(&triple).map_err(|error| Error::Option(error.to_string()))?;
        let machine = llvm
            .create_target_machine(
                &triple,
                &target.cpu,
                &target.features,
                codegen_level(optimization),
                RelocMode::PIC,
                CodeModel::Small,
            )
            .ok_or_else(|| {
                Error::Option(format!("LLVM has no machine for {} {}", target.triple(), target.cpu))
            })?;
        let has_extrema_of_2008 = target.architecture != Architecture::X86_64;
        Ok(Self { machine, has_extrema_of_2008 })
    }
}

fn codegen_level(optimization: Optimization) -> OptimizationLevel {
    match optimization {
        Optimization::O0 => OptimizationLevel::None,
        Optimization::O1 => OptimizationLevel::Less,
        Optimization::O2 | Optimization::Os | Optimization::Oz => OptimizationLevel::Default,
        Optimization::O3 => OptimizationLevel::Aggressive,
    }
}

fn initialize() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        crate::ir::install_error_handler();
        let config = InitializationConfig::default();
        LlvmTarget::initialize_x86(&config);
        LlvmTarget::initialize_aarch64(&config);
        LlvmTarget::initialize_riscv(&config);
    });
}

impl Target {
    /// `native`: the CPU of this machine with exactly its features.
    pub fn native() -> Self {
        initialize();
        let text = |string: inkwell::support::LLVMString| string.to_string();
        let host = Self::host();
        Self {
            cpu: text(TargetMachine::get_host_cpu_name()),
            features: text(TargetMachine::get_host_cpu_features()),
            ..host
        }
    }

    /// Whether the architecture is the one of this machine.
    pub fn is_host_architecture(&self) -> bool {
        let host = Self::host();
        (self.architecture, self.system) == (host.architecture, host.system)
    }

    /// Whether LLVM knows the CPU.
    pub fn knows_cpu(architecture: Architecture, cpu: &str) -> bool {
        initialize();
        match architecture {
            Architecture::X86_64 => X86_64_CPUS.contains(&cpu),
            Architecture::Aarch64 => AARCH64_CPUS.iter().any(|(known, _)| *known == cpu),
            Architecture::Riscv64 => RISCV64_CPUS.contains(&cpu),
        }
    }
}

const RISCV64_CPUS: &[&str] = &["generic-rv64", "sifive-u74", "sifive-p670", "spacemit-x60", "veyron-v1"];

/// LLVM prints its CPUs but does not list them through its C interface: a machine for an unknown
/// one exists and warns. So the names that matter are listed: here, and AArch64's with what they
/// can do.
const X86_64_CPUS: &[&str] = &[
    "x86-64",
    "x86-64-v2",
    "x86-64-v3",
    "x86-64-v4",
    "nehalem",
    "westmere",
    "sandybridge",
    "ivybridge",
    "haswell",
    "broadwell",
    "skylake",
    "skylake-avx512",
    "cascadelake",
    "cooperlake",
    "icelake-client",
    "icelake-server",
    "tigerlake",
    "sapphirerapids",
    "emeraldrapids",
    "graniterapids",
    "alderlake",
    "raptorlake",
    "meteorlake",
    "arrowlake",
    "lunarlake",
    "sierraforest",
    "silvermont",
    "goldmont",
    "tremont",
    "gracemont",
    "btver2",
    "bdver4",
    "znver1",
    "znver2",
    "znver3",
    "znver4",
    "znver5",
];
