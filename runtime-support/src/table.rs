//! Tables: growing, filling, copying, writing. Bounds are checked here, and a failure is an
//! answer, so that the trap is raised by compiled code.
//!
//! Invariant: `elements` has room for `capacity` elements, of which the first `length` are in use.
//! Elements that the compiler placed in the image are used there until the table grows.

use core::ptr::{copy, copy_nonoverlapping};
use core::slice;

use wasmwright_abi::instance::{SegmentRecord, TableRecord};
use wasmwright_abi::program::TableDescriptor;

use crate::{arch, sys};

const ELEMENT_BYTES: usize = size_of::<u64>();

/// Room is mapped for a multiple of this many elements, 64 KiB: whole pages on every machine.
const GRANULE_ELEMENTS: u64 = (64 << 10) / ELEMENT_BYTES as u64;

/// Success of the functions that can be out of bounds.
const DONE: u32 = 0;
const OUT_OF_BOUNDS: u32 = 1;

/// Makes the table that `descriptor` describes; false if the system has no room.
///
/// # Safety
/// `record` must be the one at the descriptor's offset of an instance.
pub unsafe fn create(record: *mut TableRecord, descriptor: &TableDescriptor) -> bool {
    let mut table = TableRecord {
        elements: descriptor.image,
        length: descriptor.minimum,
        maximum: descriptor.maximum,
        capacity: if descriptor.image.is_null() { 0 } else { descriptor.minimum },
    };
    // SAFETY: the table is empty, or its elements are the image's.
    unsafe {
        let enough = ensure_capacity(&mut table, descriptor.minimum);
        record.write(table);
        enough
    }
}

/// Makes room for at least that many elements. New room is null elements.
unsafe fn ensure_capacity(table: &mut TableRecord, wanted: u64) -> bool {
    if wanted <= table.capacity {
        return true;
    }
    // Doubling keeps growth by single elements linear.
    let generous = wanted.max(table.capacity.saturating_mul(2)).min(table.maximum.max(wanted));
    let bytes = |elements: u64| {
        usize::try_from(elements.checked_next_multiple_of(GRANULE_ELEMENTS)?).ok()?.checked_mul(ELEMENT_BYTES)
    };
    let Some(new_bytes) = bytes(generous) else {
        return false;
    };
    // SAFETY: room outside the image is a mapping of whole granules made here.
    let moved = unsafe {
        if table.capacity == 0 || arch::image().contains(table.elements as usize) {
            let room = sys::map_zeroed(new_bytes);
            if let Some(room) = room {
                copy_nonoverlapping(table.elements, room.cast(), table.length.min(table.capacity) as usize);
            }
            room
        } else {
            sys::enlarge(table.elements.cast(), table.capacity as usize * ELEMENT_BYTES, new_bytes)
        }
    };
    let Some(room) = moved else {
        return false;
    };
    table.elements = room.cast();
    table.capacity = (new_bytes / ELEMENT_BYTES) as u64;
    true
}

/// Gives a table back. One that was never made is all zero, and nothing happens.
///
/// # Safety
/// Nothing may use the table any more.
#[cfg(not(feature = "start"))]
pub unsafe fn release(table: &TableRecord) {
    if table.capacity != 0 && !arch::image().contains(table.elements as usize) {
        // SAFETY: room outside the image is a mapping of so many elements.
        unsafe { sys::unmap(table.elements.cast(), table.capacity as usize * ELEMENT_BYTES) };
    }
}

/// Whether `count` items from `start` lie within `length`.
fn in_bounds(start: u64, count: u64, length: u64) -> bool {
    start.checked_add(count).is_some_and(|end| end <= length)
}

/// `table.grow` by `delta` elements of `value`: the length before, or `u64::MAX`.
///
/// # Safety
/// The table must be one that [`create`] made.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmwright_table_grow(table: *mut TableRecord, delta: u64, value: u64) -> u64 {
    // SAFETY: the record is live, and compiled code is waiting for this call.
    let table = unsafe { &mut *table };
    let before = table.length;
    let Some(after) = before.checked_add(delta).filter(|&after| after <= table.maximum) else {
        return u64::MAX;
    };
    // SAFETY: by this function's contract; then there is room for `after` elements.
    unsafe {
        if !ensure_capacity(table, after) {
            return u64::MAX;
        }
        if delta != 0 {
            slice::from_raw_parts_mut(table.elements.add(before as usize), delta as usize).fill(value);
        }
    }
    table.length = after;
    before
}

/// `table.fill`: 0, or 1 when out of bounds.
///
/// # Safety
/// The table must be one that [`create`] made.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmwright_table_fill(
    table: *mut TableRecord,
    start: u64,
    value: u64,
    count: u64,
) -> u32 {
    // SAFETY: the record is live.
    let table = unsafe { &*table };
    if !in_bounds(start, count, table.length) {
        return OUT_OF_BOUNDS;
    }
    if count != 0 {
        // SAFETY: checked.
        unsafe { slice::from_raw_parts_mut(table.elements.add(start as usize), count as usize).fill(value) };
    }
    DONE
}

/// `table.copy`: 0, or 1 when out of bounds.
///
/// # Safety
/// The tables must be ones that [`create`] made; they may be the same.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmwright_table_copy(
    to: *mut TableRecord,
    from: *mut TableRecord,
    to_start: u64,
    from_start: u64,
    count: u64,
) -> u32 {
    // SAFETY: the records are live, and read only.
    let (to, from) = unsafe { (&*to, &*from) };
    if !in_bounds(to_start, count, to.length) || !in_bounds(from_start, count, from.length) {
        return OUT_OF_BOUNDS;
    }
    if count != 0 {
        // SAFETY: checked; `copy` allows overlap.
        unsafe {
            let source = from.elements.add(from_start as usize);
            copy(source, to.elements.add(to_start as usize), count as usize);
        }
    }
    DONE
}

/// `table.init`: 0, or 1 when out of bounds.
///
/// # Safety
/// The table must be one that [`create`] made, the segment one of elements.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmwright_table_init(
    table: *mut TableRecord,
    segment: *mut SegmentRecord,
    table_start: u64,
    segment_start: u64,
    count: u64,
) -> u32 {
    // SAFETY: the record is live.
    let segment = unsafe { &*segment };
    if !in_bounds(segment_start, count, segment.length) {
        return OUT_OF_BOUNDS;
    }
    let elements = segment.start.cast::<u64>().wrapping_add(segment_start as usize);
    // SAFETY: the segment has `count` elements there.
    unsafe { wasmwright_table_write(table, elements.cast_mut(), table_start, count) }
}

/// Writes elements from elsewhere: 0, or 1 when out of bounds.
///
/// # Safety
/// The table must be one that [`create`] made; there must be `count` elements.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmwright_table_write(
    table: *mut TableRecord,
    elements: *mut u64,
    table_start: u64,
    count: u64,
) -> u32 {
    // SAFETY: the record is live.
    let table = unsafe { &*table };
    if !in_bounds(table_start, count, table.length) {
        return OUT_OF_BOUNDS;
    }
    if count != 0 {
        // SAFETY: checked; segments lie outside tables.
        unsafe { copy_nonoverlapping(elements, table.elements.add(table_start as usize), count as usize) };
    }
    DONE
}

#[cfg(test)]
mod tests {
    use core::mem::zeroed;
    use core::ptr::null_mut;

    use super::*;

    fn create_table(minimum: u64, maximum: u64) -> TableRecord {
        let descriptor = TableDescriptor { record_offset: 0, minimum, maximum, image: null_mut() };
        // SAFETY: all fields of a record may be zero; it is ours.
        unsafe {
            let mut record: TableRecord = zeroed();
            assert!(create(&mut record, &descriptor));
            record
        }
    }

    fn elements(table: &TableRecord) -> &[u64] {
        // SAFETY: a table has `length` elements.
        unsafe { slice::from_raw_parts(table.elements, table.length as usize) }
    }

    #[test]
    fn growth_keeps_elements_and_adds_the_value() {
        let mut table = create_table(3, 100_000);
        // SAFETY: the table was made by `create`.
        unsafe {
            assert_eq!(wasmwright_table_fill(&mut table, 1, 5, 2), DONE);
            assert_eq!(wasmwright_table_grow(&mut table, 0, 9), 3);
            assert_eq!(wasmwright_table_grow(&mut table, 70_000, 9), 3);
            assert_eq!(wasmwright_table_grow(&mut table, 29_998, 9), u64::MAX);
            assert_eq!(wasmwright_table_grow(&mut table, u64::MAX, 9), u64::MAX);
        }
        assert_eq!(elements(&table)[..4], [0, 5, 5, 9]);
        assert!(elements(&table)[3..].iter().all(|&element| element == 9));
        assert_eq!(table.length, 70_003);
    }

    #[test]
    fn elements_of_the_image_are_left_where_they_are() {
        static mut IMAGE: [u64; 2] = [11, 12];
        let image = (&raw mut IMAGE).cast::<u64>();
        let descriptor = TableDescriptor { record_offset: 0, minimum: 2, maximum: 10, image };
        // SAFETY: the image is used by this test alone; the record is ours.
        unsafe {
            let mut table: TableRecord = zeroed();
            assert!(create(&mut table, &descriptor));
            assert_eq!(table.elements, image);
            assert_eq!(wasmwright_table_grow(&mut table, 1, 13), 2);
            assert_ne!(table.elements, image);
            assert_eq!(elements(&table), [11, 12, 13]);
        }
    }

    #[test]
    fn bounds_are_checked_before_anything_is_written() {
        let mut table = create_table(4, 4);
        let mut other = create_table(2, 2);
        let values = [1u64, 2, 3];
        let mut segment = SegmentRecord { start: values.as_ptr().cast(), length: 3 };
        // SAFETY: tables, segment and values are live.
        unsafe {
            assert_eq!(wasmwright_table_init(&mut table, &mut segment, 1, 0, 3), DONE);
            assert_eq!(wasmwright_table_init(&mut table, &mut segment, 2, 0, 3), OUT_OF_BOUNDS);
            assert_eq!(wasmwright_table_init(&mut table, &mut segment, 0, 2, 2), OUT_OF_BOUNDS);
            assert_eq!(wasmwright_table_init(&mut table, &mut segment, 4, 3, 0), DONE);
            assert_eq!(wasmwright_table_init(&mut table, &mut segment, 5, 0, 0), OUT_OF_BOUNDS);
            assert_eq!(wasmwright_table_fill(&mut table, 3, 8, 2), OUT_OF_BOUNDS);
            assert_eq!(wasmwright_table_fill(&mut table, u64::MAX, 8, 2), OUT_OF_BOUNDS);
            assert_eq!(wasmwright_table_copy(&mut other, &mut table, 0, 0, 3), OUT_OF_BOUNDS);
            assert_eq!(elements(&table), [0, 1, 2, 3]);
            let same = &raw mut table;
            assert_eq!(wasmwright_table_copy(same, same, 0, 1, 3), DONE);
            assert_eq!(elements(&table), [1, 2, 3, 3]);
            assert_eq!(wasmwright_table_copy(same, same, 1, 0, 3), DONE);
            assert_eq!(elements(&table), [1, 1, 2, 3]);
            assert_eq!(wasmwright_table_copy(&mut other, same, 0, 2, 2), DONE);
            assert_eq!(elements(&other), [2, 3]);
        }
    }
}
