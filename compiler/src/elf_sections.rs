//! Leaves sections out of objects, in place.

use crate::error::{Error, Result};
use object::elf::{FileHeader64, SHF_EXCLUDE, SectionHeader64};
use object::read::archive::ArchiveFile;
use object::read::elf::{FileHeader, SectionHeader};
use object::{LittleEndian, pod};
use std::ops::Range;

/// Marks sections such that no linker takes them into an output (`SHF_EXCLUDE`). Their relocations go
/// with them.
pub fn exclude(object: &mut [u8], is_gone: impl Fn(&[u8]) -> bool) -> Result<()> {
    let endian = LittleEndian;
    let header = FileHeader64::<LittleEndian>::parse(&*object).map_err(broken)?;
    let sections = header.sections(endian, &*object).map_err(broken)?;
    let mut gone = Vec::new();
    for (index, section) in sections.enumerate() {
        let name = sections.section_name(endian, section).map_err(broken)?;
        if is_gone(name) {
            gone.push(index.0);
        }
    }
    let (table, count) = (header.e_shoff(endian) as usize, sections.len());
    let table = object.get_mut(table..).ok_or_else(|| broken("its section headers are missing"))?;
    let (headers, _) = pod::slice_from_bytes_mut::<SectionHeader64<LittleEndian>>(table, count)
        .map_err(|()| broken("it ends in its section headers"))?;
    for index in gone {
        let flags = headers[index].sh_flags(endian) | SHF_EXCLUDE;
        headers[index].sh_flags.set(endian, flags);
    }
    Ok(())
}

/// Likewise, in every object of an archive.
pub fn exclude_in_archive(archive: &mut [u8], is_gone: impl Fn(&[u8]) -> bool) -> Result<()> {
    let members: Vec<Range<usize>> = {
        let file = ArchiveFile::parse(&*archive).map_err(broken)?;
        let range = |member: object::Result<object::read::archive::ArchiveMember<'_>>| {
            let (start, length) = member?.file_range();
            Ok(start as usize..(start + length) as usize)
        };
        file.members().map(range).collect::<object::Result<_>>().map_err(broken)?
    };
    for member in members {
        let object = archive.get_mut(member).ok_or_else(|| broken("it ends in a member"))?;
        exclude(object, &is_gone)?;
    }
    Ok(())
}

fn broken(error: impl std::fmt::Display) -> Error {
    Error::internal(format!("an object of ours: {error}"))
}
