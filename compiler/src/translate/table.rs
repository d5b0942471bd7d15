//! Tables: elements, sizes, bulk operations.

use super::function::FunctionTranslator;
use crate::frontend::index::{ElemIndex, TableIndex};
use crate::ir::{Access, IntPredicate, IntValue, Opcode, PointerValue, Value};
use crate::plan::symbols;
use std::mem::offset_of;
use wasmwright_abi::instance::TableRecord;
use wasmwright_abi::runtime_function::RuntimeFunction;
use wasmwright_abi::trap::Trap;

impl<'c> FunctionTranslator<'_, '_, 'c> {
    pub(super) fn table_get(&mut self, table: u32) {
        let index = self.pop_int();
        let value = self.element(TableIndex(table), index, Trap::TableOutOfBounds);
        self.push(value);
    }

    pub(super) fn table_set(&mut self, table: u32) {
        let value = self.pop();
        let index = self.pop_int();
        let place = self.element_place(TableIndex(table), index, Trap::TableOutOfBounds);
        self.b.store(value, place, 8, Access::Element);
    }

    /// Loads an element; traps where there is none.
    pub(super) fn element(&mut self, table: TableIndex, index: IntValue<'c>, trap: Trap) -> Value<'c> {
        let place = self.element_place(table, index, trap);
        let constant = self.cx.module.tables[table.index()].constant;
        let access = if constant { Access::Invariant } else { Access::Element };
        self.b.load(self.b.types.pointer, place, 8, access)
    }

    fn element_place(&mut self, table: TableIndex, index: IntValue<'c>, trap: Trap) -> PointerValue<'c> {
        let (elements, length) = self.elements(table);
        let index = self.within(index, length, trap);
        self.indexed(elements, index)
    }

    /// An index below the length; a trap where it is not.
    pub(super) fn within(&mut self, index: IntValue<'c>, length: IntValue<'c>, trap: Trap) -> IntValue<'c> {
        let index = self.b.extend(index);
        let beyond = self.b.compare(IntPredicate::UGE, index, length);
        self.trap_if(beyond, trap);
        index
    }

    /// A place in an array of addresses.
    pub(super) fn indexed(&self, array: PointerValue<'c>, index: IntValue<'c>) -> PointerValue<'c> {
        self.b.offset(array, self.b.int(Opcode::Shl, index, self.b.i64(3)))
    }

    /// The elements of a table and their number.
    pub(super) fn elements(&self, table: TableIndex) -> (PointerValue<'c>, IntValue<'c>) {
        let plan = &self.cx.module.tables[table.index()];
        if plan.constant {
            let symbol = symbols::table(self.cx.module.index, table);
            let elements = self.cx.unit.symbol(&symbol, 8 * plan.minimum, symbols::alignment::RECORD, false);
            return (elements, self.b.i64(plan.minimum));
        }
        let elements = self.table_field(table, offset_of!(TableRecord, elements));
        let elements = self.b.load(self.b.types.pointer, elements, 8, Access::Record);
        (elements.into_pointer_value(), self.table_length(table))
    }

    pub(super) fn table_length(&self, table: TableIndex) -> IntValue<'c> {
        let field = self.table_field(table, offset_of!(TableRecord, length));
        self.b.load(self.b.types.i64, field, 8, Access::Record).into_int_value()
    }

    fn table_field(&self, table: TableIndex, offset: usize) -> PointerValue<'c> {
        self.b.field(self.table_record(table), offset as u64)
    }

    /// The record of a table.
    pub(super) fn table_record(&self, table: TableIndex) -> PointerValue<'c> {
        self.place(self.cx.module.tables[table.index()].place)
    }

    pub(super) fn table_size(&mut self, table: u32) {
        let plan = &self.cx.module.tables[table as usize];
        let length = self.table_length(TableIndex(table));
        self.push_index(length, plan.index64);
    }

    pub(super) fn table_grow(&mut self, table: u32) {
        let plan = &self.cx.module.tables[table as usize];
        let count = self.pop_index();
        let value = self.pop_element();
        let record = self.table_record(TableIndex(table));
        let before = self.runtime_call(RuntimeFunction::TableGrow, &[record.into(), count.into(), value]);
        self.push_index(before, plan.index64);
    }

    pub(super) fn table_fill(&mut self, table: u32) {
        let count = self.pop_index();
        let value = self.pop_element();
        let start = self.pop_index();
        let record = self.table_record(TableIndex(table));
        self.table_call(RuntimeFunction::TableFill, &[record.into(), start.into(), value, count.into()]);
    }

    pub(super) fn table_copy(&mut self, to: u32, from: u32) {
        let count = self.pop_index();
        let source = self.pop_index();
        let target = self.pop_index();
        let (to, from) = (self.table_record(TableIndex(to)), self.table_record(TableIndex(from)));
        let arguments = [to.into(), from.into(), target.into(), source.into(), count.into()];
        self.table_call(RuntimeFunction::TableCopy, &arguments);
    }

    pub(super) fn table_init(&mut self, segment: u32, table: u32) {
        let count = self.pop_index();
        let source = self.pop_index();
        let target = self.pop_index();
        let record = self.table_record(TableIndex(table));
        let segment = self.element_record(ElemIndex(segment));
        let arguments = [record.into(), segment.into(), target.into(), source.into(), count.into()];
        self.table_call(RuntimeFunction::TableInit, &arguments);
    }

    /// Calls a function of the runtime that says whether a table was left.
    pub(super) fn table_call(&mut self, function: RuntimeFunction, arguments: &[Value<'c>]) {
        let failed = self.runtime_call(function, arguments);
        let failed = self.b.compare(IntPredicate::NE, failed, self.b.i32(0));
        self.trap_if(failed, Trap::TableOutOfBounds);
    }

    pub(super) fn elem_drop(&mut self, segment: u32) {
        let record = self.element_record(ElemIndex(segment));
        self.drop_segment(record);
    }

    pub(super) fn element_record(&self, segment: ElemIndex) -> PointerValue<'c> {
        let plan = &self.cx.module.elements[segment.index()];
        self.b.field(self.instance(), plan.record.expect("a segment that instructions name has a record"))
    }

    /// A reference from the stack as the runtime takes it.
    fn pop_element(&mut self) -> Value<'c> {
        let value = self.pop();
        self.b.cast(Opcode::PtrToInt, value, self.b.types.i64)
    }
}
