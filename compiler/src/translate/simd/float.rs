//! Float arithmetic lane by lane. NaNs and signs as in the scalar family: see `translate/float.rs`.

use super::view::lane_of;
use crate::ir::{FloatPredicate, Opcode, Shape, Value, VectorValue};
use crate::plan::VectorIsa;
use crate::translate::function::FunctionTranslator;

/// Which of two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extremum {
    /// The lesser one.
    Min,
    /// The greater one.
    Max,
}

impl<'c> FunctionTranslator<'_, '_, 'c> {
    /// `add`, `sub`, `mul`, `div`
    pub(super) fn lanes_float_binary(&mut self, shape: Shape, op: Opcode) {
        let (left, right) = self.pop_two(shape);
        let result = self.b.binary(op, left.into(), right.into());
        let folds = match op {
            Opcode::FMul => self.has_lane(left, shape, 1.0) || self.has_lane(right, shape, 1.0),
            Opcode::FDiv => self.has_lane(right, shape, 1.0),
            _ => self.has_lane(left, shape, 0.0) || self.has_lane(right, shape, 0.0),
        };
        let result = if folds { self.quiet(result) } else { result };
        self.push_lanes(result);
    }

    /// Whether a lane of a constant is this number, whatever its sign: with such an operand LLVM
    /// folds operations away.
    fn has_lane(&self, vector: VectorValue<'c>, shape: Shape, number: f64) -> bool {
        let magnitude =
            if shape.bits == 32 { u64::from((number as f32).to_bits()) } else { number.to_bits() };
        let is_it = |bits, lane| lane_of(bits, shape, lane) & !shape.sign_bit() == magnitude;
        self.b.types.vector_bits(vector).is_some_and(|bits| (0..shape.lanes).any(|lane| is_it(bits, lane)))
    }

    pub(super) fn lanes_float_negate(&mut self, shape: Shape) {
        let vector = self.pop_lanes(shape);
        self.push_lanes(self.b.negate_lanes(vector));
    }

    /// `pmin` is `right < left ? right : left`, `pmax` is `left < right ? right : left`: what the
    /// instructions of x86 do with their operands the other way round.
    pub(super) fn pseudo_extremum(&mut self, shape: Shape, extremum: Extremum) {
        let (left, right) = self.pop_two(shape);
        if let VectorIsa::X86(_) = self.isa() {
            return self.push_lanes(self.x86_extremum(shape, extremum, right, left));
        }
        let predicate = match extremum {
            Extremum::Min => FloatPredicate::OLT,
            Extremum::Max => FloatPredicate::OGT,
        };
        let takes_right = self.b.compare_float_lanes(predicate, right, left);
        self.push_lanes(self.b.select_lanes(takes_right, right, left));
    }

    /// `min`, `max`
    pub(super) fn lanes_extremum(&mut self, shape: Shape, extremum: Extremum) {
        let (left, right) = self.pop_two(shape);
        let constant = self.extremum_with_constant(shape, extremum, right, left);
        if let Some(result) = constant.or_else(|| self.extremum_with_constant(shape, extremum, left, right)) {
            return self.push_lanes(result);
        }
        let name = match (self.isa(), extremum) {
            (VectorIsa::X86(_), _) => {
                return self.push_lanes(self.extremum_both_ways(shape, extremum, left, right));
            }
            (_, Extremum::Min) => "llvm.minimum",
            (_, Extremum::Max) => "llvm.maximum",
        };
        let any_nan = self.b.compare_float_lanes(FloatPredicate::UNO, left, right);
        let extremum = self.extremum_of_numbers(name, left.into(), right.into()).into_vector_value();
        self.push_lanes(self.b.select_lanes(any_nan, self.float_splat(shape, f64::NAN), extremum));
    }

    /// `minps` and its kin: the second operand where one is a NaN or both are zeros.
    fn x86_extremum(
        &self,
        shape: Shape,
        extremum: Extremum,
        left: VectorValue<'c>,
        right: VectorValue<'c>,
    ) -> VectorValue<'c> {
        let name = match (extremum, shape.bits) {
            (Extremum::Min, 32) => "llvm.x86.sse.min.ps",
            (Extremum::Min, _) => "llvm.x86.sse2.min.pd",
            (Extremum::Max, 32) => "llvm.x86.sse.max.ps",
            (Extremum::Max, _) => "llvm.x86.sse2.max.pd",
        };
        self.cpu_intrinsic(name, &[left, right])
    }

    /// On x86, where one operand is a constant without NaNs, its instruction gives the other
    /// operand where that is a NaN, which then only needs quieting; so does a constant that
    /// decides between zeros.
    fn extremum_with_constant(
        &self,
        shape: Shape,
        extremum: Extremum,
        constant: VectorValue<'c>,
        other: VectorValue<'c>,
    ) -> Option<Value<'c>> {
        let (VectorIsa::X86(_), Some(bits)) = (self.isa(), self.b.types.vector_bits(constant)) else {
            return None;
        };
        let lanes: Vec<u64> = (0..shape.lanes).map(|lane| lane_of(bits, shape, lane)).collect();
        let infinity =
            if shape.bits == 32 { u64::from(f32::INFINITY.to_bits()) } else { f64::INFINITY.to_bits() };
        if lanes.iter().any(|lane| lane & !shape.sign_bit() > infinity) {
            return None;
        }
        let result = self.x86_extremum(shape, extremum, constant, other).into();
        // Between zeros the instruction gives the other operand: wrong if the constant's sign
        // should have won.
        let winning_zero = if extremum == Extremum::Min { shape.sign_bit() } else { 0 };
        if !lanes.contains(&winning_zero) {
            return Some(self.quiet(result));
        }
        // Adding zero makes the negative zero positive and quiets; no other result is negative.
        let nonnegative = lanes.iter().all(|lane| lane & shape.sign_bit() == 0);
        let zero: Value<'c> = self.b.types.lanes(shape).const_zero().into();
        (extremum == Extremum::Max && nonnegative).then(|| self.b.binary(Opcode::FAdd, result, zero))
    }

    /// On x86 the instruction both ways round gives the same twice, but for zeros, where the signs
    /// decide, and NaNs, for which the canonical one is put.
    fn extremum_both_ways(
        &self,
        shape: Shape,
        extremum: Extremum,
        left: VectorValue<'c>,
        right: VectorValue<'c>,
    ) -> Value<'c> {
        let integers = shape.as_integers();
        let one = self.x86_extremum(shape, extremum, left, right);
        let other = self.x86_extremum(shape, extremum, right, left);
        let op = if extremum == Extremum::Min { Opcode::Or } else { Opcode::And };
        let joined = self.b.binary(op, self.view(one, integers).into(), self.view(other, integers).into());
        let joined = self.view(joined.into_vector_value(), shape);
        let any_nan = self.b.compare_float_lanes(FloatPredicate::UNO, one, other);
        self.b.select_lanes(any_nan, self.float_splat(shape, f64::NAN), joined)
    }
}
