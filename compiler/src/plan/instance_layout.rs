//! Offsets in the instance record: the header of the ABI, arguments in memory, then the parts that
//! the module needs.

use super::{FunctionPlan, FunctionTarget, InstanceModel, MemoryImage};
use crate::frontend::index::FuncIndex;
use std::collections::BTreeMap;
use std::mem::size_of;
use wasmwright_abi::instance::{ARGUMENTS_OFFSET, FunctionReference, ValueSlot};

/// Where the parts of an instance record are that no other plan knows.
#[derive(Debug, Default)]
pub struct InstanceLayout {
    /// Size of the record in bytes.
    pub bytes: u64,
    /// Import slots by position of the import (`Passed`).
    pub slots: BTreeMap<usize, u64>,
    /// Offset of the first function reference (`Passed`).
    pub function_references: u64,
    /// Functions with a reference in the record, in its order (`Passed`).
    pub referenced: Vec<FuncIndex>,
    /// Initial contents of the memories that the module defines, by `MemoryIndex`.
    pub memory_images: Vec<Vec<MemoryImage>>,
}

impl InstanceLayout {
    /// Offset of the reference to a function that has one in the record.
    pub fn function_reference(&self, function: FuncIndex) -> Option<u64> {
        let position = self.referenced.binary_search(&function).ok()?;
        Some(self.function_references + position as u64 * size_of::<FunctionReference>() as u64)
    }
}

/// Hands out room in the record.
pub struct Allocator {
    bytes: u64,
    slots: BTreeMap<usize, u64>,
}

impl Allocator {
    /// A record with so many slots for arguments.
    pub(super) fn new(argument_slots: u64) -> Self {
        let bytes = ARGUMENTS_OFFSET + argument_slots * size_of::<ValueSlot>() as u64;
        Self { bytes, slots: BTreeMap::new() }
    }

    /// Room for that many bytes at a multiple of `align`.
    pub(super) fn room(&mut self, bytes: u64, align: u64) -> u64 {
        let offset = self.bytes.next_multiple_of(align);
        self.bytes = offset + bytes;
        offset
    }

    /// Room for a structure of the ABI.
    pub(super) fn record<T>(&mut self) -> u64 {
        self.room(size_of::<T>() as u64, align_of::<T>() as u64)
    }

    /// The slot of the import at that position.
    pub(super) fn slot(&mut self, position: usize) -> u64 {
        if let Some(&offset) = self.slots.get(&position) {
            return offset;
        }
        let offset = self.record::<u64>();
        self.slots.insert(position, offset);
        offset
    }

    pub(super) fn finish(
        mut self,
        functions: &[FunctionPlan],
        memory_images: Vec<Vec<MemoryImage>>,
        model: InstanceModel,
    ) -> InstanceLayout {
        let own = |(_, function): &(usize, &FunctionPlan)| {
            function.referenced && !matches!(function.target, FunctionTarget::Linked { .. })
        };
        let referenced: Vec<FuncIndex> = match model {
            InstanceModel::Static => Vec::new(),
            InstanceModel::Passed => {
                functions.iter().enumerate().filter(own).map(|(index, _)| index.into()).collect()
            }
        };
        let bytes = (referenced.len() * size_of::<FunctionReference>()) as u64;
        let function_references = self.room(bytes, 8);
        InstanceLayout {
            bytes: self.bytes.next_multiple_of(16),
            slots: self.slots,
            function_references,
            referenced,
            memory_images,
        }
    }
}
