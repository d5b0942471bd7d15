//! Puts a shorter section in the place of one in an object, with the relocations in it and to it.

use super::broken;
use crate::error::Result;
use object::elf::{FileHeader64, STT_SECTION, SectionHeader64};
use object::read::elf::{FileHeader, Rela, SectionHeader};
use object::{LittleEndian, elf};
use std::mem::offset_of;

type Rela64 = elf::Rela64<LittleEndian>;

/// A section, and where what it has comes from.
#[derive(Debug, Default)]
pub struct NewSection {
    /// What it holds.
    pub bytes: Vec<u8>,
    /// Where stretches began in the old one, ascending, and where they begin now.
    pub moved: Vec<(usize, usize)>,
}

impl NewSection {
    /// Where a place of the old section is now.
    fn place_of(&self, old: u64) -> Option<u64> {
        let after = self.moved.partition_point(|&(from, _)| from as u64 <= old);
        let (from, to) = self.moved[after.checked_sub(1)?];
        Some(old - from as u64 + to as u64)
    }
}

/// Puts the new section in the old one's place, where there is one.
pub fn replace(object: &mut [u8], name: &str, new: &NewSection) -> Result<()> {
    let Some((range, words)) = changes(object, name, new)? else { return Ok(()) };
    let (used, rest) = object[range].split_at_mut(new.bytes.len());
    used.copy_from_slice(&new.bytes);
    rest.fill(0);
    for (place, word) in words {
        object[place..place + size_of::<u64>()].copy_from_slice(&word.to_le_bytes());
    }
    Ok(())
}

type Changes = (std::ops::Range<usize>, Vec<(usize, u64)>);

/// Where the old section is, and which words of the object change besides it.
fn changes(object: &[u8], name: &str, new: &NewSection) -> Result<Option<Changes>> {
    let endian = LittleEndian;
    let header = FileHeader64::<LittleEndian>::parse(object).map_err(broken)?;
    let sections = header.sections(endian, object).map_err(broken)?;
    let Some((index, old)) = sections.section_by_name(endian, name.as_bytes()) else { return Ok(None) };
    let (start, size) = old.file_range(endian).ok_or_else(|| broken("line tables have no bytes"))?;
    if new.bytes.len() as u64 > size {
        return Err(broken("line tables have grown"));
    }
    let place = |old: u64| new.place_of(old).ok_or_else(|| broken("a relocation is before line tables"));
    let headers = header.e_shoff(endian) as usize + index.0 * size_of::<SectionHeader64<LittleEndian>>();
    let size_word = headers + offset_of!(SectionHeader64<LittleEndian>, sh_size);
    let mut words = vec![(size_word, new.bytes.len() as u64)];
    let symbols = sections.symbols(endian, object, elf::SHT_SYMTAB).map_err(broken)?;
    for section in sections.iter() {
        let Some((relocations, _)) = section.rela(endian, object).map_err(broken)? else { continue };
        for (number, relocation) in relocations.iter().enumerate() {
            let entry = section.sh_offset(endian) as usize + number * size_of::<Rela64>();
            if section.info_link(endian) == index {
                let word = entry + offset_of!(Rela64, r_offset);
                words.push((word, place(relocation.r_offset(endian))?));
            }
            let Some(number) = relocation.symbol(endian, false) else { continue };
            let symbol = symbols.symbol(number).map_err(broken)?;
            let target = symbols.symbol_section(endian, symbol, number).map_err(broken)?;
            if symbol.st_type() == STT_SECTION && target == Some(index) {
                let addend = relocation.r_addend(endian) as u64;
                words.push((entry + offset_of!(Rela64, r_addend), place(addend)?));
            }
        }
    }
    let start = start as usize;
    Ok(Some((start..start + size as usize, words)))
}
