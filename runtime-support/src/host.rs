//! What functions of a host in C may do with the instance that called them, in libraries and in
//! programs that are linked with such functions ([`wasmwright_abi::library::HOST_FUNCTIONS`]): call its
//! exports, end it, reach its memories and tables.
//!
//! Invariants: nothing outside a memory's or a table's length is read or written; a trap in a call ends
//! that call and nothing else.

use core::ptr::copy_nonoverlapping;

use wasmwright_abi::instance::{InstanceHeader, MemoryRecord, TableRecord, ValueSlot};
use wasmwright_abi::library::EXIT;
use wasmwright_abi::program::InvokeFunction;

use crate::call::{OnTrap, outcome};
use crate::memory::wasmwright_memory_grow;
use crate::store::Store;
use crate::table::wasmwright_table_grow;

/// [`wasmwright_abi::library::CALL_SYMBOL`].
///
/// # Safety
/// The instance must be live and used by no other thread meanwhile, the function an entry of its
/// module, the slots as many as that needs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmwright_library_call(
    instance: *mut InstanceHeader,
    function: InvokeFunction,
    slots: *mut ValueSlot,
) -> u32 {
    // SAFETY: by this function's contract.
    unsafe { outcome((*instance).store.cast(), function, instance, slots, OnTrap::Return) }
}

/// See [`wasmwright_abi::library::HOST_FUNCTIONS`], as for all functions below.
///
/// # Safety
/// The instance must be live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmwright_library_exit(instance: *mut InstanceHeader, status: u32) -> u32 {
    // SAFETY: the store of a live instance is live, and a function of the host was called by it.
    unsafe { (*(*instance).store.cast::<Store>()).exit_status = status };
    EXIT
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
