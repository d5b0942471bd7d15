//! Conversions between lanes of integers and of floats.

use crate::ir::{F32X4, F64X2, FloatPredicate, I32X4, I64X2, Opcode, Shape, Value, VectorValue};
use crate::plan::{VectorIsa, X86Vectors};
use crate::translate::function::FunctionTranslator;

const TWO_TO_31: f64 = 2147483648.0;
const TWO_TO_52: f64 = 4503599627370496.0;

impl<'c> FunctionTranslator<'_, '_, 'c> {
    /// Four integers to four floats.
    pub(super) fn convert_lanes(&mut self, op: Opcode) {
        let vector = self.pop_lanes(I32X4);
        self.push_lanes(self.b.cast(op, vector.into(), self.b.types.lanes(F32X4)));
    }

    /// The two low lanes to 64-bit floats.
    pub(super) fn convert_low_lanes(&mut self, from: Shape, op: Opcode) {
        let vector = self.pop_lanes(from);
        let low = self.b.shuffle(vector, vector, &[0, 1]);
        self.push_lanes(self.b.cast(op, low.into(), self.b.types.lanes(F64X2)));
    }

    /// The two low lanes, unsigned, to 64-bit floats. On x86 each becomes the low half of the bits of
    /// 2^52 plus itself.
    pub(super) fn convert_low_unsigned_lanes(&mut self) {
        if !matches!(self.isa(), VectorIsa::X86(X86Vectors { avx512: false, .. })) {
            return self.convert_low_lanes(I32X4, Opcode::UIToFP);
        }
        let vector = self.pop_lanes(I32X4);
        let upper = self.constant_splat(I32X4, TWO_TO_52.to_bits() >> 32);
        let sum = self.view(self.b.shuffle(vector, upper, &[0, 4, 1, 5]), F64X2);
        let magic = self.float_splat(F64X2, TWO_TO_52);
        self.push_lanes(self.b.binary(Opcode::FSub, sum.into(), magic.into()));
    }

    /// Two 64-bit floats to 32-bit ones in the low lanes, zeros above them.
    pub(super) fn demote_lanes(&mut self) {
        let vector = self.pop_lanes(F64X2);
        let narrow = self.b.cast(Opcode::FPTrunc, vector.into(), self.b.types.lanes(F32X4.half()));
        let lanes = self.zeros_above(narrow.into_vector_value());
        // LLVM folds the demotion of a promoted value away, which would leave a signalling NaN. All
        // four lanes are made quiet: LLVM's selector for x86 dies of `canonicalize` on two.
        let promoted = self.b.is_result_of(vector, Opcode::FPExt);
        self.push_lanes(if promoted { self.quiet(lanes.into()).into_vector_value() } else { lanes });
    }

    /// Two lanes of 32 bits, and two zeros above them.
    fn zeros_above(&self, low: VectorValue<'c>) -> VectorValue<'c> {
        let zeros = low.get_type().const_zero();
        self.b.shuffle(low, zeros, &[0, 1, 2, 3])
    }

    /// `i32x4.trunc_sat_f32x4`
    pub(super) fn truncate_lanes(&mut self, signed: bool) {
        let vector = self.pop_lanes(F32X4);
        let result = match (self.isa(), signed) {
            (VectorIsa::X86(_), true) => self.truncate_signed_x86(vector),
            (VectorIsa::X86(_), false) => self.truncate_unsigned_x86(vector),
            _ => self.truncate_generic(vector, I32X4, signed),
        };
        self.push_lanes(result);
    }

    /// `i32x4.trunc_sat_f64x2_zero`
    pub(super) fn truncate_wide_lanes(&mut self, signed: bool) {
        let vector = self.pop_lanes(F64X2);
        let result = match (self.isa(), signed) {
            (VectorIsa::X86(_), true) => self.truncate_wide_signed_x86(vector),
            (VectorIsa::X86(X86Vectors { sse41: true, .. }), false) => {
                self.truncate_wide_unsigned_x86(vector)
            }
            (VectorIsa::Neon, _) => self.zeros_above(self.truncate_wide_twice(vector, signed)),
            _ => self.zeros_above(self.truncate_generic(vector, I32X4.half(), signed)),
        };
        self.push_lanes(result);
    }

    fn truncate_generic(&self, vector: VectorValue<'c>, to: Shape, signed: bool) -> VectorValue<'c> {
        let name = if signed { "llvm.fptosi.sat" } else { "llvm.fptoui.sat" };
        let overloads = [self.b.types.lanes(to).into(), vector.get_type().into()];
        self.b.intrinsic(&self.cx.unit.module, name, &overloads, &[vector.into()]).into_vector_value()
    }

    /// To 64 bits, then to 32, saturating both times.
    fn truncate_wide_twice(&self, vector: VectorValue<'c>, signed: bool) -> VectorValue<'c> {
        let wide = self.truncate_generic(vector, I64X2, signed);
        let greatest = if signed { i32::MAX as u64 } else { u32::MAX.into() };
        let greatest = self.constant_splat(I64X2, greatest);
        let clamped = match signed {
            true => {
                let least = self.constant_splat(I64X2, i64::from(i32::MIN) as u64);
                let clamped = self.lanes_intrinsic("llvm.smin", &[wide, greatest]);
                self.lanes_intrinsic("llvm.smax", &[clamped, least])
            }
            false => self.lanes_intrinsic("llvm.umin", &[wide, greatest]),
        };
        self.b.cast(Opcode::Trunc, clamped.into(), self.b.types.lanes(I32X4.half())).into_vector_value()
    }

    /// `cvttps2dq` gives the least integer for all that does not fit: right below the range, the
    /// inverse of what is wanted above it, and wrong for NaNs.
    fn truncate_signed_x86(&self, vector: VectorValue<'c>) -> VectorValue<'c> {
        let limit = self.float_splat(F32X4, TWO_TO_31);
        let above = self.float_mask(FloatPredicate::OGE, vector, limit);
        let converted = self.cpu_intrinsic("llvm.x86.sse2.cvttps2dq", &[vector]);
        let saturated = self.b.binary(Opcode::Xor, converted.into(), above);
        let number = self.float_mask(FloatPredicate::ORD, vector, vector);
        self.b.binary(Opcode::And, saturated, number).into_vector_value()
    }

    /// Values from 2^31 on give 2^31 in the direct conversion, to which that of the rest is added.
    fn truncate_unsigned_x86(&self, vector: VectorValue<'c>) -> VectorValue<'c> {
        let limit = self.float_splat(F32X4, TWO_TO_31);
        let positive = self.or_zero(vector, F32X4);
        let rest = self.b.binary(Opcode::FSub, positive.into(), limit.into()).into_vector_value();
        let above = self.float_mask(FloatPredicate::OGE, rest, limit);
        let high = self.cpu_intrinsic("llvm.x86.sse2.cvttps2dq", &[rest]);
        let high = self.b.binary(Opcode::Xor, high.into(), above).into_vector_value();
        let high = self.lanes_intrinsic("llvm.smax", &[high, high.get_type().const_zero()]);
        let low = self.cpu_intrinsic("llvm.x86.sse2.cvttps2dq", &[positive]);
        self.b.binary(Opcode::Add, low.into(), high.into()).into_vector_value()
    }

    /// The conversion gives the least integer for all that does not fit, so only NaNs and what
    /// is above the range must change before it.
    fn truncate_wide_signed_x86(&self, vector: VectorValue<'c>) -> VectorValue<'c> {
        let greatest = self.float_splat(F64X2, TWO_TO_31 - 1.0);
        let greatest = self.view(greatest, I64X2);
        let number = self.float_mask(FloatPredicate::ORD, vector, vector);
        // Zero for a NaN, which `min` passes on.
        let limit = self.b.binary(Opcode::And, number, greatest.into()).into_vector_value();
        let limit = self.view(limit, F64X2);
        let below = self.b.compare_float_lanes(FloatPredicate::OLT, vector, limit);
        let clamped = self.b.select_lanes(below, vector, limit).into_vector_value();
        self.cpu_intrinsic("llvm.x86.sse2.cvttpd2dq", &[clamped])
    }

    /// Integers below 2^32 are the low half of the float's bits once 2^52 is added.
    fn truncate_wide_unsigned_x86(&self, vector: VectorValue<'c>) -> VectorValue<'c> {
        let positive = self.or_zero(vector, F64X2);
        let greatest = self.float_splat(F64X2, 2.0 * TWO_TO_31 - 1.0);
        let below = self.b.compare_float_lanes(FloatPredicate::OLT, positive, greatest);
        let clamped = self.b.select_lanes(below, positive, greatest).into_vector_value();
        let whole = self.lanes_intrinsic("llvm.trunc", &[clamped]);
        let magic = self.float_splat(F64X2, TWO_TO_52);
        let sum = self.b.binary(Opcode::FAdd, whole.into(), magic.into()).into_vector_value();
        let zeros = self.b.types.lanes(I32X4).const_zero();
        self.b.shuffle(self.view(sum, I32X4), zeros, &[0, 2, 4, 4])
    }

    /// The greater of a lane and zero; zero for a NaN.
    fn or_zero(&self, vector: VectorValue<'c>, shape: Shape) -> VectorValue<'c> {
        let zero = self.b.types.lanes(shape).const_zero();
        let positive = self.b.compare_float_lanes(FloatPredicate::OGT, vector, zero);
        self.b.select_lanes(positive, vector, zero).into_vector_value()
    }

    fn float_mask(
        &self,
        predicate: FloatPredicate,
        left: VectorValue<'c>,
        right: VectorValue<'c>,
    ) -> Value<'c> {
        let truths = self.b.compare_float_lanes(predicate, left, right);
        let shape = if left.get_type().get_size() == 4 { F32X4 } else { F64X2 };
        self.mask(truths, shape).into()
    }
}
