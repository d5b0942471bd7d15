//! Calls from the runtime into compiled code: on the stack that Wasm may use, and under the caller's
//! choice of what a trap does.
//!
//! Invariant: `store.activation` is the innermost call that wants to hear of a trap while it
//! runs, and is put back before that call returns, whichever way it returns.

use core::ptr::{addr_of_mut, from_mut, null_mut};

use wasmwright_abi::instance::{InstanceHeader, ValueSlot};
use wasmwright_abi::trap::Trap;

use crate::arch::{self, CompiledFunction};
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
    let mut activation = Activation { stack_pointer: null_mut() };
    let activation_here = from_mut(&mut activation);
    // SAFETY: the store is live; no reference to it exists while compiled code runs, which may
    // reach it by the instance.
    let code = unsafe {
        let Some(scope) = Scope::enter(store, activation_here as usize) else {
            return Err(Trap::StackOverflow as u32);
        };
        let enclosing = (*store).activation;
        (*store).activation = if on_trap == OnTrap::Return { activation_here } else { null_mut() };
        let code = arch::enter(function, instance, slots, activation_here, scope.stack_top());
        addr_of_mut!((*store).activation).write(enclosing);
        scope.leave(store);
        code
    };
    if code == 0 { Ok(()) } else { Err(code) }
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

    fn stack_top(&self) -> *mut u8 {
        self.stack_top
    }

    fn leave(self, _store: *mut Store) {}
}
