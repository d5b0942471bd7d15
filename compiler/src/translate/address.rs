//! From a Wasm address to a host address. The dangerous file: a mistake here lets a module out of
//! its sandbox.
//!
//! Any change must keep: for every value of the operand, the address that results lies inside the
//! memory's reservation, or control does not get there. Under guard pages the reservation covers
//! `zext(u32) + constant offset + access` ([`Reservation`]); with explicit checks a
//! comparison with the current length comes first. Addresses are zero-extended, never
//! sign-extended; sums are 64-bit; `getelementptr` is never `inbounds`. A 64-bit address plus an
//! offset may wrap, so it is compared before anything is added.
//!
//! [`Reservation`]: wasmwright_abi::instance::Reservation

use super::function::FunctionTranslator;
use crate::ir::{Access, BasicBlock, IntPredicate, IntValue, Opcode, PointerValue, base_parameter};
use crate::plan::{PassedBase, Place};
use std::collections::VecDeque;
use std::mem::offset_of;
use wasmparser::{MemArg, MemArgTarget};
use wasmwright_abi::instance::{BoundsStrategy, MemoryRecord};
use wasmwright_abi::trap::Trap;

/// Where an access goes.
#[derive(Clone, Copy)]
pub(super) struct HostAddress<'c> {
    pub(super) pointer: PointerValue<'c>,
    pub(super) access: Access,
}

/// Addresses that were zero-extended in one block, the last few.
#[derive(Default)]
pub(super) struct Extended<'c> {
    block: Option<BasicBlock<'c>>,
    addresses: VecDeque<[IntValue<'c>; 2]>,
}

impl<'c> Extended<'c> {
    /// So many are worth a search.
    const MOST: usize = 6;

    fn find(&self, block: BasicBlock<'c>, address: IntValue<'c>) -> Option<IntValue<'c>> {
        let known = self.addresses.iter().filter(|_| self.block == Some(block));
        known.rev().find(|[narrow, _]| *narrow == address).map(|[_, wide]| *wide)
    }

    fn add(&mut self, block: BasicBlock<'c>, address: IntValue<'c>, extended: IntValue<'c>) {
        if self.block.replace(block) != Some(block) {
            self.addresses.clear();
        }
        if self.addresses.len() == Self::MOST {
            self.addresses.pop_front();
        }
        self.addresses.push_back([address, extended]);
    }
}

impl<'c> FunctionTranslator<'_, '_, 'c> {
    /// The host address of an access of `size` bytes at the address on the stack. Nothing where
    /// the access traps for certain; then control does not go on.
    pub(super) fn address(&mut self, memarg: &MemArg, size: u64) -> Option<HostAddress<'c>> {
        let MemArgTarget::Memory(memory) = memarg.target else { unreachable!("GC arrays are refused") };
        let address = self.pop_int();
        let plan = self.cx.module.memories[memory as usize];
        let end = memarg.offset.checked_add(size).filter(|&end| end <= plan.maximum_bytes);
        let Some(end) = end else {
            self.trap(Trap::MemoryOutOfBounds);
            return None;
        };
        let address = self.extended_address(address);
        if plan.strategy == BoundsStrategy::Explicit {
            self.check_bounds(memory, address, end, plan.minimum_bytes);
        }
        let base = self.memory_base(memory);
        let address = match memarg.offset {
            0 => address,
            offset => self.b.int(Opcode::Add, address, self.b.i64(offset)),
        };
        let access = if plan.is_capped() { Access::CappedMemory } else { Access::Memory };
        Some(HostAddress { pointer: self.b.offset(base, address), access })
    }

    /// An address in 64 bits. What is accessed once is accessed again soon.
    fn extended_address(&mut self, address: IntValue<'c>) -> IntValue<'c> {
        let here = self.b.current();
        if let Some(extended) = self.extended.find(here, address) {
            return extended;
        }
        let extended = self.b.extend(address);
        self.extended.add(here, address, extended);
        extended
    }

    /// Traps unless `address + end` is within the memory, without computing that sum: one
    /// comparison.
    fn check_bounds(&mut self, memory: u32, address: IntValue<'c>, end: u64, minimum_bytes: u64) {
        let length = self.memory_length(memory);
        let beyond = if end <= minimum_bytes {
            // A memory never shrinks below its minimum: the difference does not wrap.
            let last = self.b.int(Opcode::Sub, length, self.b.i64(end));
            self.b.compare(IntPredicate::UGT, address, last)
        } else {
            // The first address that is beyond, which is 0 where the memory is too short for any.
            let operands = [length.into(), self.b.i64(end - 1).into()];
            let module = &self.cx.unit.module;
            let ty = self.b.types.i64.into();
            let first = self.b.intrinsic(module, "llvm.usub.sat", &[ty], &operands).into_int_value();
            self.b.compare(IntPredicate::UGE, address, first)
        };
        self.trap_if(beyond, Trap::MemoryOutOfBounds);
    }

    /// The current length of a memory in bytes.
    pub(super) fn memory_length(&self, memory: u32) -> IntValue<'c> {
        let field = self.memory_field(memory, offset_of!(MemoryRecord, length_bytes));
        self.b.load(self.b.types.i64, field, 8, Access::Record).into_int_value()
    }

    /// The address of byte 0 of a memory. Under guard pages it never changes: it is a parameter or loaded
    /// once, in the entry block; else it is loaded again wherever it may have changed.
    pub(super) fn memory_base(&mut self, memory: u32) -> PointerValue<'c> {
        if self.cx.module.memories[memory as usize].strategy == BoundsStrategy::Explicit {
            return self.load_base(self.memory_record(memory), Access::Record);
        }
        if let Some(base) = self.memory_bases[memory as usize] {
            return base;
        }
        let passed = self.cx.program.passed_base.filter(|passed| passed.is_of(self.cx.module, memory));
        let base = match passed {
            Some(passed) => self.base_at(passed),
            None => self.load_at_entry(self.cx.module.memories[memory as usize].place),
        };
        self.memory_bases[memory as usize] = Some(base);
        base
    }

    /// What calls of compiled functions hand over as the base of a memory, if they do.
    pub(super) fn passed_base(&mut self) -> Option<PointerValue<'c>> {
        self.cx.program.passed_base.map(|passed| self.base_at(passed))
    }

    /// The base that is passed: a parameter of compiled functions. Others load it.
    fn base_at(&mut self, passed: PassedBase) -> PointerValue<'c> {
        if let Some(base) = self.passed_base {
            return base;
        }
        let base = base_parameter(self.function).unwrap_or_else(|| self.load_at_entry(passed.place));
        self.passed_base = Some(base);
        base
    }

    /// Loads, in the entry block, a base that never changes.
    fn load_at_entry(&self, memory: Place) -> PointerValue<'c> {
        let here = self.b.current();
        self.b.position(self.entry);
        let base = self.load_base(self.place(memory), Access::Invariant);
        self.b.position(here);
        base
    }

    fn load_base(&self, record: PointerValue<'c>, access: Access) -> PointerValue<'c> {
        let field = self.b.field(record, offset_of!(MemoryRecord, base) as u64);
        self.b.load(self.b.types.pointer, field, 8, access).into_pointer_value()
    }

    fn memory_field(&self, memory: u32, offset: usize) -> PointerValue<'c> {
        self.b.field(self.memory_record(memory), offset as u64)
    }

    /// The record of a memory.
    pub(super) fn memory_record(&self, memory: u32) -> PointerValue<'c> {
        self.place(self.cx.module.memories[memory as usize].place)
    }
}
