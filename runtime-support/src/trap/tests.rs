//! Protected calls in a process that has a runtime of its own (the tests'): traps return from the
//! call, faults too, and the stack is back where it was.

use core::mem::offset_of;
use core::ptr::{null, null_mut};

use wasmwright_abi::instance::{
    BoundsStrategy, InstanceHeader, MemoryRecord, Reservation, ValueSlot, WideningRoom,
};
use wasmwright_abi::library::Limits;
use wasmwright_abi::program::{ConstSlice, CpuNeeds, MemoryDescriptor, ModuleDescriptor, ProgramDescriptor};

use super::*;
use crate::call::{OnTrap, call};
use crate::instance::{self, prepare};
use crate::library;

#[repr(C)]
struct Instance {
    header: InstanceHeader,
    memory: MemoryRecord,
    initialized: u64,
}

const fn constants<T>(items: &'static [T]) -> ConstSlice<T> {
    ConstSlice { start: items.as_ptr(), length: items.len() as u64 }
}

#[repr(transparent)]
struct Constant<T>(T);

// SAFETY: nothing writes it.
unsafe impl<T> Sync for Constant<T> {}

static MEMORIES: Constant<[MemoryDescriptor; 1]> = Constant([MemoryDescriptor {
    record_offset: offset_of!(Instance, memory) as u64,
    minimum_bytes: 64 << 10,
    maximum_bytes: 64 << 10,
    page_size_log2: 16,
    strategy: BoundsStrategy::GuardPages as u32,
    reservation: Reservation::around(WideningRoom::LIBRARY),
    images: constants(&[]),
}]);

static MODULES: Constant<[ModuleDescriptor; 1]> = Constant([ModuleDescriptor {
    name: constants(b"test"),
    instance: null_mut(),
    instance_bytes: size_of::<Instance>() as u64,
    host_memory_offset: offset_of!(Instance, memory) as u64,
    host_memory_is_import: 0,
    memories: constants(&MEMORIES.0),
    tables: constants(&[]),
    tags: constants(&[]),
    segments: constants(&[]),
    function_references: constants(&[]),
    function_references_offset: 0,
    imports: constants(&[]),
    host_imports: constants(&[]),
    exports: constants(&[]),
    initialize: Some(initialize),
}]);

static PROGRAM: Constant<ProgramDescriptor> = Constant(ProgramDescriptor {
    abi_version: wasmwright_abi::ABI_VERSION,
    flags: 0,
    entry_module: 0,
    entry_export: 0,
    cpu: CpuNeeds::NONE,
    entry: None,
    wasi_setup: None,
    library_wasi: wasmwright_abi::program::LibraryWasi::NONE,
    handle_faults: Some(super::signal::wasmwright_library_handle_faults),
    stack_bytes: 1 << 20,
    fuel: 0,
    modules: constants(&MODULES.0),
    grants: constants(&[]),
    backtrace: None,
    trap_table: constants(&[]),
    code: constants(&[]),
    write_profile: None,
    profile: null(),
});

#[unsafe(link_section = "wasm_text")]
unsafe extern "C" fn initialize(instance: *mut InstanceHeader) {
    // SAFETY: the instance is an `Instance`.
    unsafe { (*instance.cast::<Instance>()).initialized += 1 };
}

/// What compiled code may do; the first slot says which.
#[unsafe(link_section = "wasm_text")]
unsafe extern "C" fn execute(instance: *mut InstanceHeader, slots: *mut ValueSlot) {
    // SAFETY: called with an `Instance` and three slots.
    unsafe {
        let memory = (*instance).memory;
        let [what, argument] = *slots;
        match what {
            0 => (*slots)[0] = address_of_a_local(),
            1 => wasmwright_trap_integer_overflow(instance),
            2 => (*slots)[0] = (*memory).base.wrapping_add(argument as usize).read_volatile().into(),
            3 => (*slots)[0] = recurse(argument, instance),
            // A call in a call: the inner trap must not end the outer one.
            _ => {
                let inner = slots.add(1);
                *inner = [argument, 1 << 20];
                let outcome = call((*instance).store.cast(), execute, instance, inner, OnTrap::Return);
                (*slots)[0] = outcome.err().map_or(0, u64::from);
            }
        }
    }
}

fn address_of_a_local() -> u64 {
    let local = 0u8;
    (&raw const local) as u64
}

#[inline(never)]
#[unsafe(link_section = "wasm_text")]
fn recurse(depth: u64, instance: *mut InstanceHeader) -> u64 {
    // SAFETY: the instance is live; its code may trap.
    unsafe {
        if address_of_a_local() < (*instance).stack_limit {
            wasmwright_trap_stack_overflow(instance);
        }
    }
    match core::hint::black_box(depth) {
        0 => 0,
        depth => core::hint::black_box(recurse(depth - 1, instance)) + 1,
    }
}

#[test]
fn a_trap_returns_from_the_innermost_protected_call() {
    // SAFETY: the store is live until the end, `execute` code for the instance.
    unsafe {
        let store = library::new_store(&PROGRAM.0).expect("the system has memory");
        let instance = prepare(store, 0, &Limits::NONE).expect("the system has memory");
        instance::initialize(store, instance, OnTrap::Return).expect("it does not trap");
        assert_eq!((*instance.cast::<Instance>()).initialized, 1);
        assert_eq!((*instance).store, store.cast());
        assert_eq!((*store).instance(0), instance);

        let execute = |what: u64, argument: u64| {
            let mut slots = [[what, argument], [0; 2], [0; 2]];
            let outcome = call(store, execute, instance, slots.as_mut_ptr(), OnTrap::Return);
            assert!((*store).activation.is_null());
            outcome.map(|()| slots[0][0])
        };
        let local = execute(0, 0).expect("no trap");
        let here = address_of_a_local();
        assert!(local < here && here - local < 64 << 10, "not on the stack of this thread: {local:#x}");
        for _ in 0..3 {
            assert_eq!(execute(1, 0), Err(Trap::IntegerOverflow as u32));
            assert_eq!(execute(2, 70_000), Err(Trap::MemoryOutOfBounds as u32));
            assert_eq!(execute(2, 1 << 33), Err(Trap::MemoryOutOfBounds as u32));
            assert_eq!(execute(2, 100), Ok(0));
            assert_eq!(execute(3, u64::MAX), Err(Trap::StackOverflow as u32));
            assert_eq!(execute(3, 100), Ok(100));
            assert_eq!(execute(4, 1), Ok(Trap::IntegerOverflow as u64));
            assert_eq!(execute(4, 2), Ok(Trap::MemoryOutOfBounds as u64));
            assert_eq!(execute(4, 3), Ok(Trap::StackOverflow as u64));
            assert_eq!(execute(4, 0), Ok(0));
        }
    }
}
