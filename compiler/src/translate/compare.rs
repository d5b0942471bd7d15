//! Comparisons.

use super::function::FunctionTranslator;
use crate::ir::{FloatPredicate, IntPredicate};

impl FunctionTranslator<'_, '_, '_> {
    pub(super) fn compare_int(&mut self, predicate: IntPredicate) {
        let right = self.pop_int();
        let left = self.pop_int();
        let result = self.b.compare(predicate, left, right);
        self.push_bool(result);
    }

    pub(super) fn compare_float(&mut self, predicate: FloatPredicate) {
        let right = self.pop_float();
        let left = self.pop_float();
        let result = self.b.compare_float(predicate, left, right);
        self.push_bool(result);
    }
}
