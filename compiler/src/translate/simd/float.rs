//! Float arithmetic lane by lane. NaNs and signs as in the scalar family: see `translate/float.rs`.

use crate::ir::{FloatPredicate, Opcode, Shape, Value, VectorValue};
use crate::translate::function::FunctionTranslator;

use super::view::lane_of;

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

    /// `pmin` is `right < left ? right : left`, `pmax` is `left < right ? right : left`.
    pub(super) fn pseudo_extremum(&mut self, shape: Shape, predicate: FloatPredicate) {
        let (left, right) = self.pop_two(shape);
        let takes_right = self.b.compare_float_lanes(predicate, right, left);
        self.push_lanes(self.b.select_lanes(takes_right, right, left));
    }

    /// `min`, `max`
    pub(super) fn lanes_extremum(&mut self, shape: Shape, intrinsic: &str) {
        let (left, right) = self.pop_two(shape);
        self.push(left);
        self.push(right);
        self.float_extremum(intrinsic);
        let result: Value<'c> = self.pop();
        self.push_lanes(result);
    }
}
