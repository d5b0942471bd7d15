//! Integer arithmetic lane by lane.

use crate::ir::{I8X16, I16X8, IntValue, Opcode, Shape, Value, VectorValue};
use crate::plan::VectorIsa;
use crate::translate::function::FunctionTranslator;

impl<'c> FunctionTranslator<'_, '_, 'c> {
    /// An operation that LLVM has as it is.
    pub(super) fn lanes_binary(&mut self, shape: Shape, op: Opcode) {
        let (left, right) = self.pop_two(shape);
        self.push_lanes(self.b.binary(op, left.into(), right.into()));
    }

    /// One that LLVM has as an intrinsic of two vectors: saturating, `min`, `max`.
    pub(super) fn lanes_binary_intrinsic(&mut self, shape: Shape, intrinsic: &str) {
        let (left, right) = self.pop_two(shape);
        self.push_lanes(self.lanes_intrinsic(intrinsic, &[left, right]));
    }

    /// One that LLVM has as an intrinsic of one vector.
    pub(super) fn lanes_unary_intrinsic(&mut self, shape: Shape, intrinsic: &str) {
        let vector = self.pop_lanes(shape);
        self.push_lanes(self.lanes_intrinsic(intrinsic, &[vector]));
    }

    pub(super) fn lanes_negate(&mut self, shape: Shape) {
        let vector = self.pop_lanes(shape);
        let zero = self.b.types.lanes(shape).const_zero();
        self.push_lanes(self.b.binary(Opcode::Sub, zero.into(), vector.into()));
    }

    /// `abs`: that of the least integer is itself.
    pub(super) fn lanes_abs(&mut self, shape: Shape) {
        let vector: Value<'c> = self.pop_lanes(shape).into();
        let least_is_poison = self.b.types.i1.const_zero().into();
        let overload = vector.get_type();
        let result =
            self.b.intrinsic(&self.cx.unit.module, "llvm.abs", &[overload], &[vector, least_is_poison]);
        self.push_lanes(result);
    }

    /// A shift of every lane by one count, modulo the width of a lane.
    pub(super) fn lanes_shift(&mut self, shape: Shape, op: Opcode) {
        let count = self.pop_int();
        let vector = self.pop_lanes(shape);
        let count = self.b.int(Opcode::And, count, self.b.i32(shape.bits - 1));
        let is_x86 = matches!(self.isa(), VectorIsa::X86(_));
        if is_x86 && shape == I8X16 && op == Opcode::AShr && !count.is_const() {
            return self.push_lanes(self.shift_bytes_x86(vector, count));
        }
        let count = self.b.resize(count, self.b.types.lane_integer(shape));
        let counts = self.splat(shape, count.into());
        self.push_lanes(self.b.binary(op, vector.into(), counts.into()));
    }

    /// Bytes shifted right by a count that is not known, with their signs: x86 shifts nothing
    /// narrower than 16 bits, so each byte becomes the upper half of 16 bits.
    fn shift_bytes_x86(&self, vector: VectorValue<'c>, count: IntValue<'c>) -> VectorValue<'c> {
        let count = self.b.int(Opcode::Or, count, self.b.i32(8));
        let counts = self.splat(I16X8, self.b.resize(count, self.b.types.i16).into());
        let halves = [0, 8].map(|first| {
            let twice: [u32; 16] = std::array::from_fn(|lane| first + lane as u32 / 2);
            let doubled = self.view(self.b.shuffle(vector, vector, &twice), I16X8);
            self.b.binary(Opcode::AShr, doubled.into(), counts.into()).into_vector_value()
        });
        self.cpu_intrinsic("llvm.x86.sse2.packsswb.128", &halves)
    }

    /// The average, rounded up: computed in twice the width, which LLVM turns into the
    /// instruction that CPUs have for it.
    pub(super) fn average(&mut self, shape: Shape) {
        let (left, right) = self.pop_two(shape);
        let wide = self.b.types.lanes(shape.widened());
        let left = self.b.cast(Opcode::ZExt, left.into(), wide);
        let right = self.b.cast(Opcode::ZExt, right.into(), wide);
        let one = self.constant_splat(shape.widened(), 1);
        let sum = self.b.binary(Opcode::Add, left, right);
        let sum = self.b.binary(Opcode::Add, sum, one.into());
        let half = self.b.binary(Opcode::LShr, sum, one.into());
        self.push_lanes(self.b.cast(Opcode::Trunc, half, self.b.types.lanes(shape)));
    }
}
