//! References: pointers, null is 0.

use super::function::FunctionTranslator;
use crate::frontend::index::FuncIndex;
use crate::ir::Weight;
use wasmwright_abi::trap::Trap;

impl FunctionTranslator<'_, '_, '_> {
    pub(super) fn ref_null(&mut self) {
        self.push(self.b.types.pointer.const_null());
    }

    pub(super) fn ref_is_null(&mut self) {
        let reference = self.pop_pointer();
        let null = self.b.is_null(reference);
        self.push_bool(null);
    }

    pub(super) fn ref_as_non_null(&mut self) {
        let reference = self.pop_pointer();
        self.trap_if(self.b.is_null(reference), Trap::NullReference);
        self.push(reference);
    }

    /// Branches without the reference if it is null, else goes on with it.
    pub(super) fn br_on_null(&mut self, depth: u32) {
        let reference = self.pop_pointer();
        let null = self.b.is_null(reference);
        self.branch_where(null, depth, Weight::Unknown);
        self.push(reference);
    }

    /// Branches with the reference unless it is null, else goes on without it.
    pub(super) fn br_on_non_null(&mut self, depth: u32) {
        let reference = self.pop_pointer();
        let null = self.b.is_null(reference);
        self.push(reference);
        self.branch_where(self.b.not(null), depth, Weight::Unknown);
        self.pop();
    }

    pub(super) fn ref_func(&mut self, function: u32) {
        let reference = self.function_reference(FuncIndex(function));
        self.push(reference);
    }
}
