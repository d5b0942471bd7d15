//! Debug information that computes addresses in the memory: puts the address of the instance's record
//! where LLVM's expressions have a mark for it.
//!
//! What enters is an object with debug information; what leaves is the same, of the same length.
//! `DW_OP_constu` with a mark of 8 bytes becomes `DW_OP_addrx` and `DW_OP_plus_uconst`, in as many.
//!
//! And mends what LLVM makes of a variable in the memory whose address it has spilled: it says that the
//! variable is a value, of 8 bytes, that is read from there; or, for AArch64, it takes the address of what
//! is spilled for that itself.

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

/// What follows the mark then on AArch64.
const OF_SPILL: [u8; 3] = [gimli::DW_OP_deref.0, gimli::DW_OP_plus.0, gimli::DW_OP_deref.0];

/// What is before the mark, in two encodings: the low 32 bits are an address.
const MASK: [u8; 7] = [gimli::DW_OP_constu.0, 0xff, 0xff, 0xff, 0xff, 0x0f, gimli::DW_OP_and.0];
const SHORT_MASK: [u8; 6] = [gimli::DW_OP_const4u.0, 0xff, 0xff, 0xff, 0xff, gimli::DW_OP_and.0];

/// A mark in an object.
struct Mark {
    /// The expression that it is in.
    expression: Range<usize>,
    start: usize,
}

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
        let (root, rest) = bytes[mark.expression.clone()].split_at_mut(mark.start - mark.expression.start);
        let rest = &mut rest[LENGTH..];
        if *rest == AS_VALUE {
            rest.copy_from_slice(&IN_PLACE);
        } else if *rest == OF_SPILL && read_spilled(root) {
            rest[OF_SPILL.len() - 1] = gimli::DW_OP_nop.0;
        }
    }
    Ok(())
}

/// Has an expression for an address begin with what is at a place in the frame, not with that place.
/// Whether it begins with one.
fn read_spilled(address: &mut [u8]) -> bool {
    let is_place = |operation: u8| {
        operation == gimli::DW_OP_fbreg.0
            || (gimli::DW_OP_breg0.0..=gimli::DW_OP_breg31.0).contains(&operation)
    };
    let has_place = address.first().is_some_and(|&operation| is_place(operation));
    let place_end = address.iter().skip(1).position(|byte| byte & 0x80 == 0).map(|last| last + 2);
    let (Some(place_end), Some(mask)) =
        (place_end.filter(|_| has_place), address.len().checked_sub(MASK.len()))
    else {
        return false;
    };
    if mask < place_end || address[mask..] != MASK {
        return false;
    }
    address.copy_within(place_end..mask, place_end + 1);
    address[place_end] = gimli::DW_OP_deref.0;
    address[mask + 1..].copy_from_slice(&SHORT_MASK);
    true
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

/// Where marks are.
fn find_marks(file: &object::File<'_>, bytes: &[u8]) -> gimli::Result<Vec<Mark>> {
    let is_mark = |mark: &[u8]| {
        mark[0] == gimli::DW_OP_constu.0
            && mark[1..5].iter().all(|byte| byte & 0x80 != 0)
            && mark[5..] == RECORD_MARK_BYTES
    };
    let mut marks = Vec::new();
    for expression in expressions::of(file, bytes)? {
        let windows = bytes[expression.clone()].windows(LENGTH).enumerate();
        let found = windows.filter(|(_, window)| is_mark(window));
        let marked = |place| Mark { expression: expression.clone(), start: expression.start + place };
        marks.extend(found.map(|(place, _)| marked(place)));
    }
    Ok(marks)
}

#[cfg(test)]
mod tests {
    use super::{padded, read_spilled};

    #[test]
    fn numbers_fill_their_room() {
        assert_eq!(padded::<3>(0), [0x80, 0x80, 0]);
        assert_eq!(padded::<4>(300), [0xac, 0x82, 0x80, 0]);
    }

    #[test]
    fn what_is_spilled_is_read() {
        // DW_OP_fbreg 200, DW_OP_plus_uconst 8, DW_OP_constu 0xffffffff, DW_OP_and
        let mut address = [0x91, 0xc8, 0x01, 0x23, 8, 0x10, 0xff, 0xff, 0xff, 0xff, 0xf, 0x1a];
        assert!(read_spilled(&mut address));
        // DW_OP_fbreg 200, DW_OP_deref, DW_OP_plus_uconst 8, DW_OP_const4u 0xffffffff, DW_OP_and
        assert_eq!(address, [0x91, 0xc8, 0x01, 0x06, 0x23, 8, 0x0c, 0xff, 0xff, 0xff, 0xff, 0x1a]);
        // In a register.
        assert!(!read_spilled(&mut [0x50, 0x10, 0xff, 0xff, 0xff, 0xff, 0xf, 0x1a]));
    }
}
