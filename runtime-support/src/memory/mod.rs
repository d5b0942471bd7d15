//! Linear memories: making them with their initial contents, and growing them.
//!
//! Invariant: bytes between a memory's length and the end of what is mapped for it are zero, and
//! under guard pages inaccessible. Sizes given to the system are multiples of
//! `GRANULE_BYTES`, which the pages of every supported machine divide.

#[cfg(not(feature = "start"))]
mod image;

use core::ptr::{copy_nonoverlapping, null_mut};

use wasmwright_abi::instance::{BoundsStrategy, MemoryRecord, Reservation};
use wasmwright_abi::program::{DataImage, MemoryDescriptor};

use crate::spare::{self, Shape};
use crate::sys;

/// See the module's documentation.
const GRANULE_BYTES: u64 = 64 << 10;

/// Why a memory cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemoryError {
    /// The address space for guard pages cannot be had.
    Reservation,
    /// The system has no room for the initial length.
    OutOfMemory,
}

/// Makes the memory that `descriptor` describes.
///
/// # Safety
/// `record` must be the one at the descriptor's offset of an instance; where images are movable,
/// no other memory may have been made from this descriptor.
pub unsafe fn create(record: *mut MemoryRecord, descriptor: &MemoryDescriptor) -> Result<(), MemoryError> {
    let mut memory = MemoryRecord {
        base: null_mut(),
        length_bytes: descriptor.minimum_bytes,
        maximum_bytes: descriptor.maximum_bytes,
        mapped_bytes: 0,
        page_size_log2: descriptor.page_size_log2,
        strategy: descriptor.strategy,
        reserved_below_bytes: 0,
    };
    let opened_bytes = round_up(descriptor.minimum_bytes).ok_or(MemoryError::OutOfMemory)?;
    if descriptor.strategy == BoundsStrategy::GuardPages as u32 {
        // SAFETY: the reservation is new and ours.
        unsafe { reserve(&mut memory, descriptor.reservation, opened_bytes)? };
    } else if opened_bytes != 0 {
        let opened_bytes = opened_bytes as usize;
        let base = spare::take(Shape::open(opened_bytes)).or_else(|| sys::map_zeroed(opened_bytes));
        memory.base = base.ok_or(MemoryError::OutOfMemory)?;
        memory.mapped_bytes = opened_bytes as u64;
    }
    // SAFETY: the compiler checked that the images lie within the initial length; the record is
    // the caller's.
    unsafe {
        for image in descriptor.images.as_slice() {
            place(image, memory.base.add(image.offset as usize));
        }
        record.write(memory);
    }
    Ok(())
}

/// Reserves all that an access can reach, and opens the beginning.
unsafe fn reserve(
    memory: &mut MemoryRecord,
    reservation: Reservation,
    opened_bytes: u64,
) -> Result<(), MemoryError> {
    let shape = Shape {
        reserved_bytes: reservation.bytes() as usize,
        below_bytes: reservation.below_bytes as usize,
        opened_bytes: opened_bytes as usize,
    };
    let kept = spare::take(shape);
    let lowest = kept.or_else(|| sys::reserve(shape.reserved_bytes)).ok_or(MemoryError::Reservation)?;
    memory.base = lowest.wrapping_add(reservation.below_bytes as usize);
    memory.mapped_bytes = reservation.above_bytes;
    memory.reserved_below_bytes = reservation.below_bytes;
    // SAFETY: it lies in the reservation.
    if kept.is_none() && opened_bytes != 0 && !unsafe { sys::open(memory.base, shape.opened_bytes) } {
        // SAFETY: nobody has seen it yet.
        unsafe { sys::unmap(lowest, shape.reserved_bytes) };
        return Err(MemoryError::OutOfMemory);
    }
    Ok(())
}

/// Gives a memory back. One that was never made is all zero, and nothing happens. One that has a descriptor,
/// of which others are to be expected, may be kept for them.
///
/// # Safety
/// Nothing may use the memory any more. It was made from the descriptor, if there is one.
#[cfg(not(feature = "start"))]
pub unsafe fn release(memory: &MemoryRecord, descriptor: Option<&MemoryDescriptor>) {
    let below_bytes = memory.reserved_below_bytes as usize;
    let reserved_bytes = below_bytes + memory.mapped_bytes as usize;
    if reserved_bytes == 0 {
        return;
    }
    let opened_bytes = round_up(memory.length_bytes).unwrap_or(0) as usize;
    let shape = Shape { reserved_bytes, below_bytes, opened_bytes };
    let expected_bytes = descriptor.and_then(|descriptor| round_up(descriptor.minimum_bytes));
    let expected_bytes = expected_bytes.map(|bytes| bytes as usize);
    // A mapping of another length is of no use to memories with explicit checks.
    let has_guards = memory.strategy == BoundsStrategy::GuardPages as u32;
    let expected_bytes = expected_bytes.filter(|&bytes| has_guards || bytes == opened_bytes);
    // SAFETY: these are the bounds of what was mapped for it.
    unsafe {
        let lowest = memory.base.sub(below_bytes);
        let keep = |bytes| {
            descriptor.is_some_and(|it| unmap_images(memory, it)) && spare::keep(lowest, shape, bytes)
        };
        if !expected_bytes.is_some_and(keep) {
            sys::unmap(lowest, reserved_bytes);
        }
    }
}

/// Puts memory without a file where images may be mapped: the system can clear only that.
#[cfg(not(feature = "start"))]
unsafe fn unmap_images(memory: &MemoryRecord, descriptor: &MemoryDescriptor) -> bool {
    // SAFETY: the descriptor is the compiler's; its images lie in the memory, which nothing uses any more, and
    // movable ones in granules of their own.
    unsafe {
        let mut mapped = descriptor.images.as_slice().iter().filter(|image| image.movable != 0);
        mapped.all(|image| {
            let bytes = image.bytes.length.next_multiple_of(GRANULE_BYTES) as usize;
            sys::replace_by_zeroes(memory.base.add(image.offset as usize), bytes)
        })
    }
}

/// Brings initial contents to their place, if the system does it without copying: by moving their pages
/// where there is only one instance, else by sharing them among all.
unsafe fn move_or_share(image: &DataImage, to: *mut u8) -> bool {
    let bytes = image.bytes.length.next_multiple_of(GRANULE_BYTES) as usize;
    // SAFETY: a movable image is page-aligned, at a page-aligned place, and nothing else uses its granules.
    unsafe {
        #[cfg(feature = "start")]
        return sys::move_pages(image.bytes.start.cast_mut(), bytes, to);
        #[cfg(not(feature = "start"))]
        return image::map(image, bytes, to);
    }
}

/// Brings initial contents to their place.
unsafe fn place(image: &DataImage, to: *mut u8) {
    // SAFETY: any image lies inside its memory.
    unsafe {
        if image.movable == 0 || !move_or_share(image, to) {
            copy_nonoverlapping(image.bytes.start, to, image.bytes.length as usize);
        }
    }
}

/// `memory.grow`: the length before in pages, or `u64::MAX` where it cannot grow.
///
/// # Safety
/// The memory must be one that [`create`] made.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmwright_memory_grow(memory: *mut MemoryRecord, delta_pages: u64) -> u64 {
    // SAFETY: the record is live, and compiled code is waiting for this call.
    let memory = unsafe { &mut *memory };
    let length_before = memory.length_bytes;
    // SAFETY: as above.
    let grown = unsafe { new_length(memory, delta_pages).is_some_and(|length| extend(memory, length)) };
    if grown { length_before >> memory.page_size_log2 } else { u64::MAX }
}

/// The length after growing by that many pages, if it is allowed.
fn new_length(memory: &MemoryRecord, delta_pages: u64) -> Option<u64> {
    let room_pages = memory.maximum_bytes.checked_sub(memory.length_bytes)? >> memory.page_size_log2;
    (delta_pages <= room_pages).then(|| memory.length_bytes + (delta_pages << memory.page_size_log2))
}

/// Makes the memory longer; false if the system has no room.
unsafe fn extend(memory: &mut MemoryRecord, length_bytes: u64) -> bool {
    let (Some(opened_before), Some(opened)) = (round_up(memory.length_bytes), round_up(length_bytes)) else {
        return false;
    };
    if opened != opened_before {
        let added = (opened - opened_before) as usize;
        // SAFETY: the stretch lies in the reservation, of which a 32-bit memory uses a part; or
        // the mapping is the whole of an explicitly checked memory.
        let extended = unsafe {
            if memory.strategy == BoundsStrategy::GuardPages as u32 {
                sys::open(memory.base.add(opened_before as usize), added)
            } else {
                remap(memory, opened)
            }
        };
        if !extended {
            return false;
        }
    }
    memory.length_bytes = length_bytes;
    true
}

/// Enlarges the mapping of an explicitly checked memory, which may move.
unsafe fn remap(memory: &mut MemoryRecord, mapped_bytes: u64) -> bool {
    let (old, new) = (memory.mapped_bytes as usize, mapped_bytes as usize);
    // SAFETY: base and mapped_bytes describe a mapping of this memory alone. One that consists of
    // several pieces, as after moving initial contents in, cannot be enlarged: it is copied.
    unsafe {
        let moved = if old == 0 { sys::map_zeroed(new) } else { sys::enlarge(memory.base, old, new) };
        let Some(base) = moved.or_else(|| copy_mapping(memory.base, old, new)) else {
            return false;
        };
        memory.base = base;
    }
    memory.mapped_bytes = mapped_bytes;
    true
}

/// A new mapping that begins with the old one's contents; the old one is returned.
unsafe fn copy_mapping(old: *mut u8, old_bytes: usize, new_bytes: usize) -> Option<*mut u8> {
    if old_bytes == 0 {
        return None;
    }
    let new = sys::map_zeroed(new_bytes)?;
    // SAFETY: both are mappings of at least that size, and nobody keeps a pointer into the old.
    unsafe {
        copy_nonoverlapping(old, new, old_bytes);
        sys::unmap(old, old_bytes);
    }
    Some(new)
}

fn round_up(bytes: u64) -> Option<u64> {
    bytes.checked_next_multiple_of(GRANULE_BYTES)
}

#[cfg(test)]
mod tests;
