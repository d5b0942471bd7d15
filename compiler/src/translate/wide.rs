//! Wide arithmetic: 128-bit integers as pairs of `i64`, the low half first.

use super::function::FunctionTranslator;
use crate::ir::{IntValue, Opcode};

impl<'c> FunctionTranslator<'_, '_, 'c> {
    /// `i64.add128`, `i64.sub128`.
    pub(super) fn wide_binary(&mut self, op: Opcode) {
        let right = self.pop_wide();
        let left = self.pop_wide();
        let result = self.b.int(op, left, right);
        self.push_wide(result);
    }

    /// `i64.mul_wide_s`, `i64.mul_wide_u`: the whole product; `extend` says which.
    pub(super) fn wide_product(&mut self, extend: Opcode) {
        let [right, left] = [(); 2].map(|()| {
            let factor = self.pop();
            self.b.cast(extend, factor, self.b.types.i128).into_int_value()
        });
        let product = self.b.int(Opcode::Mul, left, right);
        self.push_wide(product);
    }

    fn pop_wide(&mut self) -> IntValue<'c> {
        let [high, low] = [(); 2].map(|()| {
            let half = self.pop_int();
            self.b.resize(half, self.b.types.i128)
        });
        let high = self.b.int(Opcode::Shl, high, self.half_width());
        self.b.int(Opcode::Or, high, low)
    }

    fn push_wide(&mut self, value: IntValue<'c>) {
        let high = self.b.int(Opcode::LShr, value, self.half_width());
        for half in [value, high] {
            self.push(self.b.resize(half, self.b.types.i64));
        }
    }

    fn half_width(&self) -> IntValue<'c> {
        self.b.types.i128.const_int(64, false)
    }
}
