//! `call_indirect`: from an index into a table to the code of the function there.
//!
//! Where the table never changes and its functions' type has a code table, the code is loaded by the
//! index and what is null there is not to be called; else the reference is loaded and its type
//! compared.

use super::call::{CallKind, Callee};
use super::function::FunctionTranslator;
use crate::frontend::index::{TableIndex, TypeIndex};
use crate::frontend::types::FunctionType;
use crate::ir::{Access, IntValue, PointerValue, Weight};
use crate::plan::{CodeTable, symbols};
use std::mem::offset_of;
use wasmwright_abi::instance::FunctionReference;
use wasmwright_abi::trap::Trap;

impl<'p, 'c> FunctionTranslator<'_, 'p, 'c> {
    pub(super) fn call_indirect(&mut self, ty: u32, table: u32, kind: CallKind) {
        let ty: &'p FunctionType = &self.cx.module.parsed.types[TypeIndex(ty).index()];
        let table = TableIndex(table);
        let index = self.pop_int();
        let (elements, length) = self.elements(table);
        let index = self.within(index, length, Trap::UndefinedElement);
        let place = self.indexed(elements, index);
        let callee = match self.cx.module.tables[table.index()].code_table(ty) {
            Some(codes) => self.callee_of_type(table, codes, index, place),
            None => self.callee_of_any_type(table, ty, place),
        };
        self.call_code(callee, ty, kind);
    }

    /// What to call where the type has a code table.
    fn callee_of_type(
        &mut self,
        table: TableIndex,
        codes: &CodeTable,
        index: IntValue<'c>,
        place: PointerValue<'c>,
    ) -> Callee<'c> {
        let bytes = 8 * self.cx.module.tables[table.index()].minimum;
        let symbol = symbols::code_table(self.cx.module.index, table, &codes.ty);
        let array = self.cx.unit.symbol(&symbol, bytes, symbols::alignment::RECORD, true);
        let code = self.b.load(self.b.types.pointer, self.indexed(array, index), 8, Access::Invariant);
        let code = code.into_pointer_value();
        if !codes.complete {
            let cold = self.b.block(self.function, "another");
            let next = self.b.block(self.function, "next");
            self.b.branch_if(self.b.is_null(code), cold, next, Weight::Never);
            self.b.position(cold);
            self.check_null(table, place);
            self.emit_trap(Trap::IndirectCallTypeMismatch);
            self.b.position(next);
        }
        Callee { code, instance: None }
    }

    /// What to call where types must be compared.
    fn callee_of_any_type(
        &mut self,
        table: TableIndex,
        ty: &FunctionType,
        place: PointerValue<'c>,
    ) -> Callee<'c> {
        let reference = self.check_null(table, place);
        if self.cx.module.tables[table.index()].only_type.as_ref() != Some(ty) {
            let actual = self.reference_field(reference, offset_of!(FunctionReference, type_id));
            let mismatch = self.b.pointers_differ(actual, self.cx.type_id(ty));
            self.trap_if(mismatch, Trap::IndirectCallTypeMismatch);
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
