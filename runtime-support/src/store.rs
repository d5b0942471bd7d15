//! The state behind instances that belong together: what start-up found, the stack on which Wasm
//! runs, the call that a trap abandons, WASI.
//!
//! There is one store in an executable, made before any Wasm code runs and never freed; in a library
//! one for each instance that the host makes.
//! Invariant: every instance's `header.store` points to it, so a host function reaches all of
//! this from the instance that called it.

use core::ffi::c_void;
use core::ptr::{null, null_mut};

use wasmwright_abi::instance::InstanceHeader;
use wasmwright_abi::program::ProgramDescriptor;

use crate::arch::AddressRange;
use crate::arena::Arena;
use crate::exception::{Heap, Trace};

/// What the kernel handed to the process, and what was compiled into it.
#[derive(Clone, Copy, Debug)]
pub struct Launch {
    /// The artifact's description.
    pub program: *const ProgramDescriptor,
    /// Number of process arguments, the program's name included.
    pub argument_count: usize,
    /// The arguments: as many pointers to strings that end in NUL, then null.
    pub arguments: *const *const u8,
    /// The environment: pointers to `NAME=VALUE` strings that end in NUL, then null.
    pub environment: *const *const u8,
    /// Size of the machine's pages.
    pub page_bytes: usize,
}

/// See the module's documentation.
#[derive(Debug)]
pub struct Store {
    /// How the process was launched.
    pub launch: Launch,
    /// The innermost call that a trap returns from; null where a trap ends the process.
    pub activation: *mut Activation,
    /// The stack on which Wasm runs.
    pub stack: WasmStack,
    /// The instances, one per module of the program; null until instantiated.
    pub instances: *mut *mut InstanceHeader,
    /// Where the runtime's own records come from.
    pub arena: Arena,
    /// The exceptions of the instances.
    pub exceptions: Heap,
    /// Where the last one was thrown.
    pub trace: Trace,
    /// State of WASI (`wasi::Context`), null where the program does not import it.
    pub wasi: *mut c_void,
    /// The status with which the guest ended itself, or a function of the host ended it.
    pub exit_status: u32,
    /// What only libraries have.
    #[cfg(not(feature = "start"))]
    pub library: crate::library::LibraryState,
}

/// A call that a trap may abandon: what `arch::enter` writes down and `arch::resume` makes the
/// processor's again. Lives on the stack of the caller.
#[repr(C)]
#[derive(Debug)]
pub struct Activation {
    /// Of the frame to return to.
    pub stack_pointer: *mut u8,
    /// Where to go on in `arch::enter`.
    pub program_counter: *const u8,
    /// The register that LLVM keeps from inline assembly: rbx, x19.
    pub reserved: usize,
    /// rbp, x29.
    pub frame_pointer: usize,
}

impl Activation {
    /// Before the call.
    pub const NONE: Self =
        Self { stack_pointer: null_mut(), program_counter: null(), reserved: 0, frame_pointer: 0 };
}

/// The Wasm stack and the guard below it. In a library, the part of the calling thread's stack that
/// Wasm may use, without a guard.
#[derive(Clone, Copy, Debug)]
pub struct WasmStack {
    /// Where nothing can be read or written: reaching it is stack overflow.
    pub guard: AddressRange,
    /// What code runs on, from its end downwards.
    pub usable: AddressRange,
}

impl Store {
    /// The program's descriptor.
    pub fn program(&self) -> &'static ProgramDescriptor {
        // SAFETY: start-up takes the address of the artifact's descriptor, a constant.
        unsafe { &*self.launch.program }
    }

    /// The store of an instance.
    ///
    /// # Safety
    /// `instance` must be one that the runtime has instantiated.
    pub unsafe fn of<'a>(instance: *mut InstanceHeader) -> &'a Store {
        // SAFETY: instantiation stores a pointer to the live store, which nothing changes while a
        // host function runs.
        unsafe { &*(*instance).store.cast::<Store>() }
    }

    /// The instance of a module of the program, null until it is made.
    pub fn instance(&self, module_index: usize) -> *mut InstanceHeader {
        debug_assert!(module_index < self.program().modules.length as usize);
        if self.instances.is_null() {
            return null_mut();
        }
        // SAFETY: start-up made room for as many instances as the program has modules.
        unsafe { *self.instances.wrapping_add(module_index) }
    }
}

/// The process's store: a trap function of the `Static` model is not told the instance, and a
/// signal handler never is.
#[cfg(feature = "start")]
static CURRENT: core::sync::atomic::AtomicPtr<Store> = core::sync::atomic::AtomicPtr::new(null_mut());

/// Makes this the store of the process.
#[cfg(feature = "start")]
pub fn set_current(store: *mut Store) {
    CURRENT.store(store, core::sync::atomic::Ordering::Release);
}

/// The store whose code runs on this thread, or null: that of the process, once start-up has made
/// it; in a library that of the innermost call from the host. There, only compiled code and what it
/// calls may ask: others have no state of the thread yet.
pub fn current() -> *mut Store {
    #[cfg(feature = "start")]
    return CURRENT.load(core::sync::atomic::Ordering::Acquire);
    #[cfg(not(feature = "start"))]
    // SAFETY: the state is this thread's own.
    return unsafe { (*crate::arch::thread_state()).store };
}
