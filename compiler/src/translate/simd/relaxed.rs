//! Relaxed operations. Deterministic ones are those of the standard's deterministic profile, the
//! same on every target:
//!
//! | operation | result |
//! |---|---|
//! | `relaxed_swizzle` | that of `swizzle` |
//! | `relaxed_trunc` | that of `trunc_sat` |
//! | `relaxed_madd`, `relaxed_nmadd` | product and sum, each rounded |
//! | `relaxed_laneselect` | that of `bitselect` |
//! | `relaxed_min`, `relaxed_max` | that of `min` and `max` |
//! | `relaxed_q15mulr_s` | that of `q15mulr_sat_s` |
//! | `relaxed_dot` | signed by signed; the sums of pairs saturate |
//!
//! A fused multiplication would need a library call per lane on x86-64-v2; rounding twice is one
//! instruction more on targets that fuse.
//!
//! Native ones ([`RelaxedSimd::Native`]) use the CPU's instruction where it does something else,
//! in the standard's limits.

use super::float::Extremum;
use crate::ir::{F32X4, F64X2, I8X16, I16X8, I32X4, Opcode, Shape, VectorValue};
use crate::options::RelaxedSimd;
use crate::plan::{VectorIsa, X86Vectors};
use crate::translate::function::FunctionTranslator;

impl<'c> FunctionTranslator<'_, '_, 'c> {
    /// The x86 instructions that native results may come from.
    fn native_x86(&self) -> Option<X86Vectors> {
        match (self.cx.program.vectors.relaxed, self.isa()) {
            (RelaxedSimd::Native, VectorIsa::X86(vectors)) => Some(vectors),
            _ => None,
        }
    }

    fn native_sse41(&self) -> bool {
        self.native_x86().is_some_and(|vectors| vectors.sse41 && vectors.ssse3)
    }

    pub(super) fn relaxed_swizzle(&mut self) {
        if !self.native_sse41() {
            return self.swizzle();
        }
        let (vector, positions) = self.pop_two(I8X16);
        self.push_lanes(self.cpu_intrinsic("llvm.x86.ssse3.pshuf.b.128", &[vector, positions]));
    }

    pub(super) fn relaxed_truncate(&mut self, from: Shape, signed: bool) {
        let intrinsic = match (self.native_x86(), signed) {
            (Some(_), true) if from == F32X4 => "llvm.x86.sse2.cvttps2dq",
            (Some(_), true) => "llvm.x86.sse2.cvttpd2dq",
            // No instruction before AVX-512 converts to unsigned integers.
            _ if from == F32X4 => return self.truncate_lanes(signed),
            _ => return self.truncate_wide_lanes(signed),
        };
        let vector = self.pop_lanes(from);
        self.push_lanes(self.cpu_intrinsic(intrinsic, &[vector]));
    }

    /// `left * right + addend`, or with the product's sign inverted.
    pub(super) fn relaxed_multiply_add(&mut self, shape: Shape, negate: bool) {
        let (left, right, addend) = self.pop_three(shape);
        let left = if negate { self.b.negate_lanes(left) } else { left };
        let fused = match (self.cx.program.vectors.relaxed, self.isa()) {
            (RelaxedSimd::Native, VectorIsa::X86(vectors)) => vectors.fma,
            (RelaxedSimd::Native, VectorIsa::Neon) => true,
            _ => false,
        };
        if fused {
            return self.push_lanes(self.lanes_intrinsic("llvm.fma", &[left, right, addend]));
        }
        self.push_lanes(left);
        self.push_lanes(right);
        self.lanes_float_binary(shape, Opcode::FMul);
        self.push_lanes(addend);
        self.lanes_float_binary(shape, Opcode::FAdd);
    }

    pub(super) fn relaxed_lane_select(&mut self, shape: Shape) {
        if !self.native_sse41() {
            return self.bitselect();
        }
        // The blends look at the highest bit of bytes, of 32 and of 64 bits.
        let (blend, intrinsic) = match shape.bits {
            32 => (F32X4, "llvm.x86.sse41.blendvps"),
            64 => (F64X2, "llvm.x86.sse41.blendvpd"),
            _ => (I8X16, "llvm.x86.sse41.pblendvb"),
        };
        if shape == I16X8 {
            let mask = self.pop_lanes(shape);
            let sign = self.b.binary(Opcode::AShr, mask.into(), self.constant_splat(shape, 15).into());
            self.push_lanes(sign);
        }
        let (ones, zeros, mask) = self.pop_three(blend);
        self.push_lanes(self.cpu_intrinsic(intrinsic, &[zeros, ones, mask]));
    }

    pub(super) fn relaxed_extremum(&mut self, shape: Shape, extremum: Extremum) {
        match self.native_x86() {
            Some(_) => self.pseudo_extremum(shape, extremum),
            None => self.lanes_extremum(shape, extremum),
        }
    }

    pub(super) fn relaxed_multiply_fractions(&mut self) {
        if !self.native_sse41() {
            return self.multiply_fractions();
        }
        let (left, right) = self.pop_two(I16X8);
        self.push_lanes(self.cpu_intrinsic("llvm.x86.ssse3.pmul.hr.sw.128", &[left, right]));
    }

    /// `i16x8.relaxed_dot_i8x16_i7x16_s`
    pub(super) fn relaxed_dot(&mut self) {
        let (left, right) = self.pop_two(I8X16);
        self.push_lanes(self.byte_pair_products(left, right));
    }

    /// `i32x4.relaxed_dot_i8x16_i7x16_add_s`
    pub(super) fn relaxed_dot_add(&mut self) {
        let addend = self.pop_lanes(I32X4);
        let (left, right) = self.pop_two(I8X16);
        let pairs = self.byte_pair_products(left, right);
        let sums = self.pair_sums(pairs, I16X8, Opcode::SExt);
        self.push_lanes(self.b.binary(Opcode::Add, sums.into(), addend.into()));
    }

    /// The sums of the products of pairs of bytes, which saturate.
    fn byte_pair_products(&self, left: VectorValue<'c>, right: VectorValue<'c>) -> VectorValue<'c> {
        match self.isa() {
            // Signed by unsigned: where the second operand has 7 bits there is no difference.
            VectorIsa::X86(_) if self.native_sse41() => {
                self.cpu_intrinsic("llvm.x86.ssse3.pmadd.ub.sw.128", &[right, left])
            }
            VectorIsa::X86(_) => {
                let [left_even, left_odd] = self.sign_extended_pairs(left);
                let [right_even, right_odd] = self.sign_extended_pairs(right);
                let even = self.b.binary(Opcode::Mul, left_even.into(), right_even.into());
                let odd = self.b.binary(Opcode::Mul, left_odd.into(), right_odd.into());
                let sums = [even.into_vector_value(), odd.into_vector_value()];
                self.lanes_intrinsic("llvm.sadd.sat", &sums)
            }
            _ => {
                let products = self.wide_products(left, right, I8X16);
                let sums = self.even_and_odd(products, I8X16.widened());
                self.lanes_intrinsic("llvm.sadd.sat", &sums)
            }
        }
    }

    /// The bytes at even and at odd positions, extended where they lie.
    fn sign_extended_pairs(&self, bytes: VectorValue<'c>) -> [VectorValue<'c>; 2] {
        let pairs = self.view(bytes, I16X8);
        let eight = self.constant_splat(I16X8, 8);
        let raised = self.b.binary(Opcode::Shl, pairs.into(), eight.into());
        let even = self.b.binary(Opcode::AShr, raised, eight.into());
        let odd = self.b.binary(Opcode::AShr, pairs.into(), eight.into());
        [even.into_vector_value(), odd.into_vector_value()]
    }
}
