//! Memories: strategy, limits, place.

use super::imports::ImportBinding;
use super::instance_layout::Allocator;
use super::{InstanceModel, ModulePlan, Place};
use crate::frontend::ParsedModule;
use crate::frontend::module::{Item, Memory};
use crate::options::{BoundsChecks, Options};
use wasmwright_abi::instance::{BoundsStrategy, MEMORY_CAP_BYTES, MemoryRecord};

/// A memory.
#[derive(Clone, Copy, Debug)]
pub struct MemoryPlan {
    /// Where its record is.
    pub place: Place,
    /// How accesses are kept inside.
    pub strategy: BoundsStrategy,
    /// Whether addresses are 64-bit.
    pub index64: bool,
    /// log2 of the page size.
    pub page_size_log2: u32,
    /// Length at the start, and ever after at least.
    pub minimum_bytes: u64,
    /// Length at most.
    pub maximum_bytes: u64,
    /// Whether the module defines it.
    pub defined: bool,
}

impl MemoryPlan {
    /// Whether an executed access proves that its 32-bit address does not wrap by 64 KiB.
    pub fn is_capped(&self) -> bool {
        !self.index64 && self.page_size_log2 == 16 && self.maximum_bytes <= MEMORY_CAP_BYTES
    }
}

pub(super) fn plan(
    parsed: &ParsedModule<'_>,
    imports: &[ImportBinding],
    earlier: &[ModulePlan<'_>],
    options: &Options,
    model: InstanceModel,
    layout: &mut Allocator,
) -> Vec<MemoryPlan> {
    let plan = |memory: &Memory| match memory.import {
        None => define(memory, options, layout),
        Some(position) => import(memory, position, &imports[position], earlier, model, layout),
    };
    parsed.memories.iter().map(plan).collect()
}

fn define(memory: &Memory, options: &Options, layout: &mut Allocator) -> MemoryPlan {
    let ty = &memory.ty;
    let page_size_log2 = ty.page_size_log2.unwrap_or(16);
    let guarded = options.bounds_checks == BoundsChecks::Guard && !ty.memory64 && page_size_log2 == 16;
    let minimum_bytes = pages_to_bytes(ty.initial, page_size_log2);
    let declared = ty.maximum.map_or(u64::MAX, |pages| pages_to_bytes(pages, page_size_log2));
    // A module whose first length lies beyond the cap gets it, and no facts are drawn from it.
    let cap = if ty.memory64 { u64::MAX } else { MEMORY_CAP_BYTES.max(minimum_bytes) };
    let policy = options.maximum_memory_bytes.unwrap_or(u64::MAX).max(minimum_bytes);
    MemoryPlan {
        place: Place::Own(layout.record::<MemoryRecord>()),
        strategy: if guarded { BoundsStrategy::GuardPages } else { BoundsStrategy::Explicit },
        index64: ty.memory64,
        page_size_log2,
        minimum_bytes,
        maximum_bytes: declared.min(cap).min(policy),
        defined: true,
    }
}

fn pages_to_bytes(pages: u64, page_size_log2: u32) -> u64 {
    u64::try_from(u128::from(pages) << page_size_log2).unwrap_or(u64::MAX)
}

fn import(
    memory: &Memory,
    position: usize,
    binding: &ImportBinding,
    earlier: &[ModulePlan<'_>],
    model: InstanceModel,
    layout: &mut Allocator,
) -> MemoryPlan {
    let ImportBinding::Linked(definition) = binding else {
        unreachable!("only functions are provided by the host")
    };
    let Item::Memory(index) = definition.item else { unreachable!("imports were matched by kind") };
    let provider = &earlier[definition.module].memories[index.index()];
    let wanted = pages_to_bytes(memory.ty.initial, provider.page_size_log2);
    MemoryPlan {
        place: Place::imported(provider.place, definition.module, position, model, layout),
        minimum_bytes: provider.minimum_bytes.max(wanted),
        defined: false,
        ..*provider
    }
}

impl Place {
    /// The place of an import of an item that is at `own` in its provider's record.
    pub(super) fn imported(
        own: Self,
        module: usize,
        position: usize,
        model: InstanceModel,
        layout: &mut Allocator,
    ) -> Self {
        match (model, own) {
            (InstanceModel::Static, Self::Own(offset)) => Self::Other { module, offset },
            (InstanceModel::Static, other) => other,
            (InstanceModel::Passed, _) => Self::Slot(layout.slot(position)),
        }
    }
}
