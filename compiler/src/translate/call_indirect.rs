//! `call_indirect`: from an index into a table to the code of the function there.
//!
//! Where the table never changes and its functions' type has a code table, one comparison tells
//! whether the index is among those the type's functions have, and the code is loaded by it; else the
//! reference is loaded and its type compared. Which trap it is where it is one is found out when it is
//! one.

use super::call::{CallKind, Callee};
use super::function::FunctionTranslator;
use crate::frontend::index::{FuncIndex, TableIndex, TypeIndex};
use crate::frontend::types::FunctionType;
use crate::ir::{Access, BasicBlock, IntPredicate, IntValue, Opcode, PointerValue, Weight};
use crate::plan::{CodeTable, Holes, symbols};
use std::mem::offset_of;
use wasmwright_abi::instance::FunctionReference;
use wasmwright_abi::trap::Trap;

impl<'p, 'c> FunctionTranslator<'_, 'p, 'c> {
    pub(super) fn call_indirect(&mut self, ty: u32, table: u32, kind: CallKind) {
        let ty: &'p FunctionType = &self.cx.module.parsed.types[TypeIndex(ty).index()];
        let table = TableIndex(table);
        let index = self.pop_int();
        let callee = match self.cx.module.tables[table.index()].code_table(ty) {
            Some(codes) => self.callee_of_type(table, codes, index),
            None => self.callee_of_any_type(table, ty, index),
        };
        self.call_code(callee, ty, kind);
    }

    /// What to call where the type has a code table.
    fn callee_of_type(&mut self, table: TableIndex, codes: &CodeTable, index: IntValue<'c>) -> Callee<'c> {
        let index = self.b.extend(index);
        let (first, count) = (codes.elements.start, codes.elements.end - codes.elements.start);
        let position = match first {
            0 => index,
            first => self.b.int(Opcode::Sub, index, self.b.i64(first)),
        };
        let other = self.b.block(self.function, "other");
        let next = self.b.block(self.function, "next");
        let outside = self.b.compare(IntPredicate::UGE, position, self.b.i64(count));
        self.b.branch_if(outside, other, next, Weight::Never);
        self.b.position(next);
        let code = match codes.only {
            Some(function) => self.code_of(function),
            None => self.code_at(table, codes, position, other),
        };
        let next = self.b.current();
        self.b.position(other);
        self.trap_at_other_element(table, index);
        self.b.position(next);
        Callee { code, instance: None }
    }

    /// The code of a function of this module or linked with it.
    fn code_of(&self, function: FuncIndex) -> PointerValue<'c> {
        let (module, function) = self.cx.module.definition(function);
        self.cx.code(module, function).as_global_value().as_pointer_value()
    }

    /// The code at a position of a code table; control goes to `other` where it has none to call.
    fn code_at(
        &mut self,
        table: TableIndex,
        codes: &CodeTable,
        position: IntValue<'c>,
        other: BasicBlock<'c>,
    ) -> PointerValue<'c> {
        let bytes = 8 * (codes.elements.end - codes.elements.start);
        let symbol = symbols::code_table(self.cx.module.index, table, &codes.ty);
        let array = self.cx.unit.symbol(&symbol, bytes, symbols::alignment::RECORD, true);
        let code = self.b.load(self.b.types.pointer, self.indexed(array, position), 8, Access::Invariant);
        let code = code.into_pointer_value();
        if codes.holes == Holes::Null {
            let next = self.b.block(self.function, "next");
            self.b.branch_if(self.b.is_null(code), other, next, Weight::Never);
            self.b.position(next);
        }
        code
    }

    /// Raises the trap of a call by an index at which there is no function of its type.
    fn trap_at_other_element(&mut self, table: TableIndex, index: IntValue<'c>) {
        let (elements, length) = self.elements(table);
        let beyond = self.b.compare(IntPredicate::UGE, index, length);
        self.trap_if(beyond, Trap::UndefinedElement);
        self.check_null(table, self.indexed(elements, index));
        self.emit_trap(Trap::IndirectCallTypeMismatch);
    }

    /// What to call where types must be compared.
    fn callee_of_any_type(
        &mut self,
        table: TableIndex,
        ty: &FunctionType,
        index: IntValue<'c>,
    ) -> Callee<'c> {
        let (elements, length) = self.elements(table);
        let index = self.within(index, length, Trap::UndefinedElement);
        let reference = self.check_null(table, self.indexed(elements, index));
        if self.cx.module.tables[table.index()].only_type.as_ref() != Some(ty) {
            let actual = self.reference_field(reference, offset_of!(FunctionReference, type_id));
            let mismatch = self.b.pointers_differ(actual, self.cx.type_id(ty));
            self.trap_if_other_type(reference, mismatch);
        }
        self.callee(reference, ty)
    }

    /// The reference at a place in a table; a trap where it is null.
    fn check_null(&mut self, table: TableIndex, place: PointerValue<'c>) -> PointerValue<'c> {
        let plan = &self.cx.module.tables[table.index()];
        let access = if plan.constant { Access::Invariant } else { Access::Element };
        let reference = self.b.load(self.b.types.pointer, place, 8, access).into_pointer_value();
        if !plan.no_nulls {
            self.trap_if(self.b.is_null(reference), Trap::UninitializedElement);
        }
        reference
    }
}
