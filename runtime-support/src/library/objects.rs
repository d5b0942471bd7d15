//! Memories and tables in the hands of the host: those of instances, and those that it makes for
//! instances to import.
//!
//! Invariant: nothing outside a memory's or a table's length is read or written.

use core::ptr::{copy_nonoverlapping, null, null_mut};

use wasmwright_abi::instance::{
    BoundsStrategy, MEMORY_CAP_BYTES, MemoryRecord, Reservation, TableRecord, WideningRoom,
};
use wasmwright_abi::program::{ConstSlice, MemoryDescriptor, ProgramDescriptor, TableDescriptor};

use crate::memory::{self, wasmwright_memory_grow};
use crate::sys;
use crate::table::{self, wasmwright_table_grow};

/// Granularity of lengths that hosts may ask for.
const PAGE_BYTES: u64 = 64 << 10;

/// Room for a record: a mapping of its own, which outlives every instance.
fn room_for<T>() -> Option<*mut T> {
    sys::map_zeroed(size_of::<T>()).map(<*mut u8>::cast)
}

/// See [`wasmwright_abi::library::FUNCTIONS`], as for all functions below. The memory is checked as
/// those are that the program has or imports; without any, as by default.
///
/// # Safety
/// The descriptor must be the one of this artifact.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmwright_library_memory_create(
    program: *const ProgramDescriptor,
    initial_bytes: u64,
    maximum_bytes: u64,
) -> *mut MemoryRecord {
    // SAFETY: the descriptor is the compiler's.
    let explicit = unsafe { (*program).flags & wasmwright_abi::program::program_flag::EXPLICIT_CHECKS != 0 };
    let cap = if explicit { u64::MAX } else { MEMORY_CAP_BYTES };
    let multiple = initial_bytes.is_multiple_of(PAGE_BYTES) && maximum_bytes.is_multiple_of(PAGE_BYTES);
    if !multiple || initial_bytes > maximum_bytes.min(cap) {
        return null_mut();
    }
    let descriptor = MemoryDescriptor {
        record_offset: 0,
        minimum_bytes: initial_bytes,
        maximum_bytes: maximum_bytes.min(cap),
        page_size_log2: PAGE_BYTES.trailing_zeros(),
        strategy: if explicit { BoundsStrategy::Explicit } else { BoundsStrategy::GuardPages } as u32,
        reservation: if explicit { Reservation::NONE } else { Reservation::around(WideningRoom::LIBRARY) },
        images: ConstSlice { start: null(), length: 0 },
    };
    let Some(record) = room_for::<MemoryRecord>() else { return null_mut() };
    // SAFETY: the record is new.
    unsafe {
        if memory::create(record, &descriptor).is_err() {
            sys::unmap(record.cast(), size_of::<MemoryRecord>());
            return null_mut();
        }
        if let Some(handle_faults) = (*program).handle_faults {
            handle_faults();
        }
    }
    record
}

/// # Safety
/// The memory must be null or one that the function above made and nobody uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmwright_library_memory_destroy(memory: *mut MemoryRecord) {
    if !memory.is_null() {
        // SAFETY: by this function's contract.
        unsafe {
            memory::release(&*memory);
            sys::unmap(memory.cast(), size_of::<MemoryRecord>());
        }
    }
}

/// # Safety
/// The memory must be live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmwright_library_memory_size(memory: *const MemoryRecord) -> u64 {
    // SAFETY: by this function's contract.
    unsafe { (*memory).length_bytes }
}

/// # Safety
/// The memory must be live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmwright_library_memory_data(memory: *const MemoryRecord) -> *mut u8 {
    // SAFETY: by this function's contract.
    unsafe { (*memory).base }
}

/// # Safety
/// The memory must be live, and compiled code that uses it not running but waiting.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmwright_library_memory_grow(memory: *mut MemoryRecord, pages: u64) -> u32 {
    // SAFETY: by this function's contract.
    u32::from(unsafe { wasmwright_memory_grow(memory, pages) } != u64::MAX)
}

/// Where a stretch of a memory is, if all of it is inside.
unsafe fn stretch(memory: *const MemoryRecord, address: u64, bytes: u64) -> Option<*mut u8> {
    // SAFETY: the callers' memory is live.
    let memory = unsafe { &*memory };
    let end = address.checked_add(bytes)?;
    (end <= memory.length_bytes).then(|| memory.base.wrapping_add(address as usize))
}

/// # Safety
/// The memory must be live, and `to` have room.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmwright_library_memory_read(
    memory: *const MemoryRecord,
    address: u64,
    to: *mut u8,
    bytes: u64,
) -> u32 {
    // SAFETY: by this function's contract; the stretch is inside.
    unsafe {
        let Some(from) = stretch(memory, address, bytes) else { return 0 };
        if bytes != 0 {
            copy_nonoverlapping(from, to, bytes as usize);
        }
    }
    1
}

/// # Safety
/// The memory must be live, and `from` so long.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmwright_library_memory_write(
    memory: *const MemoryRecord,
    address: u64,
    from: *const u8,
    bytes: u64,
) -> u32 {
    // SAFETY: by this function's contract; the stretch is inside.
    unsafe {
        let Some(to) = stretch(memory, address, bytes) else { return 0 };
        if bytes != 0 {
            copy_nonoverlapping(from, to, bytes as usize);
        }
    }
    1
}

/// # Safety
/// None, but for what may be done with the result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmwright_library_table_create(initial: u64, maximum: u64) -> *mut TableRecord {
    if initial > maximum {
        return null_mut();
    }
    let descriptor = TableDescriptor { record_offset: 0, minimum: initial, maximum, image: null_mut() };
    let Some(record) = room_for::<TableRecord>() else { return null_mut() };
    // SAFETY: the record is new.
    unsafe {
        if !table::create(record, &descriptor) {
            sys::unmap(record.cast(), size_of::<TableRecord>());
            return null_mut();
        }
    }
    record
}

/// # Safety
/// The table must be null or one that the function above made and nobody uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmwright_library_table_destroy(table: *mut TableRecord) {
    if !table.is_null() {
        // SAFETY: by this function's contract.
        unsafe {
            table::release(&*table);
            sys::unmap(table.cast(), size_of::<TableRecord>());
        }
    }
}

/// # Safety
/// The table must be live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmwright_library_table_size(table: *const TableRecord) -> u64 {
    // SAFETY: by this function's contract.
    unsafe { (*table).length }
}

/// # Safety
/// The table must be live, the value one of its type.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmwright_library_table_grow(
    table: *mut TableRecord,
    elements: u64,
    value: u64,
) -> u32 {
    // SAFETY: by this function's contract.
    u32::from(unsafe { wasmwright_table_grow(table, elements, value) } != u64::MAX)
}

/// # Safety
/// The table must be live, and `value` writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmwright_library_table_get(
    table: *const TableRecord,
    index: u64,
    value: *mut u64,
) -> u32 {
    // SAFETY: by this function's contract; the index is inside.
    unsafe {
        if index >= (*table).length {
            return 0;
        }
        value.write(*(*table).elements.add(index as usize));
    }
    1
}

/// # Safety
/// The table must be live, the value one of its type.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmwright_library_table_set(
    table: *mut TableRecord,
    index: u64,
    value: u64,
) -> u32 {
    // SAFETY: by this function's contract; the index is inside.
    unsafe {
        if index >= (*table).length {
            return 0;
        }
        (*table).elements.add(index as usize).write(value);
    }
    1
}
