//! What a library offers to its host in C besides what programs do, too ([`crate::host`]), behind the
//! names that the compiler gives it ([`wasmwright_abi::library`]): instances, their memories and tables.
//!
//! What enters: pointers that the host got from here, and what it hands over for imports. What leaves:
//! instances, results, codes. Invariants: nothing here ends the process, waits for another thread's
//! call or keeps a lock while foreign code runs; each instance has a [`Store`] of its own, so
//! instances share nothing that changes; Wasm runs on the stack of the calling thread, of which it
//! uses no more than its limit.

mod error;
mod imports;
mod objects;
mod policy;
mod processor;
mod scope;
mod wasi;

pub use policy::meant;
pub use scope::{Scope, ThreadState};

use core::ptr::{null, null_mut};
use core::sync::atomic::AtomicBool;

use wasmwright_abi::ABI_VERSION;
use wasmwright_abi::instance::{InstanceHeader, MemoryRecord, TableRecord, ValueSlot};
use wasmwright_abi::library::{Error, ErrorCode, LIMITS_OFFSET, Limits};
use wasmwright_abi::program::ProgramDescriptor;

use crate::arch::AddressRange;
use crate::arena::Arena;
use crate::call::{OnTrap, call};
use crate::exception::{Heap, Trace};
use crate::instance::{InstantiationError, initialize, part, prepare};
use crate::memory::{self, MemoryError};
use crate::store::{Launch, Store, WasmStack};
use crate::table;

use error::Failure;

/// Granularity of the runtime's mappings, a multiple of the page size of every machine.
const GRANULE_BYTES: usize = 64 << 10;

/// What only the store of a library's instance has.
#[derive(Debug)]
pub struct LibraryState {
    /// What the host allows.
    limits: Limits,
    /// How much of the calling thread's stack the next outermost call may use.
    pub stack_bytes: usize,
    /// Stacks other than `store.stack` on which calls are waiting.
    pub outer_stacks: u32,
    /// Whether another thread wants the call to end, or the next one. The only thing here that other
    /// threads touch.
    interrupted: AtomicBool,
    /// What may still be spent on instructions.
    fuel: i64,
}

impl LibraryState {
    /// Before the first call.
    pub const fn new(stack_bytes: usize) -> Self {
        Self {
            limits: Limits::NONE,
            stack_bytes,
            outer_stacks: 0,
            interrupted: AtomicBool::new(false),
            fuel: 0,
        }
    }

    /// Sets what the host allows, and `fuel` if it says nothing of that.
    fn limit(&mut self, limits: Limits, fuel: u64) {
        self.limits = limits;
        self.fuel = policy::units(if limits.fuel == 0 { fuel } else { limits.fuel });
        if limits.stack_bytes != 0 {
            self.stack_bytes = limits.stack_bytes as usize;
        }
    }
}

/// A store without instances; none if the system has no room.
///
/// # Safety
/// The descriptor must be the one of this artifact.
pub unsafe fn new_store(program: *const ProgramDescriptor) -> Option<*mut Store> {
    let mut arena = Arena::empty();
    let store: *mut Store = arena.try_allocate(size_of::<Store>())?.cast();
    // SAFETY: the descriptor is the compiler's.
    let (modules, stack_bytes) = unsafe { ((*program).modules.length as usize, (*program).stack_bytes) };
    let instances = arena.try_allocate(modules * size_of::<*mut InstanceHeader>())?.cast();
    const NOWHERE: AddressRange = AddressRange { start: 0, end: 0 };
    let launch = Launch {
        program,
        argument_count: 0,
        arguments: null(),
        environment: null(),
        page_bytes: GRANULE_BYTES,
    };
    // SAFETY: the room is new. The handler is written for any instruction of the process.
    unsafe {
        store.write(Store {
            launch,
            activation: null_mut(),
            stack: WasmStack { guard: NOWHERE, usable: NOWHERE },
            instances,
            arena,
            exceptions: Heap::EMPTY,
            trace: Trace::EMPTY,
            wasi: null_mut(),
            exit_status: 0,
            library: LibraryState::new(stack_bytes as usize),
        });
        if let Some(handle_faults) = (*program).handle_faults.filter(|_| has_guard_pages(&*program)) {
            handle_faults();
        }
    }
    Some(store)
}

/// Whether the program has memories under guard pages, or may import one.
fn has_guard_pages(program: &ProgramDescriptor) -> bool {
    // SAFETY: the descriptor is the compiler's.
    unsafe {
        program.modules.as_slice().iter().any(|module| {
            module.memories.as_slice().iter().any(|memory| memory.reservation.bytes() != 0)
                || module.host_imports.as_slice().iter().any(|import| import.reservation.bytes() != 0)
        })
    }
}

/// Gives back a store, its instances and all that they have.
///
/// # Safety
/// Nothing may use any of it any more.
unsafe fn release_store(store: *mut Store) {
    // SAFETY: the store is live; records of an instance that was prepared in part are zero.
    unsafe {
        if let Some(close) = (*store).program().library_wasi.close {
            close(store.cast());
        }
        for (index, module) in (*store).program().modules.as_slice().iter().enumerate() {
            let instance = (*store).instance(index);
            if instance.is_null() {
                continue;
            }
            imports::forget_references(store, instance, module);
            for descriptor in module.memories.as_slice() {
                let memory = &*part::<MemoryRecord>(instance, descriptor.record_offset);
                memory::release(memory, Some(descriptor));
            }
            for descriptor in module.tables.as_slice() {
                table::release(&*part::<TableRecord>(instance, descriptor.record_offset));
            }
        }
        (*store).exceptions.release_all();
        (*store).trace.release();
        let Store { arena, .. } = store.read();
        arena.release();
    }
}

/// See [`wasmwright_abi::library::FUNCTIONS`], as for all functions below.
///
/// # Safety
/// The descriptor must be the one of this artifact, the imports laid out as its header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmwright_library_instantiate(
    program: *const ProgramDescriptor,
    imports: *const u8,
    error: *mut Error,
) -> *mut InstanceHeader {
    // SAFETY: as this function's.
    match unsafe { instantiate(program, imports) } {
        Ok(instance) => instance,
        Err(failure) => {
            // SAFETY: the host's error is null or may be written.
            unsafe { failure.tell(error) };
            null_mut()
        }
    }
}

unsafe fn instantiate(
    program: *const ProgramDescriptor,
    imports: *const u8,
) -> Result<*mut InstanceHeader, Failure> {
    // SAFETY: as the caller's.
    unsafe {
        debug_assert!((*program).abi_version == ABI_VERSION);
        processor::check(&(*program).cpu)?;
        let store = new_store(program).ok_or(Failure::OUT_OF_MEMORY)?;
        (*store).library.limit(limits(imports), (*program).fuel);
        let made = fill(store, imports);
        if made.is_err() {
            release_store(store);
        }
        made
    }
}

/// What the host allows.
unsafe fn limits(imports: *const u8) -> Limits {
    if imports.is_null() {
        return Limits::NONE;
    }
    // SAFETY: the host laid the structure out as the library's header says.
    let limits = unsafe { imports.add(LIMITS_OFFSET as usize).cast::<*const Limits>().read().as_ref() };
    limits.copied().unwrap_or(Limits::NONE)
}

/// Makes the instances of a new store; the main one is the last module's.
unsafe fn fill(store: *mut Store, imports: *const u8) -> Result<*mut InstanceHeader, Failure> {
    // SAFETY: as the caller's; modules come after those that they import from.
    unsafe {
        let program = (*store).program();
        if let Some(set_up) = program.library_wasi.set_up {
            let mut failure: Option<Failure> = None;
            set_up(store.cast(), imports, (&raw mut failure).cast());
            failure.map_or(Ok(()), Err)?;
        }
        let modules = program.modules.as_slice();
        let mut instance = null_mut();
        for index in 0..modules.len() {
            instance = prepare(store, index, &(*store).library.limits)?;
        }
        for (index, module) in modules.iter().enumerate() {
            let linked = (*store).instance(index);
            (*linked).root = instance;
            (*linked).fuel = &raw mut (*store).library.fuel;
            imports::bind(linked, module, imports)?;
            initialize(store, linked, OnTrap::Return)?;
        }
        // What a reactor wants to be called before all else.
        let exports = (*(*instance).module).exports.as_slice();
        if let Some(entry) = exports.get(program.entry_export as usize).and_then(|export| export.invoke) {
            let mut slots: [ValueSlot; 1] = [[0; 2]];
            call(store, entry, instance, slots.as_mut_ptr(), OnTrap::Return)
                .map_err(InstantiationError::Abandoned)?;
        }
        Ok(instance)
    }
}

impl From<InstantiationError> for Failure {
    fn from(error: InstantiationError) -> Self {
        match error {
            InstantiationError::Memory(MemoryError::Reservation) => Failure::ADDRESS_SPACE,
            InstantiationError::Memory(MemoryError::OutOfMemory) | InstantiationError::OutOfMemory => {
                Failure::OUT_OF_MEMORY
            }
            InstantiationError::Limit(what) => {
                Failure::of(ErrorCode::Limit, [what, b" begins larger than the limits allow", b"", b""])
            }
            InstantiationError::Abandoned(code) => Failure::abandoned(code),
        }
    }
}

/// # Safety
/// The instance must be null or live, and no call of it running.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmwright_library_free(instance: *mut InstanceHeader) {
    if !instance.is_null() {
        // SAFETY: by this function's contract.
        unsafe { release_store((*instance).store.cast()) };
    }
}

/// # Safety
/// The instance must be live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmwright_library_exit_status(instance: *const InstanceHeader) -> u32 {
    // SAFETY: the store of a live instance is live.
    unsafe { (*(*instance).store.cast::<Store>()).exit_status }
}

/// # Safety
/// The instance must be live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmwright_library_set_stack_size(instance: *mut InstanceHeader, bytes: u64) {
    // SAFETY: the store of a live instance is live.
    unsafe {
        (*(*instance).store.cast::<Store>()).library.stack_bytes =
            usize::try_from(bytes).unwrap_or(usize::MAX)
    };
}

impl Failure {
    const OUT_OF_MEMORY: Self = Failure::new(ErrorCode::OutOfMemory, b"the system has no memory left");
    const ADDRESS_SPACE: Self = Failure::new(
        ErrorCode::AddressSpace,
        b"cannot reserve the address space of a memory: compile with --bounds-checks=explicit, or have \
          fewer instances",
    );
}
