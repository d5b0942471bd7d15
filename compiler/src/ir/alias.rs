//! What an access touches, told to LLVM as type-based alias metadata.
//!
//! Invariant: two kinds of [`Access`] never touch the same byte, but for [`Access::Any`]. Memories are one
//! kind, because two memory indices may name one memory.

use inkwell::context::Context;
use inkwell::values::{InstructionValue, MetadataValue};

/// What an access touches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Bytes of a linear memory.
    Memory,
    /// Bytes of a linear memory from whose executed accesses facts about addresses follow: see
    /// `passes/memory_access.cpp`, which knows it by its name.
    CappedMemory,
    /// A record in an instance: base, lengths, segments.
    Record,
    /// Something that never changes once code can see it.
    Invariant,
    /// A global.
    Global,
    /// An element of a table.
    Element,
    /// The runtime's and the caller's own: value slots, results.
    Slot,
    /// What may still be spent on instructions.
    Fuel,
    /// Anything: where a pointer of the host's points, which may be a global.
    Any,
}

/// The metadata of one context.
#[derive(Debug)]
pub struct AliasMetadata<'c> {
    tags: [MetadataValue<'c>; 7],
    invariant: MetadataValue<'c>,
    tbaa_kind: u32,
    invariant_kind: u32,
}

impl<'c> AliasMetadata<'c> {
    pub(super) fn new(context: &'c Context) -> Self {
        let root = context.metadata_node(&[context.metadata_string("wasmwright").into()]);
        let zero = context.i64_type().const_zero();
        let kind = |name, parent: MetadataValue<'c>| {
            context.metadata_node(&[context.metadata_string(name).into(), parent.into(), zero.into()])
        };
        let memory = kind("memory", root);
        let tag = |kind: MetadataValue<'c>| context.metadata_node(&[kind.into(), kind.into(), zero.into()]);
        // The one memory is a kind of the other: two names of one memory alias.
        let kinds = [
            memory,
            kind("record", root),
            kind("global", root),
            kind("element", root),
            kind("slot", root),
            kind("capped memory", memory),
            kind("fuel", root),
        ];
        Self {
            tags: kinds.map(tag),
            invariant: context.metadata_node(&[]),
            tbaa_kind: context.get_kind_id("tbaa"),
            invariant_kind: context.get_kind_id("invariant.load"),
        }
    }

    /// Marks a load or store.
    pub(super) fn mark(&self, instruction: InstructionValue<'c>, access: Access) {
        let tag = match access {
            Access::Memory => 0,
            Access::Record | Access::Invariant => 1,
            Access::Global => 2,
            Access::Element => 3,
            Access::Slot => 4,
            Access::CappedMemory => 5,
            Access::Fuel => 6,
            Access::Any => return,
        };
        set(instruction, self.tags[tag], self.tbaa_kind);
        if access == Access::Invariant {
            set(instruction, self.invariant, self.invariant_kind);
        }
    }
}

fn set<'c>(instruction: InstructionValue<'c>, metadata: MetadataValue<'c>, kind: u32) {
    instruction.set_metadata(metadata, kind).expect("a node is metadata for an instruction");
}
