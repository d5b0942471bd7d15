//! Calls from the runtime into compiled code: on the Wasm stack, and under the caller's choice of
//! what a trap does.
//!
//! Invariant: `store.activation` is the innermost call that wants to hear of a trap while it
//! runs, and is put back before that call returns, whichever way it returns.

use core::ptr::{addr_of_mut, from_mut, null_mut};

use wasmwright_abi::instance::{InstanceHeader, ValueSlot};
use wasmwright_abi::trap::Trap;

use crate::arch::{self, CompiledFunction};
use crate::store::{Activation, Store};

/// What a trap in compiled code does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnTrap {
    /// It is reported on standard error and ends the process.
    EndProcess,
    /// It ends the call.
    Return,
}

/// Calls compiled code.
///
/// # Safety
/// `store` must be live and `function` code for `instance`, an instance of that store; `slots`
/// must have room for the parameters and the results.
pub unsafe fn call(
    store: *mut Store,
    function: CompiledFunction,
    instance: *mut InstanceHeader,
    slots: *mut ValueSlot,
    on_trap: OnTrap,
) -> Result<(), Trap> {
    let mut activation = Activation { stack_pointer: null_mut() };
    let activation_here = from_mut(&mut activation);
    // SAFETY: the store is live; no reference to it exists while compiled code runs, which may
    // reach it by the instance.
    let code = unsafe {
        let enclosing = (*store).activation;
        (*store).activation = if on_trap == OnTrap::Return { activation_here } else { null_mut() };
        let stack_top = stack_to_switch_to(store, activation_here as usize);
        let code = arch::enter(function, instance, slots, activation_here, stack_top);
        addr_of_mut!((*store).activation).write(enclosing);
        code
    };
    Trap::from_code(code).map_or(Ok(()), Err)
}

/// Top of the Wasm stack, or null if `here` is an address on it.
unsafe fn stack_to_switch_to(store: *mut Store, here: usize) -> *mut u8 {
    // SAFETY: the caller's store is live.
    let usable = unsafe { (*store).stack.usable };
    if usable.contains(here) { null_mut() } else { usable.end as *mut u8 }
}
