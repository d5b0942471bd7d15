//! Vectors as 128 bits, and what is gathered from lanes into a number.

use crate::ir::{I64X2, IntPredicate, Opcode, Shape, Value, VectorValue};
use crate::translate::function::FunctionTranslator;

impl<'c> FunctionTranslator<'_, '_, 'c> {
    /// `and`, `or`, `xor`
    pub(super) fn bitwise(&mut self, op: Opcode) {
        let (left, right) = self.pop_two(I64X2);
        self.push_lanes(self.b.binary(op, left.into(), right.into()));
    }

    pub(super) fn not(&mut self) {
        let vector = self.pop_lanes(I64X2);
        self.push_lanes(self.inverted(vector));
    }

    pub(super) fn and_not(&mut self) {
        let (left, right) = self.pop_two(I64X2);
        self.push_lanes(self.b.binary(Opcode::And, left.into(), self.inverted(right)));
    }

    /// Bits of the first operand where the mask has ones, of the second where it has zeros.
    pub(super) fn bitselect(&mut self) {
        let (ones, zeros, mask) = self.pop_three(I64X2);
        let ones = self.b.binary(Opcode::And, ones.into(), mask.into());
        let zeros = self.b.binary(Opcode::And, zeros.into(), self.inverted(mask));
        self.push_lanes(self.b.binary(Opcode::Or, ones, zeros));
    }

    fn inverted(&self, vector: VectorValue<'c>) -> Value<'c> {
        let ones = self.constant_splat(I64X2, u64::MAX);
        self.b.binary(Opcode::Xor, vector.into(), ones.into())
    }

    pub(super) fn any_true(&mut self) {
        let vector = self.pop_vector();
        let bits = self.b.bitcast(vector, self.b.types.i128).into_int_value();
        let any = self.b.compare(IntPredicate::NE, bits, bits.get_type().const_zero());
        self.push_bool(any);
    }

    pub(super) fn all_true(&mut self, shape: Shape) {
        let vector = self.pop_lanes(shape);
        let zero = self.b.types.lanes(shape).const_zero();
        let are_zero = self.truths(self.b.compare_lanes(IntPredicate::EQ, vector, zero), shape);
        let all = self.b.compare(IntPredicate::EQ, are_zero, are_zero.get_type().const_zero());
        self.push_bool(all);
    }

    /// The sign of each lane, lane 0 in bit 0.
    pub(super) fn bitmask(&mut self, shape: Shape) {
        let vector = self.pop_lanes(shape);
        let zero = self.b.types.lanes(shape).const_zero();
        let mask = self.truths(self.b.compare_lanes(IntPredicate::SLT, vector, zero), shape);
        self.push(self.b.cast(Opcode::ZExt, mask.into(), self.b.types.i32));
    }

    /// One bit a lane as an integer of so many bits.
    fn truths(&self, truths: VectorValue<'c>, shape: Shape) -> crate::ir::IntValue<'c> {
        let ty = self.b.types.integer(shape.lanes);
        self.b.bitcast(truths, ty).into_int_value()
    }
}
