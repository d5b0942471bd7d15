//! Memories and tables that the host makes for instances to import.

use core::ptr::{null, null_mut};

use wasmwright_abi::instance::{
    BoundsStrategy, MEMORY_CAP_BYTES, MemoryRecord, Reservation, TableRecord, WideningRoom,
};
use wasmwright_abi::program::{ConstSlice, MemoryDescriptor, ProgramDescriptor, TableDescriptor};

use crate::{memory, sys, table};

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
            memory::release(&*memory, None);
            sys::unmap(memory.cast(), size_of::<MemoryRecord>());
        }
    }
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
