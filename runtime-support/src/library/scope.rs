//! Around a call from the host: which part of the thread's stack Wasm may use, and what a signal
//! handler on this thread needs to know.
//!
//! Compiled code compares its stack pointer with the limit in the instance's record. The limit is set
//! by the outermost call, [`LibraryState::stack_bytes`](super::LibraryState) below it, and stays for
//! calls within calls. So Wasm never uses up the thread's stack, and the handler, what the runtime
//! does, and functions of the host find room below the limit.

use core::ptr::null_mut;
use core::sync::atomic::{AtomicU64, Ordering};

use wasmwright_abi::instance::{InstanceHeader, ValueSlot};
use wasmwright_abi::program::program_flag;

use super::policy;
use crate::arch::{self, AddressRange, CompiledFunction};
use crate::store::{Activation, Store};
use crate::sys;

/// What the library keeps for each thread. All zero at first.
#[repr(C)]
#[derive(Debug)]
pub struct ThreadState {
    /// The store of the innermost call from the host.
    pub store: *mut Store,
    /// Other than 0 once faults get through to the handler on this thread.
    pub lets_faults_through: u64,
}

/// A call below the limit but no further than this is deep recursion through the host; beyond, it is
/// on another stack.
const SAME_STACK_BYTES: usize = 64 << 20;

/// See the module's documentation.
#[derive(Debug)]
pub struct Scope {
    /// Null where no signal handler asks for it.
    thread: *mut ThreadState,
    enclosing_store: *mut Store,
    /// The stack of the call outside of this one, where that is another.
    outer_stack: Option<AddressRange>,
}

impl Scope {
    /// Begins a call from `here`, an address in the caller's frame. None where the stack is used up.
    ///
    /// # Safety
    /// The store must be live and used by this thread alone.
    #[inline(always)]
    pub unsafe fn enter(store: *mut Store, here: usize) -> Option<Self> {
        // SAFETY: the thread's state is its own; the store is this thread's.
        unsafe {
            let mut outer_stack = None;
            if (*store).activation.is_null() {
                set_stack(store, stack_from(store, here));
            } else if !(*store).stack.usable.contains(here) {
                outer_stack = Some(switch_stack(store, here)?);
            }
            let mut scope = Self { thread: null_mut(), enclosing_store: null_mut(), outer_stack };
            if (*(*store).launch.program).handle_faults.is_some() {
                scope.thread = arch::thread_state();
                scope.enclosing_store = (*scope.thread).store;
                (*scope.thread).store = store;
                if (*scope.thread).lets_faults_through == 0 {
                    let_faults_through(scope.thread);
                }
            }
            Some(scope)
        }
    }

    /// Calls compiled code on the caller's stack.
    ///
    /// # Safety
    /// As [`arch::enter`]'s.
    #[inline(always)]
    pub unsafe fn run(
        &self,
        function: CompiledFunction,
        instance: *mut InstanceHeader,
        slots: *mut ValueSlot,
        activation: *mut Activation,
    ) -> u32 {
        // SAFETY: as this function's.
        unsafe { arch::enter(function, instance, slots, activation) }
    }

    /// Ends the call. What it leaves of an outermost call's stack, the next one overwrites.
    ///
    /// # Safety
    /// The store must be the one of [`enter`](Self::enter).
    #[inline(always)]
    pub unsafe fn leave(self, store: *mut Store) {
        // SAFETY: as above.
        unsafe {
            if !self.thread.is_null() {
                (*self.thread).store = self.enclosing_store;
            }
            if let Some(stack) = self.outer_stack {
                switch_back(store, stack);
            }
        }
    }
}

/// What Wasm may use of a stack below `here`.
unsafe fn stack_from(store: *const Store, here: usize) -> AddressRange {
    // SAFETY: the callers' store is live.
    let bytes = unsafe { (*store).library.stack_bytes };
    AddressRange { start: here.saturating_sub(bytes), end: here + 1 }
}

/// Begins a call within another one, whose stack is not that of `here`: returns that one, or none where
/// it is the same but used up.
#[cold]
unsafe fn switch_stack(store: *mut Store, here: usize) -> Option<AddressRange> {
    // SAFETY: the caller's store is live and this thread's.
    unsafe {
        let outer = (*store).stack.usable;
        if here < outer.start && outer.start - here < SAME_STACK_BYTES {
            return None;
        }
        (*store).library.outer_stacks += 1;
        set_stack(store, stack_from(store, here));
        Some(outer)
    }
}

#[cold]
unsafe fn switch_back(store: *mut Store, outer: AddressRange) {
    // SAFETY: the caller's store is live and this thread's.
    unsafe {
        (*store).library.outer_stacks -= 1;
        set_stack(store, outer);
    }
}

/// A fault while the signal is blocked would end the process.
#[cold]
#[inline(never)]
unsafe fn let_faults_through(thread: *mut ThreadState) {
    // SAFETY: the state is this thread's own.
    unsafe { (*thread).lets_faults_through = 1 };
    sys::unblock_signal(sys::SIGSEGV);
}

/// Tells all instances of the store, unless their call is to end.
///
/// # Safety
/// The store must be live and used by this thread alone.
#[inline]
pub(super) unsafe fn set_stack(store: *mut Store, usable: AddressRange) {
    // SAFETY: as this function's.
    unsafe {
        (*store).stack.usable = usable;
        set_limits(store, usable.start as u64);
        if (*(*store).launch.program).flags & program_flag::INTERRUPTIBLE != 0 {
            policy::keep_interruption(store);
        }
    }
}

/// Writes the limit that code compares with, of which other threads write [`INTERRUPTED`] alone.
///
/// [`INTERRUPTED`]: wasmwright_abi::instance::INTERRUPTED
///
/// # Safety
/// The store must be live.
#[inline]
pub(super) unsafe fn set_limits(store: *const Store, limit: u64) {
    // SAFETY: an instance that is not null is one.
    unsafe {
        for index in 0..(*(*store).launch.program).modules.length as usize {
            let instance = *(*store).instances.add(index);
            if !instance.is_null() {
                AtomicU64::from_ptr(&raw mut (*instance).stack_limit).store(limit, Ordering::Relaxed);
            }
        }
    }
}
