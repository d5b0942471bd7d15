//! What goes to the backend for one unit, and what comes back, both as bytes too.

use crate::code_map::CodeMap;
use crate::ir::{Optimized, PositionCoding};
use crate::options::{Optimization, Profile};
use crate::target::Target;
use serde::{Deserialize, Serialize};

/// What bytes come out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Form {
    /// An ELF object.
    Object,
    /// Assembly text.
    Assembly,
    /// LLVM IR as text.
    LlvmIr,
    /// LLVM bitcode.
    LlvmBitcode,
}

/// How units are optimised and emitted: the same for all units of a program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// The machine.
    pub target: Target,
    /// How hard LLVM tries.
    pub optimization: Optimization,
    /// See `WideningRoom`.
    pub room_above_bytes: u64,
    /// See `WideningRoom`.
    pub room_below_bytes: u64,
    /// What has to do with profiles of execution.
    pub profile: Profile,
    /// What comes out.
    pub form: Form,
    /// Who is told where code comes from.
    pub tells: Tells,
}

/// Who is told where code comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tells {
    /// The report of a trap.
    pub traps: bool,
    /// Debuggers.
    pub debuggers: bool,
}

/// A translated unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitJob {
    /// What to do with it.
    pub settings: Settings,
    /// How positions are told from locations.
    pub coding: PositionCoding,
    /// The symbol of the instance's record, where debuggers are told of what lies in it.
    pub record: Option<String>,
    /// The unit as LLVM bitcode, before optimisation.
    pub bitcode: Vec<u8>,
}

/// What comes of a unit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Emitted {
    /// The object or the text.
    pub bytes: Vec<u8>,
    /// Where the object's code comes from, if anybody asked.
    pub code_map: Option<CodeMap>,
    /// What the optimiser said.
    pub optimized: Optimized,
}
