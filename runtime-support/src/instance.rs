//! Instantiation: a module's descriptor becomes a live instance.
//!
//! What enters: the store and the index of a module whose imports are instantiated. What leaves:
//! the instance, recorded in the store, its memories and tables made, its imports bound, its
//! segments and function references written, its `initialize` run. Both instance models pass
//! through here; what a model computed at link time is an empty list in the descriptor.

use core::ptr::null_mut;

use wasmwright_abi::exception::TagRecord;
use wasmwright_abi::instance::{FunctionReference, InstanceHeader, MemoryRecord, SegmentRecord, TableRecord};
use wasmwright_abi::library::Limits;
use wasmwright_abi::program::{ConstSlice, InitializeFunction, ModuleDescriptor, SegmentDescriptor};
use wasmwright_abi::trap::{TRAP_EXIT_STATUS, Trap};

use crate::arch::CompiledFunction;
use crate::call::{OnTrap, call};
use crate::memory::{self, MemoryError};
use crate::store::Store;
use crate::{sys, table};

/// Why there is no instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InstantiationError {
    /// A memory could not be made.
    Memory(MemoryError),
    /// The record or a table could not be made.
    OutOfMemory,
    /// This begins larger than the host allows.
    Limit(&'static [u8]),
    /// A segment or the start function trapped, or a function of the host abandoned it: with this
    /// code. What it wrote before is written.
    Abandoned(u32),
}

impl InstantiationError {
    /// Ends the process with a message that says what to do.
    #[cold]
    pub fn fail(self) -> ! {
        match self {
            Self::Memory(MemoryError::Reservation) => sys::fail(&[
                b"cannot reserve the address space of a memory (a limit such as `ulimit -v`?): ",
                b"compile with --bounds-checks=explicit",
            ]),
            Self::Memory(MemoryError::OutOfMemory) => {
                sys::fail(&[b"the system has no room for the initial memory"])
            }
            Self::OutOfMemory => sys::fail(&[b"the system has no room for the instance"]),
            Self::Limit(what) => sys::fail(&[what, b" begins larger than the limits allow"]),
            Self::Abandoned(code) => match Trap::from_code(code) {
                Some(trap) => crate::trap::report_late(trap),
                None => sys::exit_process(TRAP_EXIT_STATUS),
            },
        }
    }
}

/// Makes the instance of a module of the store's program: all but what the host provides, and before
/// any code of the module runs.
///
/// # Safety
/// The store must be live, the modules that this one imports from prepared, this one not.
pub unsafe fn prepare(
    store: *mut Store,
    module_index: usize,
    limits: &Limits,
) -> Result<*mut InstanceHeader, InstantiationError> {
    // SAFETY: the descriptor is the compiler's; each step has what the ones before it made.
    unsafe {
        let module = &*(*store).program().modules.start.add(module_index);
        let instance = record_of(store, module)?;
        *(*store).instances.add(module_index) = instance;
        create_memories_and_tables(instance, module, limits)?;
        bind_imports(store, instance, module);
        write_function_references(instance, module);
        for tag in module.tags.as_slice() {
            let name = ConstSlice { start: tag.name.start, length: tag.name.length };
            part::<TagRecord>(instance, tag.record_offset).write(TagRecord {
                ty: tag.ty,
                name,
                value_count: tag.value_count,
            });
        }
        for segment in module.segments.as_slice() {
            write_segment(instance, module, segment);
        }
        (*instance).store = store.cast();
        (*instance).module = module;
        Ok(instance)
    }
}

/// Runs what the module wants to be run first.
///
/// # Safety
/// The instance must have come from [`prepare`] and have all that the host provides.
pub unsafe fn initialize(
    store: *mut Store,
    instance: *mut InstanceHeader,
    on_trap: OnTrap,
) -> Result<(), InstantiationError> {
    // SAFETY: the descriptor is the compiler's.
    unsafe {
        let module = &*(*instance).module;
        (*instance).memory = host_memory(instance, module);
        let Some(initialize) = module.initialize else { return Ok(()) };
        let done = call(store, as_compiled(initialize), instance, null_mut(), on_trap);
        done.map_err(InstantiationError::Abandoned)
    }
}

/// The record of a static instance, or zeroed room for a new one.
unsafe fn record_of(
    store: *mut Store,
    module: &ModuleDescriptor,
) -> Result<*mut InstanceHeader, InstantiationError> {
    if !module.instance.is_null() {
        return Ok(module.instance);
    }
    // SAFETY: the store is live.
    let room = unsafe { (*store).arena.try_allocate(module.instance_bytes as usize) };
    room.map(<*mut u8>::cast).ok_or(InstantiationError::OutOfMemory)
}

/// A part of an instance, by its offset.
///
/// # Safety
/// The offset must be one that the compiler laid out for a `T`.
pub unsafe fn part<T>(instance: *mut InstanceHeader, offset: u64) -> *mut T {
    // SAFETY: it lies in the instance's record.
    unsafe { instance.byte_add(offset as usize).cast() }
}

unsafe fn create_memories_and_tables(
    instance: *mut InstanceHeader,
    module: &ModuleDescriptor,
    limits: &Limits,
) -> Result<(), InstantiationError> {
    let or_none = |limit: u64| if limit == 0 { u64::MAX } else { limit };
    let (memory_bytes, table_elements) = (or_none(limits.memory_bytes), or_none(limits.table_elements));
    // SAFETY: the offsets are the compiler's, and the instance is new.
    unsafe {
        for descriptor in module.memories.as_slice() {
            if descriptor.minimum_bytes > memory_bytes {
                return Err(InstantiationError::Limit(b"a memory"));
            }
            let memory = part::<MemoryRecord>(instance, descriptor.record_offset);
            memory::create(memory, descriptor).map_err(InstantiationError::Memory)?;
            (*memory).maximum_bytes = (*memory).maximum_bytes.min(memory_bytes);
        }
        for descriptor in module.tables.as_slice() {
            if descriptor.minimum > table_elements {
                return Err(InstantiationError::Limit(b"a table"));
            }
            let table = part::<TableRecord>(instance, descriptor.record_offset);
            if !table::create(table, descriptor) {
                return Err(InstantiationError::OutOfMemory);
            }
            (*table).maximum = (*table).maximum.min(table_elements);
        }
    }
    Ok(())
}

unsafe fn bind_imports(store: *mut Store, instance: *mut InstanceHeader, module: &ModuleDescriptor) {
    // SAFETY: providers are instantiated before the modules that import from them.
    unsafe {
        for import in module.imports.as_slice() {
            let provider = *(*store).instances.add(import.provider as usize);
            part::<*mut u8>(instance, import.slot_offset).write(part(provider, import.provider_offset));
        }
    }
}

unsafe fn write_function_references(instance: *mut InstanceHeader, module: &ModuleDescriptor) {
    // SAFETY: the compiler left room for as many references at the offset.
    unsafe {
        let mut reference: *mut FunctionReference = part(instance, module.function_references_offset);
        for descriptor in module.function_references.as_slice() {
            let (code, type_id) = (descriptor.code, descriptor.type_id);
            reference.write(FunctionReference { code, type_id, instance });
            reference = reference.add(1);
        }
    }
}

unsafe fn write_segment(
    instance: *mut InstanceHeader,
    module: &ModuleDescriptor,
    segment: &SegmentDescriptor,
) {
    // SAFETY: offsets and lengths are the compiler's.
    unsafe {
        let mut start = segment.start;
        if segment.elements_offset != u64::MAX {
            let elements: *mut u64 = part(instance, segment.elements_offset);
            let references: *mut FunctionReference = part(instance, module.function_references_offset);
            for index in 0..segment.length as usize {
                let element = match segment.start.cast::<u32>().add(index).read_unaligned() {
                    0 => 0,
                    number => references.add(number as usize - 1) as u64,
                };
                elements.add(index).write(element);
            }
            start = elements.cast();
        }
        let record = SegmentRecord { start, length: segment.length };
        part::<SegmentRecord>(instance, segment.record_offset).write(record);
    }
}

/// The memory that host functions use, as the descriptor says.
unsafe fn host_memory(instance: *mut InstanceHeader, module: &ModuleDescriptor) -> *mut MemoryRecord {
    if module.host_memory_offset == u64::MAX {
        return null_mut();
    }
    // SAFETY: the offset is that of a record, or of a slot that points to one.
    unsafe {
        if module.host_memory_is_import != 0 {
            *part::<*mut MemoryRecord>(instance, module.host_memory_offset)
        } else {
            part(instance, module.host_memory_offset)
        }
    }
}

/// A function of the instance alone, as [`call`] takes it.
fn as_compiled(initialize: InitializeFunction) -> CompiledFunction {
    // SAFETY: in the C convention of both processors a function does not see an argument beyond
    // its own.
    unsafe { core::mem::transmute::<InitializeFunction, CompiledFunction>(initialize) }
}
