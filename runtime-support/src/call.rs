//! Calls from the runtime into compiled code: on the stack that Wasm may use, and under the caller's
//! choice of what a trap does.
//!
//! Invariant: `store.activation` is the innermost call that wants to hear of a trap while it
//! runs, and is put back before that call returns, whichever way it returns.

use core::ptr::{addr_of_mut, from_mut, null_mut};

use wasmwright_abi::instance::{InstanceHeader, ValueSlot};
use wasmwright_abi::trap::Trap;

#[cfg(feature = "start")]
use crate::arch;
use crate::arch::CompiledFunction;
#[cfg(not(feature = "start"))]
use crate::library::Scope;
use crate::store::{Activation, Store};

/// What a trap in compiled code does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnTrap {
    /// It is reported on standard error and ends the process.
    EndProcess,
    /// It ends the call.
    Return,
}

/// Calls compiled code. The error is the code of a trap or what a function of the host abandoned
/// the call with.
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
) -> Result<(), u32> {
    // SAFETY: as this function's.
    match unsafe { outcome(store, function, instance, slots, on_trap) } {
        0 => Ok(()),
        code => Err(code),
    }
}

/// The same as a part of its caller, for calls that take little time: 0, or the error. In a library
/// each call ends with a trap in it.
///
/// # Safety
/// As [`call`]'s.
#[inline(always)]
pub unsafe fn outcome(
    store: *mut Store,
    function: CompiledFunction,
    instance: *mut InstanceHeader,
    slots: *mut ValueSlot,
    on_trap: OnTrap,
) -> u32 {
    debug_assert!(cfg!(feature = "start") || on_trap == OnTrap::Return);
    let mut activation = Activation::NONE;
    let activation_here = from_mut(&mut activation);
    // SAFETY: the store is live; no reference to it exists while compiled code runs, which may
    // reach it by the instance.
    unsafe {
        let Some(scope) = Scope::enter(store, activation_here as usize) else {
            return Trap::StackOverflow as u32;
        };
        let enclosing = (*store).activation;
        (*store).activation = if on_trap == OnTrap::Return { activation_here } else { null_mut() };
        let code = scope.run(function, instance, slots, activation_here);
        addr_of_mut!((*store).activation).write(enclosing);
        scope.leave(store);
        code
    }
}

/// In an executable Wasm has a stack of its own.
#[cfg(feature = "start")]
struct Scope {
    /// Top of the Wasm stack, or null if the caller is on it.
    stack_top: *mut u8,
}

#[cfg(feature = "start")]
impl Scope {
    unsafe fn enter(store: *mut Store, here: usize) -> Option<Self> {
        // SAFETY: the caller's store is live.
        let usable = unsafe { (*store).stack.usable };
        Some(Self { stack_top: if usable.contains(here) { null_mut() } else { usable.end as *mut u8 } })
    }

    unsafe fn run(
        &self,
        function: CompiledFunction,
        instance: *mut InstanceHeader,
        slots: *mut ValueSlot,
        activation: *mut Activation,
    ) -> u32 {
        // SAFETY: as `call`'s.
        unsafe { arch::enter(function, instance, slots, activation, self.stack_top) }
    }

    fn leave(self, _store: *mut Store) {}
}
