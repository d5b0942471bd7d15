//! Exceptions that go from one instance to another, by way of the host: through one of its functions, or
//! through a reference to a function of another instance.
//!
//! Each instance has exceptions of its own: what goes on in another one is a copy there, of the same tag and
//! values. Invariant: an exception that left a call stays until another one does, so that there is time
//! to copy it.

#[cfg(not(feature = "start"))]
use core::ptr::null;
use core::ptr::{copy_nonoverlapping, null_mut};

use wasmwright_abi::exception::{Exception, TagRecord, VALUES_OFFSET};
use wasmwright_abi::instance::{InstanceHeader, ValueSlot};
use wasmwright_abi::trap::Trap;

use super::heap;
use crate::store::Store;
#[cfg(not(feature = "start"))]
use wasmwright_abi::library::HostException;

/// An exception of the store with these values, or null where there is no room.
unsafe fn copy(
    store: *mut Store,
    tag: *const TagRecord,
    values: *const ValueSlot,
    value_count: usize,
) -> *mut Exception {
    // SAFETY: the callers' tag and values are live; nothing walks frames meanwhile.
    unsafe {
        (*store).trace.forget();
        let Some(exception) = heap::allocate(store, tag) else { return null_mut() };
        let own: *mut ValueSlot = exception.byte_add(VALUES_OFFSET as usize).cast();
        let count = (*tag).value_count as usize;
        own.write_bytes(0, count);
        if !values.is_null() {
            copy_nonoverlapping(values, own, count.min(value_count));
        }
        exception
    }
}

/// See [`wasmwright_abi::runtime_function::RuntimeFunction::ExceptionThrown`].
///
/// # Safety
/// Only compiled code of `instance` may call it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmwright_exception_thrown(instance: *mut InstanceHeader, code: u32) -> u64 {
    // SAFETY: the store of an instance is live.
    unsafe {
        let store = (*instance).store.cast::<Store>();
        if code != Trap::UncaughtException as u32 {
            heap::throw(store, null_mut());
            return 0;
        }
        let exception = heap::take_thrown(store);
        if exception.is_null() {
            // The call ends as if by an exception, and not by an earlier one.
            heap::leave(store, null_mut());
        }
        exception as u64
    }
}

/// See [`wasmwright_abi::runtime_function::RuntimeFunction::ExceptionLeft`].
///
/// # Safety
/// The instance must be live, and a call of it have returned `code` just now.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmwright_exception_left(instance: *mut InstanceHeader, code: u32) -> u64 {
    if code != Trap::UncaughtException as u32 {
        return 0;
    }
    // SAFETY: the store of an instance is live.
    unsafe { heap::left((*instance).store.cast()) as u64 }
}

/// See [`wasmwright_abi::runtime_function::RuntimeFunction::ExceptionAdopt`].
///
/// # Safety
/// Only compiled code of `instance` may call it; the exception must be null or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmwright_exception_adopt(
    instance: *mut InstanceHeader,
    exception: *mut Exception,
) -> u64 {
    if exception.is_null() {
        return 0;
    }
    // SAFETY: by this function's contract; the exception has as many values as its tag says.
    unsafe {
        let values = exception.byte_add(VALUES_OFFSET as usize).cast();
        copy((*instance).store.cast(), (*exception).tag, values, usize::MAX) as u64
    }
}

/// See [`wasmwright_abi::library::THROWING_FUNCTIONS`], as for the function below.
///
/// # Safety
/// The instance must be live and this thread's, the exception writable.
#[cfg(not(feature = "start"))]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmwright_library_exception(
    instance: *const InstanceHeader,
    exception: *mut HostException,
) -> u32 {
    // SAFETY: by this function's contract; the tag of what left is live.
    unsafe {
        let left = heap::left((*instance).store.cast());
        if left.is_null() {
            exception.write(HostException { tag: null(), value_count: 0, values: null() });
            return 0;
        }
        let (tag, values) = ((*left).tag, left.byte_add(VALUES_OFFSET as usize).cast());
        exception.write(HostException { tag, value_count: (*tag).value_count as usize, values });
    }
    1
}

/// # Safety
/// The instance must have called the function of the host that calls this; the exception must be of a live
/// tag, with values of its types.
#[cfg(not(feature = "start"))]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmwright_library_throw(
    instance: *mut InstanceHeader,
    exception: *const HostException,
) -> u32 {
    // SAFETY: by this function's contract.
    unsafe {
        let store = (*instance).store.cast::<Store>();
        let HostException { tag, value_count, values } = exception.read();
        // Outside of a call there is nobody to throw it to.
        if tag.is_null() || (*store).activation.is_null() {
            return Trap::UncaughtException as u32;
        }
        let exception = copy(store, tag, values, value_count);
        if exception.is_null() {
            return Trap::HeapExhausted as u32;
        }
        heap::throw(store, exception);
    }
    Trap::UncaughtException as u32
}
