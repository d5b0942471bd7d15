//! References: pointers, null is 0.

use super::function::FunctionTranslator;
use crate::frontend::index::FuncIndex;

impl FunctionTranslator<'_, '_, '_> {
    pub(super) fn ref_null(&mut self) {
        self.push(self.b.types.pointer.const_null());
    }

    pub(super) fn ref_is_null(&mut self) {
        let reference = self.pop_pointer();
        let null = self.b.is_null(reference);
        self.push_bool(null);
    }

    pub(super) fn ref_func(&mut self, function: u32) {
        let reference = self.function_reference(FuncIndex(function));
        self.push(reference);
    }
}
