//! Around a call from the host: which part of the thread's stack Wasm may use, and what a signal
//! handler on this thread needs to know.
//!
//! Compiled code compares its stack pointer with the limit in the instance's record. The limit is set
//! by the outermost call, [`LibraryState::stack_bytes`](super::LibraryState) below it, and stays for
//! calls within calls. So Wasm never uses up the thread's stack, and the handler, what the runtime
//! does, and functions of the host find room below the limit.

use core::ptr::null_mut;
use core::sync::atomic::{AtomicU64, Ordering};

use wasmwright_abi::program::program_flag;

use super::policy;
use crate::arch::{self, AddressRange};
use crate::store::Store;
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
    #[inline]
    pub unsafe fn enter(store: *mut Store, here: usize) -> Option<Self> {
        // SAFETY: the thread's state is its own; the store is this thread's.
        unsafe {
            let stack = (*store).stack.usable;
            let mut outer_stack = None;
            if !stack.contains(here) {
                let is_nested = !(*store).activation.is_null();
                if is_nested && here < stack.start && stack.start - here < SAME_STACK_BYTES {
                    return None;
                }
                outer_stack = Some(stack);
                (*store).library.outer_stacks += u32::from(is_nested);
                let start = here.saturating_sub((*store).library.stack_bytes);
                set_stack(store, AddressRange { start, end: here + 1 });
            }
            let thread = arch::thread_state();
            let enclosing_store = (*thread).store;
            (*thread).store = store;
            if (*thread).lets_faults_through == 0 {
                (*thread).lets_faults_through = 1;
                if (*(*store).launch.program).handle_faults.is_some() {
                    sys::unblock_signal(sys::SIGSEGV);
                }
            }
            Some(Self { thread, enclosing_store, outer_stack })
        }
    }

    /// Wasm runs on the caller's stack.
    pub fn stack_top(&self) -> *mut u8 {
        null_mut()
    }

    /// Ends the call.
    ///
    /// # Safety
    /// The store must be the one of [`enter`](Self::enter).
    #[inline]
    pub unsafe fn leave(self, store: *mut Store) {
        // SAFETY: as above.
        unsafe {
            (*self.thread).store = self.enclosing_store;
            if let Some(stack) = self.outer_stack {
                (*store).library.outer_stacks -= u32::from(!(*store).activation.is_null());
                set_stack(store, stack);
            }
        }
    }
}

/// Tells all instances of the store, unless their call is to end.
///
/// # Safety
/// The store must be live and used by this thread alone.
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
