//! What a host may do about a guest that does not come to an end: interrupt it, or have its
//! instructions counted.
//!
//! Code that can be interrupted compares its stack pointer with a limit at the entry of functions that
//! call others, and compares the limit with [`INTERRUPTED`] in every round of a loop. So an
//! interruption is a limit: other threads write it, and the thread that meets it writes the real one
//! again. Invariant: whoever writes a limit below looks at `interrupted` afterwards, and whoever sets
//! `interrupted` writes limits afterwards, with a fence between the two, so that none is lost.

use core::sync::atomic::{Ordering, fence};

use wasmwright_abi::instance::{INTERRUPTED, InstanceHeader};
use wasmwright_abi::trap::Trap;

use super::scope::{set_limits, set_stack};
use crate::store::Store;

/// The trap that code means which raises one. An end of the stack may be an interruption, and an
/// interruption is met once.
///
/// # Safety
/// The instance must be one of the store, whose code is waiting.
pub unsafe fn meant(store: *mut Store, instance: *const InstanceHeader, trap: Trap) -> Trap {
    // SAFETY: as this function's.
    unsafe {
        let is_interruption = match trap {
            Trap::Interrupted => true,
            Trap::StackOverflow => (*instance).stack_limit == INTERRUPTED,
            _ => false,
        };
        if !is_interruption {
            return trap;
        }
        forget_interruption(store);
        Trap::Interrupted
    }
}

unsafe fn forget_interruption(store: *mut Store) {
    // SAFETY: the caller's store is live and this thread's.
    unsafe {
        (*store).library.interrupted.store(false, Ordering::Relaxed);
        set_stack(store, (*store).stack.usable);
    }
}

/// Writes the limit of an interruption again over one that was written just now.
///
/// # Safety
/// The store must be live.
#[inline(never)]
pub(super) unsafe fn keep_interruption(store: *const Store) {
    fence(Ordering::SeqCst);
    // SAFETY: as this function's.
    unsafe {
        if (*store).library.interrupted.load(Ordering::Relaxed) {
            set_limits(store, INTERRUPTED);
        }
    }
}

/// See [`wasmwright_abi::library::INTERRUPTIBLE_FUNCTIONS`].
///
/// # Safety
/// The instance must be live until this returns.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmwright_library_interrupt(instance: *const InstanceHeader) {
    // SAFETY: nobody changes where the store is, or which instances it has.
    unsafe {
        let store: *const Store = (*instance).store.cast();
        (*store).library.interrupted.store(true, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        set_limits(store, INTERRUPTED);
    }
}

/// # Safety
/// The instance must be live and this thread's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmwright_library_interrupt_clear(instance: *mut InstanceHeader) {
    // SAFETY: the store of a live instance is live.
    unsafe { forget_interruption((*instance).store.cast()) };
}

/// Units as they are counted.
pub(super) fn units(units: u64) -> i64 {
    i64::try_from(units).unwrap_or(i64::MAX)
}

/// See [`wasmwright_abi::library::METERED_FUNCTIONS`]. A block of instructions is paid for as a whole,
/// so that the last one may have cost more than there was: the rest is forgotten, but taken off what
/// is added.
///
/// # Safety
/// The instance must be live and this thread's, as for the functions below.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmwright_library_fuel_get(instance: *const InstanceHeader) -> u64 {
    // SAFETY: the number is in the store of a live instance.
    unsafe { u64::try_from(*(*instance).fuel).unwrap_or(0) }
}

/// # Safety
/// As above.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmwright_library_fuel_set(instance: *mut InstanceHeader, fuel: u64) {
    // SAFETY: as above.
    unsafe { *(*instance).fuel = units(fuel) };
}

/// # Safety
/// As above.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmwright_library_fuel_add(instance: *mut InstanceHeader, fuel: u64) {
    // SAFETY: as above.
    unsafe { *(*instance).fuel = (*(*instance).fuel).saturating_add(units(fuel)) };
}
