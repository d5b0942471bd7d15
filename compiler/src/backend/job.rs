//! What goes to the backend for one unit, and what comes back, both as bytes too.

use crate::code_map::CodeMap;
use crate::error::Result;
use crate::ir::{Optimized, PositionCoding, Unit};
use crate::options::{Optimization, Profile};
use crate::target::Target;
use inkwell::context::Context;
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
    /// What LLVM's passes try for.
    pub optimization: Optimization,
    /// What its code generator tries for.
    pub code_generation: Optimization,
    /// What is not done to large functions.
    pub left_out: LeftOut,
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

/// Which passes are left out because they may take time by the square of a function's size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LeftOut {
    /// None.
    Nothing,
    /// What searches blocks for vectors, and what simplifies the counts of loops.
    Searches,
    /// All that knows loops, and inlining.
    Most,
}

/// Who is told where code comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tells {
    /// The report of a trap.
    pub traps: bool,
    /// Debuggers.
    pub debuggers: bool,
}

/// A translated unit, and all else that its code depends on.
#[derive(Debug)]
pub struct TranslatedUnit<'c> {
    /// What to do with it.
    pub settings: Settings,
    /// The symbol of the instance's record, where debuggers are told of what lies in it.
    pub record: Option<String>,
    /// The unit, before optimisation.
    pub unit: Unit<'c>,
}

impl TranslatedUnit<'_> {
    /// The same as bytes, of which [`UnitJob::read`] makes a unit that gives the same code. So units of
    /// equal bytes give equal code, and caches may know units by them.
    pub fn to_job(&self) -> UnitJob {
        UnitJob {
            settings: self.settings.clone(),
            coding: self.unit.coding.clone(),
            record: self.record.clone(),
            bitcode: self.unit.to_bitcode(),
        }
    }
}

/// A [`TranslatedUnit`] as bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitJob {
    settings: Settings,
    /// How positions are told from locations.
    coding: PositionCoding,
    record: Option<String>,
    bitcode: Vec<u8>,
}

impl UnitJob {
    /// The unit, in a context of its own.
    pub fn read(self, context: &Context) -> Result<TranslatedUnit<'_>> {
        let unit = Unit::from_bitcode(context, &self.bitcode, self.coding, &self.settings.target)?;
        Ok(TranslatedUnit { settings: self.settings, record: self.record, unit })
    }
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
