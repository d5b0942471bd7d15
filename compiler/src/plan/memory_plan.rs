//! Memories: strategy, limits, place.

use super::{InstanceModel, ModuleContext, Place};
use crate::frontend::module::{Item, Memory};
use crate::options::BoundsChecks;
use wasmwright_abi::instance::{BoundsStrategy, MEMORY_CAP_BYTES, MemoryRecord, Reservation, WideningRoom};

/// A memory.
#[derive(Clone, Copy, Debug)]
pub struct MemoryPlan {
    /// Where its record is.
    pub place: Place,
    /// How accesses are kept inside.
    pub strategy: BoundsStrategy,
    /// Address space under guard pages.
    pub reservation: Reservation,
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
    /// Whether an executed access proves that its address cannot wrap.
    pub fn is_capped(&self) -> bool {
        self.strategy == BoundsStrategy::GuardPages && self.maximum_bytes <= MEMORY_CAP_BYTES
    }
}

/// How far addresses may be widened in the memories of a program.
pub(super) fn widening_room(model: InstanceModel) -> WideningRoom {
    match model {
        InstanceModel::Static => WideningRoom::EXECUTABLE,
        InstanceModel::Passed => WideningRoom::LIBRARY,
    }
}

pub(super) fn plan(cx: &mut ModuleContext<'_, '_>) -> Vec<MemoryPlan> {
    let parsed = cx.parsed;
    let plan = |memory: &Memory| match memory.import {
        None => define(memory, cx),
        Some(position) => import(memory, position, cx),
    };
    parsed.memories.iter().map(plan).collect()
}

fn define(memory: &Memory, cx: &mut ModuleContext<'_, '_>) -> MemoryPlan {
    let place = Place::Own(cx.layout.record::<MemoryRecord>());
    let plan = of_type(memory, place, cx);
    let policy = cx.options.maximum_memory_bytes.unwrap_or(u64::MAX).max(plan.minimum_bytes);
    MemoryPlan { maximum_bytes: plan.maximum_bytes.min(policy), defined: true, ..plan }
}

/// What the type alone says.
fn of_type(memory: &Memory, place: Place, cx: &ModuleContext<'_, '_>) -> MemoryPlan {
    let ty = &memory.ty;
    let page_size_log2 = ty.page_size_log2.unwrap_or(16);
    let guarded = cx.options.bounds_checks == BoundsChecks::Guard && !ty.memory64 && page_size_log2 == 16;
    let minimum_bytes = pages_to_bytes(ty.initial, page_size_log2);
    let declared = ty.maximum.map_or(u64::MAX, |pages| pages_to_bytes(pages, page_size_log2));
    // A module whose first length lies beyond the cap gets it, and no facts are drawn from it.
    let cap = if ty.memory64 { u64::MAX } else { MEMORY_CAP_BYTES.max(minimum_bytes) };
    MemoryPlan {
        place,
        strategy: if guarded { BoundsStrategy::GuardPages } else { BoundsStrategy::Explicit },
        reservation: if guarded { Reservation::around(widening_room(cx.model)) } else { Reservation::NONE },
        index64: ty.memory64,
        page_size_log2,
        minimum_bytes,
        maximum_bytes: declared.min(cap),
        defined: false,
    }
}

/// A length in bytes, as far as there are so many.
pub fn pages_to_bytes(pages: u64, page_size_log2: u32) -> u64 {
    u64::try_from(u128::from(pages) << page_size_log2).unwrap_or(u64::MAX)
}

fn import(memory: &Memory, position: usize, cx: &mut ModuleContext<'_, '_>) -> MemoryPlan {
    let Some(definition) = cx.linked(position) else {
        let place = Place::Slot(cx.layout.slot(position));
        return of_type(memory, place, cx);
    };
    let Item::Memory(index) = definition.item else { unreachable!("imports were matched by kind") };
    let provider = cx.earlier[definition.module].memories[index.index()];
    let wanted = pages_to_bytes(memory.ty.initial, provider.page_size_log2);
    MemoryPlan {
        place: cx.imported_place(provider.place, definition.module, position),
        minimum_bytes: provider.minimum_bytes.max(wanted),
        defined: false,
        ..provider
    }
}
