//! Copying, filling and comparing bytes.
//!
//! Shape of each: up to 16 bytes by a few overlapping words, up to 64 by overlapping blocks,
//! longer stretches by a loop of four blocks whose last turn overlaps the one before, very long
//! ones by the processor's string instruction where it has one. All loads of a short stretch come
//! before its stores, so that `memcpy` and `memmove` share the code.

use core::ffi::{c_int, c_void};

use crate::block::{self, BYTES, load, store};

const LOOP_BYTES: usize = 4 * BYTES;

/// From these lengths on, `rep movsb` and `rep stosb` beat a loop of 16-byte blocks, as measured on
/// machines that announce them as fast: their start costs 50 to 200 cycles.
#[cfg(target_arch = "x86_64")]
const STRING_COPY_BYTES: usize = 2048;
#[cfg(target_arch = "x86_64")]
const STRING_FILL_BYTES: usize = 4096;

/// C's `memcpy`.
///
/// # Safety
/// `length` bytes must be readable at `from` and writable at `to`.
#[cfg_attr(feature = "archive", unsafe(no_mangle))]
pub unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, length: usize) -> *mut u8 {
    // SAFETY: as this function's.
    unsafe {
        if length <= LOOP_BYTES {
            copy_short(to, from, length);
        } else {
            copy_forward(to, from, length);
        }
    }
    to
}

/// C's `memmove`.
///
/// # Safety
/// `length` bytes must be readable at `from` and writable at `to`.
#[cfg_attr(feature = "archive", unsafe(no_mangle))]
pub unsafe extern "C" fn memmove(to: *mut u8, from: *const u8, length: usize) -> *mut u8 {
    let distance = (to as usize).wrapping_sub(from as usize);
    // SAFETY: as this function's. Ascending copies are right unless `to` lies inside the source.
    unsafe {
        if length <= LOOP_BYTES {
            copy_short(to, from, length);
        } else if distance >= length {
            if distance.wrapping_neg() >= length {
                copy_forward(to, from, length);
            } else {
                copy_up(to, from, length);
            }
        } else {
            copy_down(to, from, length);
        }
    }
    to
}

/// Any stretch of at most 64 bytes. Everything is loaded before anything is stored.
#[inline(always)]
unsafe fn copy_short(to: *mut u8, from: *const u8, length: usize) {
    // SAFETY: each access lies within `length` bytes by the test that guards it.
    unsafe {
        if length > 2 * BYTES {
            let (first, second) = (load(from), load(from.add(BYTES)));
            let (third, fourth) = (load(from.add(length - 2 * BYTES)), load(from.add(length - BYTES)));
            store(to, first);
            store(to.add(BYTES), second);
            store(to.add(length - 2 * BYTES), third);
            store(to.add(length - BYTES), fourth);
        } else if length >= BYTES {
            let (first, last) = (load(from), load(from.add(length - BYTES)));
            store(to, first);
            store(to.add(length - BYTES), last);
        } else if length >= 8 {
            copy_ends::<u64>(to, from, length);
        } else if length >= 4 {
            copy_ends::<u32>(to, from, length);
        } else if length >= 2 {
            copy_ends::<u16>(to, from, length);
        } else if length == 1 {
            *to = *from;
        }
    }
}

/// The first and the last `T` of a stretch that is as long as one to two of them.
#[inline(always)]
unsafe fn copy_ends<T>(to: *mut u8, from: *const u8, length: usize) {
    let last = length - size_of::<T>();
    // SAFETY: by the length.
    unsafe {
        let (head, tail) = (from.cast::<T>().read_unaligned(), from.add(last).cast::<T>().read_unaligned());
        to.cast::<T>().write_unaligned(head);
        to.add(last).cast::<T>().write_unaligned(tail);
    }
}

/// More than 64 bytes that do not overlap.
#[inline(always)]
unsafe fn copy_forward(to: *mut u8, from: *const u8, length: usize) {
    #[cfg(target_arch = "x86_64")]
    if length >= STRING_COPY_BYTES {
        // SAFETY: as this function's.
        unsafe { string_copy(to, from, length) };
        return;
    }
    // SAFETY: as this function's.
    unsafe { copy_up(to, from, length) };
}

/// More than 64 bytes, ascending: `to` does not lie inside the source.
unsafe fn copy_up(to: *mut u8, from: *const u8, length: usize) {
    let last = length - LOOP_BYTES;
    // SAFETY: each turn reads and writes 64 bytes at an offset of at most `last`. The end is
    // loaded first, because the loop may overwrite it when the stretches overlap.
    unsafe {
        let end = load_four(from.add(last));
        let mut offset = 0;
        while offset < last {
            let blocks = load_four(from.add(offset));
            store_four(to.add(offset), blocks);
            offset += LOOP_BYTES;
        }
        store_four(to.add(last), end);
    }
}

/// More than 64 bytes, descending: `to` lies inside the source, above its start.
unsafe fn copy_down(to: *mut u8, from: *const u8, length: usize) {
    // SAFETY: each turn reads and writes the 64 bytes below `offset`, which is above 64. The
    // beginning is loaded first, because the loop may overwrite it.
    unsafe {
        let beginning = load_four(from);
        let mut offset = length;
        while offset > LOOP_BYTES {
            offset -= LOOP_BYTES;
            let blocks = load_four(from.add(offset));
            store_four(to.add(offset), blocks);
        }
        store_four(to, beginning);
    }
}

type FourBlocks = [block::Block; 4];

#[inline(always)]
unsafe fn load_four(from: *const u8) -> FourBlocks {
    // SAFETY: the caller may read 64 bytes.
    unsafe { [load(from), load(from.add(BYTES)), load(from.add(2 * BYTES)), load(from.add(3 * BYTES))] }
}

#[inline(always)]
unsafe fn store_four(to: *mut u8, blocks: FourBlocks) {
    // SAFETY: the caller may write 64 bytes.
    unsafe {
        store(to, blocks[0]);
        store(to.add(BYTES), blocks[1]);
        store(to.add(2 * BYTES), blocks[2]);
        store(to.add(3 * BYTES), blocks[3]);
    }
}

/// C's `memset`.
///
/// # Safety
/// `length` bytes must be writable at `to`.
#[cfg_attr(feature = "archive", unsafe(no_mangle))]
pub unsafe extern "C" fn memset(to: *mut u8, value: c_int, length: usize) -> *mut u8 {
    let byte = value as u8;
    // SAFETY: each access lies within `length` bytes by the test that guards it.
    unsafe {
        if length > LOOP_BYTES {
            fill_long(to, byte, length);
        } else if length >= BYTES {
            fill_blocks(to, byte, length);
        } else if length >= 8 {
            set_ends::<u64>(to, length, u64::from(byte) * 0x0101_0101_0101_0101);
        } else if length >= 4 {
            set_ends::<u32>(to, length, u32::from(byte) * 0x0101_0101);
        } else if length >= 2 {
            set_ends::<u16>(to, length, u16::from(byte) * 0x0101);
        } else if length == 1 {
            *to = byte;
        }
    }
    to
}

#[inline(always)]
unsafe fn set_ends<T: Copy>(to: *mut u8, length: usize, value: T) {
    // SAFETY: the stretch is as long as one to two values.
    unsafe {
        to.cast::<T>().write_unaligned(value);
        to.add(length - size_of::<T>()).cast::<T>().write_unaligned(value);
    }
}

/// 16 to 64 bytes.
#[inline(always)]
unsafe fn fill_blocks(to: *mut u8, byte: u8, length: usize) {
    let block = block::splat(byte);
    // SAFETY: each offset is at least 16 below the length, by the test that guards it.
    unsafe {
        store(to, block);
        if length > 2 * BYTES {
            store(to.add(BYTES), block);
            store(to.add(length - 2 * BYTES), block);
        }
        store(to.add(length - BYTES), block);
    }
}

/// More than 64 bytes.
#[inline(always)]
unsafe fn fill_long(to: *mut u8, byte: u8, length: usize) {
    #[cfg(target_arch = "x86_64")]
    if length >= STRING_FILL_BYTES {
        // SAFETY: as this function's.
        unsafe { string_fill(to, byte, length) };
        return;
    }
    let blocks = [block::splat(byte); 4];
    let last = length - LOOP_BYTES;
    // SAFETY: each turn writes 64 bytes at an offset of at most `last`.
    unsafe {
        let mut offset = 0;
        while offset < last {
            store_four(to.add(offset), blocks);
            offset += LOOP_BYTES;
        }
        store_four(to.add(last), blocks);
    }
}

#[cfg(target_arch = "x86_64")]
#[inline(always)]
unsafe fn string_copy(to: *mut u8, from: *const u8, length: usize) {
    // SAFETY: the caller vouches for the stretches; the direction flag is clear by convention.
    unsafe {
        core::arch::asm!(
            "rep movsb",
            inout("rcx") length => _,
            inout("rdi") to => _,
            inout("rsi") from => _,
            options(nostack, preserves_flags),
        );
    }
}

#[cfg(target_arch = "x86_64")]
#[inline(always)]
unsafe fn string_fill(to: *mut u8, byte: u8, length: usize) {
    // SAFETY: as above.
    unsafe {
        core::arch::asm!(
            "rep stosb",
            inout("rcx") length => _,
            inout("rdi") to => _,
            in("al") byte,
            options(nostack, preserves_flags),
        );
    }
}

/// C's `memcmp`.
///
/// # Safety
/// `length` bytes must be readable at both places.
#[cfg_attr(feature = "archive", unsafe(no_mangle))]
pub unsafe extern "C" fn memcmp(one: *const u8, other: *const u8, length: usize) -> c_int {
    let mut offset = 0;
    // SAFETY: each access lies within `length` bytes by the test that guards it.
    unsafe {
        while offset + 8 <= length {
            let a = one.add(offset).cast::<u64>().read_unaligned();
            let b = other.add(offset).cast::<u64>().read_unaligned();
            if a != b {
                // The first byte in memory is the most significant for the order.
                return if a.swap_bytes() < b.swap_bytes() { -1 } else { 1 };
            }
            offset += 8;
        }
        while offset < length {
            let difference = c_int::from(*one.add(offset)) - c_int::from(*other.add(offset));
            if difference != 0 {
                return difference;
            }
            offset += 1;
        }
    }
    0
}

/// `memcmp` for those who only want to know whether it is 0.
///
/// # Safety
/// `length` bytes must be readable at both places.
#[cfg_attr(feature = "archive", unsafe(no_mangle))]
pub unsafe extern "C" fn bcmp(one: *const c_void, other: *const c_void, length: usize) -> c_int {
    // SAFETY: as this function's.
    unsafe { memcmp(one.cast(), other.cast(), length) }
}

/// C's `strlen`: what LLVM makes of a search for a string's end.
///
/// # Safety
/// A zero byte must follow `text`, and all up to it be readable.
#[cfg_attr(feature = "archive", unsafe(no_mangle))]
pub unsafe extern "C" fn strlen(text: *const u8) -> usize {
    let mut length = 0;
    // SAFETY: no byte before this one was zero.
    while unsafe { *text.add(length) } != 0 {
        length += 1;
    }
    length
}

#[cfg(test)]
mod tests {
    use std::vec;
    use std::vec::Vec;

    use super::*;

    const LENGTHS: [usize; 32] = [
        0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 48, 63, 64, 65, 127, 128, 129, 200, 500, 1023,
        1024, 1025, 2047, 2048, 4096, 5000,
    ];

    fn pattern(length: usize) -> Vec<u8> {
        (0..length).map(|index| (index * 7 + index / 251) as u8).collect()
    }

    #[test]
    fn copies_of_every_length_and_alignment_write_exactly_their_bytes() {
        for length in LENGTHS {
            for (source_offset, target_offset) in [(0, 0), (1, 0), (0, 3), (5, 9)] {
                let source = pattern(length + 32);
                let mut target = vec![0xEE; length + 32];
                // SAFETY: both vectors are longer by 32 bytes.
                unsafe {
                    memcpy(target.as_mut_ptr().add(target_offset), source.as_ptr().add(source_offset), length)
                };
                let mut expected = vec![0xEE; length + 32];
                expected[target_offset..target_offset + length]
                    .copy_from_slice(&source[source_offset..source_offset + length]);
                assert!(target == expected, "{length} bytes, offsets {source_offset} and {target_offset}");
            }
        }
    }

    #[test]
    fn overlapping_moves_keep_the_source() {
        for length in LENGTHS {
            for distance in [0, 1, 2, 7, 8, 15, 16, 17, 31, 63, 64, 65, 100, 1000, 4999, 5000, 9000] {
                let original = pattern(length + distance);
                for (from, to) in [(0, distance), (distance, 0)] {
                    let mut moved = original.clone();
                    // SAFETY: both stretches lie in the vector.
                    unsafe { memmove(moved.as_mut_ptr().add(to), moved.as_ptr().add(from), length) };
                    let mut expected = original.clone();
                    expected.copy_within(from..from + length, to);
                    assert!(moved == expected, "{length} bytes from {from} to {to}");
                }
            }
        }
    }

    #[test]
    fn fills_write_exactly_their_bytes() {
        for length in LENGTHS {
            let mut target = vec![0xEE; length + 2];
            // SAFETY: the vector is longer by two bytes.
            unsafe { memset(target.as_mut_ptr().add(1), 0x1A7, length) };
            assert!(target[1..=length].iter().all(|&byte| byte == 0xA7), "{length}");
            assert_eq!((target[0], target[length + 1]), (0xEE, 0xEE), "{length}");
        }
    }

    #[test]
    fn comparisons_order_by_the_first_difference() {
        for length in LENGTHS {
            let one = pattern(length);
            // SAFETY: the vectors are of that length.
            unsafe { assert_eq!(memcmp(one.as_ptr(), one.clone().as_ptr(), length), 0) };
            for index in (0..length).step_by(length / 20 + 1) {
                for tail in [0u8, 255] {
                    let mut other = one.clone();
                    other[index] = other[index].wrapping_add(1);
                    other[index + 1..].fill(tail);
                    // SAFETY: as above.
                    let result = unsafe { memcmp(one.as_ptr(), other.as_ptr(), length) };
                    assert_eq!(result.signum(), if one[index] < other[index] { -1 } else { 1 });
                    // SAFETY: as above.
                    assert_ne!(unsafe { bcmp(one.as_ptr().cast(), other.as_ptr().cast(), length) }, 0);
                }
            }
        }
    }
    #[test]
    fn strings_end_at_their_first_zero() {
        for (text, length) in [(b"\0abc\0".as_slice(), 0), (b"abc\0def\0", 3)] {
            // SAFETY: both hold a zero.
            assert_eq!(unsafe { strlen(text.as_ptr()) }, length);
        }
    }
}
