//! Debug information that computes addresses in the memory: puts the address of the instance's record
//! where LLVM's expressions have a mark for it.
//!
//! What enters is an object with debug information; what leaves is the same, of the same length.
//! `DW_OP_constu` with a mark of 8 bytes becomes `DW_OP_addrx` and `DW_OP_plus_uconst`, in as many.

use crate::error::{Error, Result};
use crate::ir::RECORD_MARK_BYTES;
use object::{Object, ObjectSection, ObjectSymbol, RelocationTarget};

/// Bytes of a mark with its operation.
const LENGTH: usize = 9;

/// Bytes before the first address in `.debug_addr`: length, version, sizes.
const ADDRESSES_HEADER: u64 = 8;

/// Puts addresses in place of all marks. `is_record` knows the record by its symbol.
pub fn resolve(bytes: &mut [u8], is_record: impl Fn(&str) -> bool) -> Result<()> {
    let (index, marks) =
        find(bytes, is_record).map_err(|error| Error::internal(format!("an object of ours: {error}")))?;
    if marks.is_empty() {
        return Ok(());
    }
    let index = index.filter(|&index| index < 1 << 21);
    let index = index.ok_or_else(|| Error::internal("debug information lacks the instance's address"))?;
    for mark in marks {
        let offset: u32 = (0..4).map(|byte| u32::from(bytes[mark + 1 + byte] & 0x7f) << (7 * byte)).sum();
        let mut words = vec![gimli::DW_OP_addrx.0];
        words.extend(padded::<3>(index));
        words.push(gimli::DW_OP_plus_uconst.0);
        words.extend(padded::<4>(offset));
        bytes[mark..mark + LENGTH].copy_from_slice(&words);
    }
    Ok(())
}

/// A number in LEB128 of that length.
fn padded<const N: usize>(number: u32) -> [u8; N] {
    std::array::from_fn(|byte| {
        let more = if byte + 1 < N { 0x80 } else { 0 };
        (number >> (7 * byte)) as u8 & 0x7f | more
    })
}

/// The position of the record among the addresses, and where marks are.
fn find(bytes: &[u8], is_record: impl Fn(&str) -> bool) -> object::Result<(Option<u32>, Vec<usize>)> {
    let file = object::File::parse(bytes)?;
    let mut index = None;
    if let Some(addresses) = file.section_by_name(".debug_addr") {
        for (offset, relocation) in addresses.relocations() {
            let RelocationTarget::Symbol(symbol) = relocation.target() else { continue };
            if is_record(file.symbol_by_index(symbol)?.name()?) && relocation.addend() == 0 {
                index = Some(((offset - ADDRESSES_HEADER) / 8) as u32);
            }
        }
    }
    let mut marks = Vec::new();
    for name in [".debug_info", ".debug_loclists"] {
        let Some(range) = file.section_by_name(name).and_then(|section| section.file_range()) else {
            continue;
        };
        let (start, length) = (range.0 as usize, range.1 as usize);
        let section = &bytes[start..start + length];
        let is_mark = |(_, mark): &(usize, &[u8])| {
            mark[0] == gimli::DW_OP_constu.0
                && mark[1..5].iter().all(|byte| byte & 0x80 != 0)
                && mark[5..] == RECORD_MARK_BYTES
        };
        let found = section.windows(LENGTH).enumerate().filter(is_mark);
        marks.extend(found.map(|(place, _)| start + place));
    }
    Ok((index, marks))
}

#[cfg(test)]
mod tests {
    use super::padded;

    #[test]
    fn numbers_fill_their_room() {
        assert_eq!(padded::<3>(0), [0x80, 0x80, 0]);
        assert_eq!(padded::<4>(300), [0xac, 0x82, 0x80, 0]);
    }
}
