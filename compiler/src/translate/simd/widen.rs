//! Lanes that become wider or narrower: extensions, extended products, saturating narrowing.

use crate::ir::{Opcode, Shape, Value, VectorValue};
use crate::plan::{VectorIsa, X86Vectors};
use crate::translate::function::FunctionTranslator;

/// A half of a vector's lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Half {
    /// From lane 0.
    Low,
    /// To the last lane.
    High,
}

impl<'c> FunctionTranslator<'_, '_, 'c> {
    /// Half of the lanes of that shape, each extended to twice its width.
    pub(super) fn extend_half(&mut self, shape: Shape, half: Half, op: Opcode) {
        let vector = self.pop_lanes(shape);
        self.push_lanes(self.extended_half(vector, shape, half, op));
    }

    /// The products of half of the lanes of that shape, in twice the width.
    pub(super) fn extended_product(&mut self, shape: Shape, half: Half, op: Opcode) {
        let (left, right) = self.pop_two(shape);
        // Two extensions in a row become one where nothing comes between them.
        let extended =
            |vector| self.b.is_result_of(vector, Opcode::SExt) || self.b.is_result_of(vector, Opcode::ZExt);
        if let (VectorIsa::X86(_), 16, false) = (self.isa(), shape.bits, extended(left) || extended(right)) {
            return self.push_lanes(self.joined_products_x86(left, right, half, op));
        }
        let left = self.extended_half(left, shape, half, op);
        let right = self.extended_half(right, shape, half, op);
        self.push_lanes(self.b.binary(Opcode::Mul, left, right));
    }

    /// Products of 16 bits from their lower and their upper halves, which serve both halves of the
    /// lanes.
    fn joined_products_x86(
        &self,
        left: VectorValue<'c>,
        right: VectorValue<'c>,
        half: Half,
        op: Opcode,
    ) -> VectorValue<'c> {
        let upper = if op == Opcode::SExt { "llvm.x86.sse2.pmulh.w" } else { "llvm.x86.sse2.pmulhu.w" };
        let upper = self.cpu_intrinsic(upper, &[left, right]);
        let lower = self.b.binary(Opcode::Mul, left.into(), right.into()).into_vector_value();
        let first = if half == Half::Low { 0 } else { 4 };
        let alternating: [u32; 8] =
            std::array::from_fn(|lane| first + lane as u32 / 2 + 8 * (lane as u32 % 2));
        self.b.shuffle(lower, upper, &alternating)
    }

    fn extended_half(&self, vector: VectorValue<'c>, shape: Shape, half: Half, op: Opcode) -> Value<'c> {
        let count = shape.lanes / 2;
        let first = if half == Half::Low { 0 } else { count };
        let lanes: Vec<u32> = (first..first + count).collect();
        let narrow = self.b.shuffle(vector, vector, &lanes);
        self.b.cast(op, narrow.into(), self.b.types.lanes(shape.paired()))
    }

    /// The lanes of two vectors of signed integers of that shape in half the width, those that
    /// do not fit as the nearest that does: signed, or unsigned.
    pub(super) fn narrow(&mut self, shape: Shape, signed: bool) {
        let (left, right) = self.pop_two(shape);
        let name = match (self.isa(), shape.bits, signed) {
            (VectorIsa::X86(_), 16, true) => "llvm.x86.sse2.packsswb.128",
            (VectorIsa::X86(_), 16, false) => "llvm.x86.sse2.packuswb.128",
            (VectorIsa::X86(_), _, true) => "llvm.x86.sse2.packssdw.128",
            (VectorIsa::X86(X86Vectors { sse41: true, .. }), _, false) => "llvm.x86.sse41.packusdw",
            _ => return self.push_lanes(self.narrow_generic(left, right, shape, signed)),
        };
        self.push_lanes(self.cpu_intrinsic(name, &[left, right]));
    }

    fn narrow_generic(
        &self,
        left: VectorValue<'c>,
        right: VectorValue<'c>,
        shape: Shape,
        signed: bool,
    ) -> Value<'c> {
        let both = Shape { lanes: 2 * shape.lanes, ..shape };
        let lanes: Vec<u32> = (0..both.lanes).collect();
        let both_lanes = self.b.shuffle(left, right, &lanes);
        let half_bits = shape.bits / 2;
        let (least, greatest) = match signed {
            true => (u64::MAX << (half_bits - 1) & shape.lane_mask(), (1 << (half_bits - 1)) - 1),
            false => (0, (1 << half_bits) - 1),
        };
        let greatest = self.constant_splat(both, greatest);
        let least = self.constant_splat(both, least);
        let clamped = self.lanes_intrinsic("llvm.smin", &[both_lanes, greatest]);
        let clamped = self.lanes_intrinsic("llvm.smax", &[clamped, least]);
        self.b.cast(Opcode::Trunc, clamped.into(), self.b.types.lanes(shape.split()))
    }
}
