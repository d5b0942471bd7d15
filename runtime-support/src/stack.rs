//! The stack on which Wasm runs, and the one on which its faults are handled.
//!
//! One reservation: a guard, the Wasm stack, the signal stack. Invariant: nothing else is mapped
//! between the guard and the Wasm stack, and code that moves the stack pointer by more than the
//! guard's size probes every page on the way, so an overflow faults inside the guard.

use crate::arch::AddressRange;
use crate::store::WasmStack;
use crate::sys;

/// More than a page, so that a runtime function without probes does not step over it.
const GUARD_BYTES: usize = 64 << 10;

/// Registers alone take 11 KiB on a machine with AMX.
const SIGNAL_STACK_BYTES: usize = 64 << 10;

const GRANULE_BYTES: usize = 64 << 10;

/// Maps both stacks and registers the second with the kernel, or ends the process.
///
/// # Safety
/// To be called once, by the thread that will run Wasm.
pub unsafe fn map(stack_bytes: u64) -> WasmStack {
    // SAFETY: as this function's.
    match unsafe { try_map(stack_bytes) } {
        Some(stack) => stack,
        None => sys::fail(&[
            b"cannot map a stack of ",
            sys::Digits::decimal(stack_bytes).as_bytes(),
            b" bytes: compile with a smaller --stack-size",
        ]),
    }
}

unsafe fn try_map(stack_bytes: u64) -> Option<WasmStack> {
    let stack_bytes = usize::try_from(stack_bytes).ok()?.checked_next_multiple_of(GRANULE_BYTES)?;
    let open_bytes = stack_bytes.checked_add(SIGNAL_STACK_BYTES)?;
    let guard = sys::reserve_stack(open_bytes.checked_add(GUARD_BYTES)?)?;
    let bottom = guard.wrapping_add(GUARD_BYTES);
    let top = bottom.wrapping_add(stack_bytes);
    // SAFETY: both lie in the reservation just made, which nothing else uses.
    unsafe {
        if !sys::open(bottom, open_bytes) {
            return None;
        }
        sys::set_signal_stack(top, SIGNAL_STACK_BYTES);
    }
    Some(WasmStack {
        guard: AddressRange { start: guard as usize, end: bottom as usize },
        usable: AddressRange { start: bottom as usize, end: top as usize },
    })
}
