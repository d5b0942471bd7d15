//! Where the expressions are in an object's debug information.
//!
//! What enters is an object of ours, whose relocations are not applied; what leaves are ranges of its
//! bytes. Nothing here depends on what relocations determine: LLVM writes one table of abbreviations,
//! at 0, and expressions have no relocations.

use gimli::{AttributeValue, DebugAbbrev, DebugInfo, EndianSlice, LittleEndian, Reader as _};
use object::{File, Object, ObjectSection};
use std::ops::Range;

type Reader<'a> = EndianSlice<'a, LittleEndian>;

/// Bytes of a table's header behind its length and before the number of its offsets: version, sizes.
const LISTS_HEADER: usize = 4;

/// Bytes of an address, as in a table.
const ADDRESS: usize = 8;

/// All expressions of an object.
pub fn of(file: &File<'_>, bytes: &[u8]) -> gimli::Result<Vec<Range<usize>>> {
    let section = |id: gimli::SectionId| {
        let range = file.section_by_name(id.name()).and_then(|section| section.file_range());
        let (start, length) = range.map_or((0, 0), |(start, length)| (start as usize, length as usize));
        (start, EndianSlice::new(&bytes[start..start + length], LittleEndian))
    };
    let mut expressions = Vec::new();
    let (start, lists) = section(gimli::SectionId::DebugLocLists);
    expressions.extend(in_lists(lists)?.into_iter().map(|range| start + range.start..start + range.end));
    let (start, info) = section(gimli::SectionId::DebugInfo);
    let abbreviations = section(gimli::SectionId::DebugAbbrev).1;
    let found = in_entries(info, abbreviations)?;
    expressions.extend(found.into_iter().map(|range| start + range.start..start + range.end));
    Ok(expressions)
}

fn in_entries(info: Reader<'_>, abbreviations: Reader<'_>) -> gimli::Result<Vec<Range<usize>>> {
    let mut found = Vec::new();
    let abbreviations = DebugAbbrev::from(abbreviations);
    let mut units = DebugInfo::from(info).units();
    while let Some(header) = units.next()? {
        let abbreviations = header.abbreviations(&abbreviations)?;
        let mut entries = header.entries(&abbreviations);
        while let Some(entry) = entries.next_dfs()? {
            for attribute in entry.attrs() {
                if let AttributeValue::Exprloc(expression) = attribute.raw_value() {
                    let start = expression.0.offset_from(info);
                    found.push(start..start + expression.0.len());
                }
            }
        }
    }
    Ok(found)
}

fn in_lists(section: Reader<'_>) -> gimli::Result<Vec<Range<usize>>> {
    let mut found = Vec::new();
    let mut tables = section;
    while !tables.is_empty() {
        let length = tables.read_u32()? as usize;
        let mut lists = tables.split(length)?;
        lists.skip(LISTS_HEADER)?;
        let offsets = lists.read_u32()? as usize;
        lists.skip(offsets.saturating_mul(size_of::<u32>()))?;
        while !lists.is_empty() {
            let kind = gimli::DwLle(lists.read_u8()?);
            if !skip_bounds(&mut lists, kind)? {
                continue;
            }
            let length = lists.read_uleb128_u32()? as usize;
            let start = lists.offset_from(section);
            lists.skip(length)?;
            found.push(start..start + length);
        }
    }
    Ok(found)
}

/// Skips what an item of a list says besides its expression, and tells whether it has one.
fn skip_bounds(lists: &mut Reader<'_>, kind: gimli::DwLle) -> gimli::Result<bool> {
    let (numbers, addresses, has_expression) = match kind {
        gimli::DW_LLE_end_of_list => (0, 0, false),
        gimli::DW_LLE_base_addressx => (1, 0, false),
        gimli::DW_LLE_base_address => (0, 1, false),
        gimli::DW_LLE_startx_endx | gimli::DW_LLE_startx_length | gimli::DW_LLE_offset_pair => (2, 0, true),
        gimli::DW_LLE_default_location => (0, 0, true),
        gimli::DW_LLE_start_end => (0, 2, true),
        gimli::DW_LLE_start_length => (1, 1, true),
        unknown => return Err(gimli::Error::UnknownLocListsEntry(unknown)),
    };
    lists.skip(addresses * ADDRESS)?;
    for _ in 0..numbers {
        lists.read_uleb128()?;
    }
    Ok(has_expression)
}
