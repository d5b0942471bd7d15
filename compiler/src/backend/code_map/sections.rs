//! Sections of an object with their relocations applied while they are read.

use super::broken;
use crate::error::Result;
use gimli::{EndianSlice, LittleEndian, RelocateReader, SectionId};
use object::{File, Object, ObjectSection, ObjectSymbol, RelocationKind, RelocationTarget};
use std::borrow::Cow;
use std::collections::HashMap;

/// What gimli reads from.
pub type Reader<'a> = RelocateReader<EndianSlice<'a, LittleEndian>, &'a Relocations>;

/// Values of a section that relocations determine, by their offsets. Every section lies at 0, so
/// that an address is an offset in its section.
#[derive(Debug, Default)]
pub struct Relocations(HashMap<usize, u64>);

impl gimli::Relocate for &Relocations {
    fn relocate_address(&self, offset: usize, value: u64) -> gimli::Result<u64> {
        Ok(self.0.get(&offset).copied().unwrap_or(value))
    }

    fn relocate_offset(&self, offset: usize, value: usize) -> gimli::Result<usize> {
        Ok(self.0.get(&offset).map_or(value, |&value| value as usize))
    }
}

/// The sections that DWARF is in.
#[derive(Debug, Default)]
pub struct Sections<'d> {
    by_name: HashMap<&'static str, (Cow<'d, [u8]>, Relocations)>,
    none: Relocations,
}

impl<'d> Sections<'d> {
    /// Those of an object.
    pub fn read(file: &File<'d>) -> Result<Self> {
        let mut sections = Self::default();
        let ids = [
            SectionId::DebugAbbrev,
            SectionId::DebugAddr,
            SectionId::DebugFrame,
            SectionId::DebugInfo,
            SectionId::DebugLine,
            SectionId::DebugLineStr,
            SectionId::DebugRngLists,
            SectionId::DebugStr,
            SectionId::DebugStrOffsets,
            SectionId::EhFrame,
        ];
        for id in ids {
            let Some(section) = file.section_by_name(id.name()) else { continue };
            let data = section.uncompressed_data().map_err(broken)?;
            let mut relocations = Relocations::default();
            for (offset, relocation) in section.relocations() {
                let symbol = match relocation.target() {
                    RelocationTarget::Symbol(index) => file.symbol_by_index(index).map_err(broken)?.address(),
                    _ => 0,
                };
                let value = symbol.wrapping_add_signed(relocation.addend());
                let value = match relocation.kind() {
                    RelocationKind::Relative => value.wrapping_sub(offset),
                    _ => value,
                };
                relocations.0.insert(offset as usize, value);
            }
            sections.by_name.insert(id.name(), (data, relocations));
        }
        Ok(sections)
    }

    /// A reader of a section; of nothing where it is not there.
    pub fn reader(&self, id: SectionId) -> Reader<'_> {
        match self.by_name.get(id.name()) {
            Some((data, relocations)) => {
                RelocateReader::new(EndianSlice::new(data, LittleEndian), relocations)
            }
            None => RelocateReader::new(EndianSlice::new(&[], LittleEndian), &self.none),
        }
    }

    /// All of DWARF but frames.
    pub fn dwarf(&self) -> Result<gimli::Dwarf<Reader<'_>>> {
        gimli::Dwarf::load(|id| Ok::<_, gimli::Error>(self.reader(id))).map_err(broken)
    }
}
