//! `memory.copy`, `memory.fill`, `memory.init`, `data.drop`.
//!
//! Bounds are checked in full before the first byte is written, whatever the memory's strategy:
//! a bulk operation that traps writes nothing.

use super::function::FunctionTranslator;
use crate::frontend::index::DataIndex;
use crate::ir::{Access, IntPredicate, IntValue, Opcode, PointerValue};
use std::mem::offset_of;
use wasmwright_abi::instance::SegmentRecord;
use wasmwright_abi::trap::Trap;

impl<'c> FunctionTranslator<'_, '_, 'c> {
    /// The top of the stack as a 64-bit length or index.
    pub(super) fn pop_index(&mut self) -> IntValue<'c> {
        let value = self.pop_int();
        self.b.extend(value)
    }

    pub(super) fn memory_copy(&mut self, to: u32, from: u32) {
        let count = self.pop_index();
        let source = self.pop_index();
        let target = self.pop_index();
        let target = self.range(to, target, count);
        let source = self.range(from, source, count);
        self.b.memmove(target, source, count);
    }

    pub(super) fn memory_fill(&mut self, memory: u32) {
        let count = self.pop_index();
        let value = self.pop();
        let target = self.pop_index();
        let target = self.range(memory, target, count);
        let byte = self.b.cast(Opcode::Trunc, value, self.b.types.i8).into_int_value();
        self.b.memset(target, byte, count);
    }

    pub(super) fn memory_init(&mut self, memory: u32, segment: u32) {
        let count = self.pop_index();
        let source = self.pop_index();
        let target = self.pop_index();
        let record = self.data_record(segment);
        let length = self.b.field(record, offset_of!(SegmentRecord, length) as u64);
        let length = self.b.load(self.b.types.i64, length, 8, Access::Record).into_int_value();
        self.check_range(source, count, length, Trap::MemoryOutOfBounds);
        let target = self.range(memory, target, count);
        let start = self.b.field(record, offset_of!(SegmentRecord, start) as u64);
        let start = self.b.load(self.b.types.pointer, start, 8, Access::Record).into_pointer_value();
        let source = self.b.offset(start, source);
        self.b.memcpy(target, source, count);
    }

    /// Applies an active segment.
    pub(super) fn copy_segment(
        &mut self,
        memory: u32,
        start: IntValue<'c>,
        bytes: PointerValue<'c>,
        count: u64,
    ) {
        let count = self.b.i64(count);
        let target = self.range(memory, start, count);
        self.b.memcpy(target, bytes, count);
    }

    pub(super) fn data_drop(&mut self, segment: u32) {
        let record = self.data_record(segment);
        self.drop_segment(record);
    }

    /// A dropped segment has no elements and no bytes.
    pub(super) fn drop_segment(&self, record: PointerValue<'c>) {
        let length = self.b.field(record, offset_of!(SegmentRecord, length) as u64);
        self.b.store(self.b.i64(0).into(), length, 8, Access::Record);
    }

    fn data_record(&self, segment: u32) -> PointerValue<'c> {
        let plan = &self.cx.module.data[DataIndex(segment).index()];
        self.b.field(self.instance(), plan.record.expect("a segment that instructions name has a record"))
    }

    /// The host address of a range of a memory, which must lie inside it.
    fn range(&mut self, memory: u32, start: IntValue<'c>, count: IntValue<'c>) -> PointerValue<'c> {
        let length = self.memory_length(memory);
        self.check_range(start, count, length, Trap::MemoryOutOfBounds);
        let base = self.memory_base(memory);
        self.b.offset(base, start)
    }

    /// Traps unless `start + count <= length`, without computing that sum, which may wrap.
    fn check_range(&mut self, start: IntValue<'c>, count: IntValue<'c>, length: IntValue<'c>, trap: Trap) {
        let too_long = self.b.compare(IntPredicate::UGT, count, length);
        self.trap_if(too_long, trap);
        let last = self.b.int(Opcode::Sub, length, count);
        let beyond = self.b.compare(IntPredicate::UGT, start, last);
        self.trap_if(beyond, trap);
    }
}
