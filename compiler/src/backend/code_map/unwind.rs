//! How frames are laid out: the call frame information, as far as a backtrace needs it.

use super::sections::{Reader, Sections};
use super::{broken, prologue};
use crate::code_map::{FrameBase, UnwindRule};
use crate::error::Result;
use gimli::{
    BaseAddresses, CfaRule, CieOrFde, DebugFrame, EhFrame, Register, RegisterRule, SectionId, UnwindContext,
    UnwindSection, UnwindTableRow,
};
use object::Architecture;
use std::ops::Range;
use wasmwright_abi::trap_table::WORD_BYTES;

/// The rules of a unit's code by address.
#[derive(Debug, Default)]
pub struct UnwindRules {
    /// Where a stretch begins, and its rule; sorted.
    rows: Vec<(u32, UnwindRule)>,
    /// From functions' beginnings up to where their frames are first described.
    prologues: Vec<Range<u32>>,
}

/// DWARF's numbers of the registers that matter.
struct Registers {
    stack_pointer: Register,
    frame_pointer: Register,
    return_address: Register,
}

impl Registers {
    fn of(architecture: Architecture) -> Self {
        let (stack_pointer, frame_pointer, return_address) = match architecture {
            Architecture::Aarch64 => (31, 29, 30),
            _ => (7, 6, 16),
        };
        Self {
            stack_pointer: Register(stack_pointer),
            frame_pointer: Register(frame_pointer),
            return_address: Register(return_address),
        }
    }

    fn rule(&self, row: &UnwindTableRow<usize>) -> UnwindRule {
        self.known_rule(row).unwrap_or_default()
    }

    fn known_rule(&self, row: &UnwindTableRow<usize>) -> Option<UnwindRule> {
        let CfaRule::RegisterAndOffset { register, offset } = *row.cfa() else { return None };
        let base = match register {
            register if register == self.stack_pointer => FrameBase::StackPointer,
            register if register == self.frame_pointer => FrameBase::FramePointer,
            _ => return None,
        };
        Some(UnwindRule {
            base,
            frame_words: words(offset)?,
            frame_pointer_words: saved(row, self.frame_pointer)?,
            return_words: saved(row, self.return_address)?,
        })
    }
}

/// Where a register is saved; 0 for the register itself.
fn saved(row: &UnwindTableRow<usize>, register: Register) -> Option<u32> {
    match row.register(register) {
        None | Some(RegisterRule::SameValue | RegisterRule::Undefined) => Some(0),
        Some(RegisterRule::Offset(offset)) => words(-offset),
        Some(_) => None,
    }
}

fn words(bytes: i64) -> Option<u32> {
    let bytes = u32::try_from(bytes).ok()?;
    bytes.is_multiple_of(WORD_BYTES).then_some(bytes / WORD_BYTES)
}

impl UnwindRules {
    /// Reads the frames of an object: debuggers' alone, or those of exceptions too.
    pub fn read(sections: &Sections<'_>, architecture: Architecture, code: &[u8]) -> Result<Self> {
        let registers = Registers::of(architecture);
        let mut rules = Self::default();
        let mut debug = DebugFrame::from(sections.reader(SectionId::DebugFrame));
        debug.set_address_size(8);
        rules.add(&debug, &registers).map_err(broken)?;
        let mut exceptions = EhFrame::from(sections.reader(SectionId::EhFrame));
        exceptions.set_address_size(8);
        rules.add(&exceptions, &registers).map_err(broken)?;
        if architecture == Architecture::Aarch64 {
            rules.add_prologues(code);
        }
        rules.rows.sort_by_key(|&(start, _)| start);
        Ok(rules)
    }

    fn add<'a, S>(&mut self, section: &S, registers: &Registers) -> gimli::Result<()>
    where
        S: UnwindSection<Reader<'a>>,
        S::Offset: gimli::UnwindOffset<usize>,
    {
        let bases = BaseAddresses::default().set_eh_frame(0).set_text(0);
        let mut context = UnwindContext::new();
        let mut entries = section.entries(&bases);
        while let Some(entry) = entries.next()? {
            let CieOrFde::Fde(partial) = entry else { continue };
            let frame = partial.parse(S::cie_from_offset)?;
            let mut rows = frame.rows(section, &bases, &mut context)?;
            let first = self.rows.len();
            while let Some(row) = rows.next_row()? {
                self.rows.push((row.start_address() as u32, registers.rule(row)));
            }
            if let [(start, _), (described, _), ..] = self.rows[first..] {
                self.prologues.push(start..described);
            }
        }
        Ok(())
    }

    fn add_prologues(&mut self, code: &[u8]) {
        for prologue in std::mem::take(&mut self.prologues) {
            if let Some(code) = code.get(prologue.start as usize..prologue.end as usize) {
                self.rows.extend(prologue::steps(prologue.start, code));
            }
        }
    }

    fn first_from(&self, address: u32) -> usize {
        self.rows.partition_point(|&(start, _)| start < address)
    }

    /// Where stretches begin in a range.
    pub fn starts(&self, range: &Range<u32>) -> impl Iterator<Item = u32> {
        let rows = &self.rows[self.first_from(range.start)..self.first_from(range.end)];
        rows.iter().map(|&(start, _)| start)
    }

    /// The rule at an address.
    pub fn at(&self, address: u32) -> UnwindRule {
        let after = self.rows.partition_point(|&(start, _)| start <= address);
        after.checked_sub(1).map_or(UnwindRule::default(), |index| self.rows[index].1)
    }
}
