//! Debug information that computes addresses in the memory: puts the address of the instance's record
//! where LLVM's expressions have a mark for it.
//!
//! What enters is an object with debug information; what leaves is the same, of the same length.
//! `DW_OP_constu` with a mark of 8 bytes becomes `DW_OP_addrx` and `DW_OP_plus_uconst`, in as many.
//!
//! And mends what LLVM makes of a variable in the memory whose address it has spilled: it says that the
//! variable is a value, of 8 bytes, that is read from there.

use super::expressions;
use crate::error::{Error, Result};
use crate::ir::RECORD_MARK_BYTES;
use object::{Object, ObjectSection, ObjectSymbol, RelocationTarget};
use std::ops::Range;

/// Bytes of a mark with its operation.
const LENGTH: usize = 9;

/// Bytes before the first address in `.debug_addr`: length, version, sizes.
const ADDRESSES_HEADER: u64 = 8;

/// What follows the mark where a variable is told as what is at its address, and what says that the
/// variable is there itself.
const AS_VALUE: [u8; 4] =
    [gimli::DW_OP_deref.0, gimli::DW_OP_plus.0, gimli::DW_OP_deref.0, gimli::DW_OP_stack_value.0];
const IN_PLACE: [u8; 4] = [gimli::DW_OP_deref.0, gimli::DW_OP_plus.0, gimli::DW_OP_nop.0, gimli::DW_OP_nop.0];

/// Puts addresses in place of all marks. `is_record` knows the record by its symbol.
pub fn resolve(bytes: &mut [u8], is_record: impl Fn(&str) -> bool) -> Result<()> {
    let broken = |error: &dyn std::fmt::Display| Error::internal(format!("an object of ours: {error}"));
    let file = object::File::parse(&*bytes).map_err(|error| broken(&error))?;
    let marks = find_marks(&file, bytes).map_err(|error| broken(&error))?;
    let index = find_record(&file, is_record).map_err(|error| broken(&error))?;
    if marks.is_empty() {
        return Ok(());
    }
    let index = index.filter(|&index| index < 1 << 21);
    let index = index.ok_or_else(|| Error::internal("debug information lacks the instance's address"))?;
    for mark in marks {
        let offset: u32 =
            (0..4).map(|byte| u32::from(bytes[mark.start + 1 + byte] & 0x7f) << (7 * byte)).sum();
        let mut words = vec![gimli::DW_OP_addrx.0];
        words.extend(padded::<3>(index));
        words.push(gimli::DW_OP_plus_uconst.0);
        words.extend(padded::<4>(offset));
        bytes[mark.start..mark.start + LENGTH].copy_from_slice(&words);
        let rest = &mut bytes[mark.start + LENGTH..mark.end];
        if *rest == AS_VALUE {
            rest.copy_from_slice(&IN_PLACE);
        }
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

/// The position of the record among the addresses.
fn find_record(file: &object::File<'_>, is_record: impl Fn(&str) -> bool) -> object::Result<Option<u32>> {
    let mut index = None;
    if let Some(addresses) = file.section_by_name(".debug_addr") {
        for (offset, relocation) in addresses.relocations() {
            let RelocationTarget::Symbol(symbol) = relocation.target() else { continue };
            if is_record(file.symbol_by_index(symbol)?.name()?) && relocation.addend() == 0 {
                index = Some(((offset - ADDRESSES_HEADER) / 8) as u32);
            }
        }
    }
    Ok(index)
}

/// Where marks are, each up to the end of its expression.
fn find_marks(file: &object::File<'_>, bytes: &[u8]) -> gimli::Result<Vec<Range<usize>>> {
    let is_mark = |mark: &[u8]| {
        mark[0] == gimli::DW_OP_constu.0
            && mark[1..5].iter().all(|byte| byte & 0x80 != 0)
            && mark[5..] == RECORD_MARK_BYTES
    };
    let mut marks = Vec::new();
    for expression in expressions::of(file, bytes)? {
        let windows = bytes[expression.clone()].windows(LENGTH).enumerate();
        let found = windows.filter(|(_, window)| is_mark(window));
        marks.extend(found.map(|(place, _)| expression.start + place..expression.end));
    }
    Ok(marks)
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
