//! Comparisons: lanes of all ones or zeros.

use crate::ir::{FloatPredicate, IntPredicate, Shape};
use crate::translate::function::FunctionTranslator;

impl FunctionTranslator<'_, '_, '_> {
    pub(super) fn compare_int_lanes(&mut self, shape: Shape, predicate: IntPredicate) {
        let (left, right) = self.pop_two(shape);
        let truths = self.b.compare_lanes(predicate, left, right);
        self.push_lanes(self.mask(truths, shape));
    }

    pub(super) fn compare_float_lanes(&mut self, shape: Shape, predicate: FloatPredicate) {
        let (left, right) = self.pop_two(shape);
        let truths = self.b.compare_float_lanes(predicate, left, right);
        self.push_lanes(self.mask(truths, shape));
    }
}
