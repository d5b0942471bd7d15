//! What the host provides becomes part of an instance: checked, then written into its slots.

use core::ptr::copy_nonoverlapping;

use wasmwright_abi::exception::TagRecord;
use wasmwright_abi::instance::{BoundsStrategy, InstanceHeader, MemoryRecord, TableRecord, TypeRecord};
use wasmwright_abi::library::{ErrorCode, HostImport, HostImportKind};
use wasmwright_abi::program::ModuleDescriptor;

use super::error::Failure;
use crate::instance::part;
use crate::store::Store;

/// Binds all imports of a module.
///
/// # Safety
/// `imports` must be null or laid out as the library's header says; what its members point to must
/// live as long as the instance.
pub unsafe fn bind(
    instance: *mut InstanceHeader,
    module: &'static ModuleDescriptor,
    imports: *const u8,
) -> Result<(), Failure> {
    // SAFETY: the offsets are the compiler's.
    unsafe {
        for import in module.host_imports.as_slice() {
            if imports.is_null() {
                return Err(missing(import));
            }
            let member = imports.add(import.member_offset as usize);
            let slot: *mut u8 = part(instance, import.slot_offset);
            if import.kind == HostImportKind::GlobalValue as u32 {
                copy_nonoverlapping(member, slot, import.detail as usize);
                continue;
            }
            let address = member.cast::<*mut u8>().read();
            if address.is_null() {
                return Err(missing(import));
            }
            check(import, address)?;
            slot.cast::<*mut u8>().write(address);
        }
    }
    Ok(())
}

/// Makes null what refers to functions of the store's instances, which soon are no more, in those
/// tables and globals of the host that they import. Other copies are for the host to think of.
///
/// # Safety
/// The instance must be one of the store, bound or not; what it imports must be live.
pub unsafe fn forget_references(
    store: *const Store,
    instance: *mut InstanceHeader,
    module: &'static ModuleDescriptor,
) {
    // SAFETY: slots are null until they are bound, and then hold what `bind` has checked.
    unsafe {
        let arena = &(*store).arena;
        for import in module.host_imports.as_slice() {
            let [is_table, is_global] = [HostImportKind::Table, HostImportKind::GlobalAddress]
                .map(|kind| import.kind == kind as u32 && import.detail != 0);
            if !is_table && !is_global {
                continue;
            }
            let bound: *mut u8 = part::<*mut u8>(instance, import.slot_offset).read();
            if bound.is_null() {
                continue;
            }
            let (places, count): (*mut u64, u64) = if is_table {
                let table = &*bound.cast::<TableRecord>();
                (table.elements, table.length)
            } else {
                (bound.cast(), 1)
            };
            for place in (0..count as usize).map(|index| places.wrapping_add(index)) {
                if arena.contains(*place as usize) {
                    *place = 0;
                }
            }
        }
    }
}

fn missing(import: &'static HostImport) -> Failure {
    failure(ErrorCode::MissingImport, import, b"` is missing")
}

fn failure(code: ErrorCode, import: &'static HostImport, why: &'static [u8]) -> Failure {
    // SAFETY: the compiler wrote the name.
    Failure::of(code, [b"the import `", unsafe { import.name.as_slice() }, why, b""])
}

/// Whether a memory, a table or a tag is such as the code expects.
unsafe fn check(import: &'static HostImport, address: *const u8) -> Result<(), Failure> {
    let incompatible = |why| Err(failure(ErrorCode::IncompatibleImport, import, why));
    let (length, maximum) = if import.kind == HostImportKind::Table as u32 {
        // SAFETY: the host got the address from a library of ours.
        let table = unsafe { &*address.cast::<TableRecord>() };
        (table.length, table.maximum)
    } else if [HostImportKind::GuardedMemory as u32, HostImportKind::ExplicitMemory as u32]
        .contains(&import.kind)
    {
        // SAFETY: as above.
        let memory = unsafe { &*address.cast::<MemoryRecord>() };
        let guarded = memory.strategy == BoundsStrategy::GuardPages as u32;
        if guarded != (import.kind == HostImportKind::GuardedMemory as u32) {
            return incompatible(b"` was made for another way of checking bounds");
        }
        if guarded
            && (memory.mapped_bytes < import.reservation.above_bytes
                || memory.reserved_below_bytes < import.reservation.below_bytes)
        {
            return incompatible(b"` has too little room around it");
        }
        if memory.page_size_log2 != import.detail {
            return incompatible(b"` has pages of another size");
        }
        (memory.length_bytes, memory.maximum_bytes)
    } else if import.kind == HostImportKind::Tag as u32 {
        // SAFETY: as above; the import's type is the compiler's.
        let is_same = unsafe { are_same((*address.cast::<TagRecord>()).ty, import.ty) };
        return if is_same { Ok(()) } else { incompatible(b"` is a tag of another type") };
    } else {
        return Ok(());
    };
    if length < import.minimum {
        return incompatible(b"` is smaller than the module demands");
    }
    if maximum > import.maximum {
        return incompatible(b"` may grow larger than the module allows");
    }
    Ok(())
}

/// Whether two types are one, be they of different libraries.
unsafe fn are_same(one: *const TypeRecord, other: *const TypeRecord) -> bool {
    // SAFETY: both are records of libraries of ours; all have the version first.
    unsafe {
        one == other || ((*one).abi_version == (*other).abi_version && (*one).identity == (*other).identity)
    }
}
