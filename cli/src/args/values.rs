//! Values of options: spelled as on the command line, converted to the compiler's.

use clap::ValueEnum;
use std::path::PathBuf;
use std::str::FromStr;
use wasmwright_compiler::options;

/// `-O`
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub enum Optimization {
    /// Translated as it is, for debugging
    #[value(name = "0")]
    None,
    /// Little optimisation, quick
    #[value(name = "1")]
    Less,
    /// Fast code
    #[default]
    #[value(name = "2")]
    Default,
    /// Faster code where size does not matter
    #[value(name = "3")]
    More,
    /// Small code
    #[value(name = "s")]
    Size,
    /// Smallest code
    #[value(name = "z")]
    MinimumSize,
}

impl From<Optimization> for options::Optimization {
    fn from(level: Optimization) -> Self {
        match level {
            Optimization::None => Self::O0,
            Optimization::Less => Self::O1,
            Optimization::Default => Self::O2,
            Optimization::More => Self::O3,
            Optimization::Size => Self::Os,
            Optimization::MinimumSize => Self::Oz,
        }
    }
}

/// `--debugger`
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub enum Debugger {
    /// Follows pointers in the memory
    #[default]
    Gdb,
    /// Sees them as numbers
    Lldb,
}

impl From<Debugger> for options::Debugger {
    fn from(debugger: Debugger) -> Self {
        match debugger {
            Debugger::Gdb => Self::Gdb,
            Debugger::Lldb => Self::Lldb,
        }
    }
}

/// `--bounds-checks`
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub enum BoundsChecks {
    /// Guard pages where the memory allows them
    #[default]
    Guard,
    /// A comparison before each access: no large reservation of address space, no signal handler
    Explicit,
}

impl From<BoundsChecks> for options::BoundsChecks {
    fn from(checks: BoundsChecks) -> Self {
        match checks {
            BoundsChecks::Guard => Self::Guard,
            BoundsChecks::Explicit => Self::Explicit,
        }
    }
}

/// `--relaxed-simd`
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub enum RelaxedSimd {
    /// The same on every machine
    #[default]
    Deterministic,
    /// What the CPU does fastest, within what the standard allows
    Native,
}

impl From<RelaxedSimd> for options::RelaxedSimd {
    fn from(choice: RelaxedSimd) -> Self {
        match choice {
            RelaxedSimd::Deterministic => Self::Deterministic,
            RelaxedSimd::Native => Self::Native,
        }
    }
}

/// `--trap-info`
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub enum TrapInfo {
    /// Functions, offsets in the module, and source lines where it has debug information
    #[default]
    Full,
    /// Functions
    Names,
    /// Only what the trap is
    None,
}

impl From<TrapInfo> for options::TrapInfo {
    fn from(info: TrapInfo) -> Self {
        match info {
            TrapInfo::Full => Self::Full,
            TrapInfo::Names => Self::Names,
            TrapInfo::None => Self::None,
        }
    }
}

/// `--wasi`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum WasiProvider {
    /// The library, as its host configures each instance
    #[default]
    Library,
    /// The host, as other imports
    Host,
}

/// `--emit`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Emit {
    /// Static executable
    #[default]
    Exe,
    /// Shared library and its header in C
    Shared,
    /// Static library and its header in C
    StaticLib,
    /// Relocatable object
    Obj,
    /// Header in C for objects that are linked with the program
    Header,
    /// Assembly text
    Asm,
    /// LLVM IR as text
    LlvmIr,
    /// LLVM bitcode
    LlvmBc,
    /// Directory with a Ninja file that compiles the executable unit by unit
    BuildPlan,
}

impl Emit {
    /// Ending of an output that the user did not name.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Exe => "",
            Self::Shared => "so",
            Self::StaticLib => "a",
            Self::Obj => "o",
            Self::Header => "h",
            Self::Asm => "s",
            Self::LlvmIr => "ll",
            Self::LlvmBc => "bc",
            Self::BuildPlan => "plan",
        }
    }

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Exe => "exe",
            Self::Shared => "shared",
            Self::StaticLib => "static-lib",
            Self::Obj => "obj",
            Self::Header => "header",
            Self::Asm => "asm",
            Self::LlvmIr => "llvm-ir",
            Self::LlvmBc => "llvm-bc",
            Self::BuildPlan => "build-plan",
        }
    }
}

impl From<Emit> for options::Emit {
    fn from(emit: Emit) -> Self {
        match emit {
            Emit::Exe | Emit::BuildPlan => Self::Executable,
            Emit::Shared => Self::Shared,
            Emit::StaticLib => Self::Static,
            Emit::Obj => Self::Object,
            Emit::Header => Self::Header,
            Emit::Asm => Self::Assembly,
            Emit::LlvmIr => Self::LlvmIr,
            Emit::LlvmBc => Self::LlvmBitcode,
        }
    }
}

/// `--unknown-imports`
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub enum UnknownImports {
    /// Refuse the module and list them all
    #[default]
    Error,
    /// Trap when one is called
    Trap,
}

impl From<UnknownImports> for options::UnknownImports {
    fn from(policy: UnknownImports) -> Self {
        match policy {
            UnknownImports::Error => Self::Error,
            UnknownImports::Trap => Self::Trap,
        }
    }
}

/// `--message-format`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum MessageFormat {
    /// Lines for people
    #[default]
    Human,
    /// One JSON object a line, on standard error
    Json,
}

/// A number of bytes: `65536`, `64K`, `8M`, `2G`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// The number.
    pub bytes: u64,
}

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
        let shift = match &text[digits.len()..] {
            "" | "B" => 0,
            "K" | "k" | "KiB" => 10,
            "M" | "m" | "MiB" => 20,
            "G" | "g" | "GiB" => 30,
            unit => return Err(format!("unknown unit `{unit}`; write bytes, or K, M or G after the number")),
        };
        let number: u64 =
            digits.parse().map_err(|_| "not a number of bytes, as 65536, 64K, 8M or 2G".to_owned())?;
        let bytes = number.checked_mul(1 << shift).ok_or_else(|| "more than 64 bits hold".to_owned())?;
        Ok(Self { bytes })
    }
}

/// `NAME=FILE`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// What other modules import from.
    pub name: String,
    /// The module.
    pub file: PathBuf,
}

impl FromStr for Link {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((name, file)) if !file.is_empty() => Ok(Self { name: name.into(), file: file.into() }),
            _ => Err("not of the form NAME=FILE, as in `env=env.wasm`".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Size;

    #[test]
    fn sizes_take_binary_suffixes() {
        let bytes = |text: &str| text.parse::<Size>().map(|size| size.bytes);
        assert_eq!(bytes("0"), Ok(0));
        assert_eq!(bytes("65536"), Ok(65536));
        assert_eq!(bytes("64K"), Ok(65536));
        assert_eq!(bytes("8m"), Ok(8 << 20));
        assert_eq!(bytes("2GiB"), Ok(2 << 30));
        for wrong in ["", "K", "8T", "-1", "1.5M", "8 M", "17179869184G", "é"] {
            assert!(bytes(wrong).is_err(), "{wrong}");
        }
    }
}
