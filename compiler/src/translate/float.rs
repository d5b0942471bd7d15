//! Float arithmetic.
//!
//! LLVM holds that a signalling NaN may pass through an operation with an identity (`x * 1`,
//! `x - 0`) unquieted, and folds it away; Wasm wants an arithmetic NaN. Where an operand is such a
//! constant, the result goes through `canonicalize`, which quiets. Everywhere else the operation
//! itself does.

use super::function::FunctionTranslator;
use crate::ir::{FloatPredicate, FloatValue, Opcode, Value};

impl<'c> FunctionTranslator<'_, '_, 'c> {
    /// `add`, `sub`, `mul`, `div`
    pub(super) fn float_binary(&mut self, op: Opcode) {
        let right = self.pop_float();
        let left = self.pop_float();
        let result = self.b.binary(op, left.into(), right.into());
        let folds = match op {
            Opcode::FMul => is_one(left) || is_one(right),
            Opcode::FDiv => is_one(right),
            Opcode::FAdd => is_zero(left) || is_zero(right),
            Opcode::FSub => is_zero(left) || is_zero(right),
            _ => false,
        };
        let result = if folds { self.quiet(result) } else { result };
        self.push(result);
    }

    /// The value, a signalling NaN made quiet.
    pub(super) fn quiet(&self, value: Value<'c>) -> Value<'c> {
        self.b.intrinsic(&self.cx.unit.module, "llvm.canonicalize", &[value.get_type()], &[value])
    }

    /// `min` and `max`. LLVM's give a NaN where an operand is one, but maybe a signalling one as it
    /// came: there the canonical one takes its place. AArch64's instructions need no such care: a
    /// pass forms them (`form_extrema`).
    pub(super) fn float_extremum(&mut self, intrinsic: &str) {
        let right = self.pop_float();
        let left = self.pop_float();
        let any_nan = self.b.compare_float(FloatPredicate::UNO, left, right);
        let extremum = self.extremum_of_numbers(intrinsic, left.into(), right.into());
        self.push(self.b.select(any_nan, left.get_type().const_float(f64::NAN).into(), extremum));
    }

    /// The extremum of two values or vectors that are no NaNs. Where one is, it must not be used.
    pub(super) fn extremum_of_numbers(
        &self,
        intrinsic: &str,
        left: Value<'c>,
        right: Value<'c>,
    ) -> Value<'c> {
        let operands = [left, right];
        let result = self.b.intrinsic(&self.cx.unit.module, intrinsic, &[left.get_type()], &operands);
        self.b.assume_no_nans(result);
        result
    }

    /// `copysign`
    pub(super) fn float_binary_intrinsic(&mut self, intrinsic: &str) {
        let right = self.pop();
        let left = self.pop();
        let result = self.b.intrinsic(&self.cx.unit.module, intrinsic, &[left.get_type()], &[left, right]);
        self.push(result);
    }

    pub(super) fn negate(&mut self) {
        let value = self.pop_float();
        self.push(self.b.negate(value));
    }
}

/// 1 or -1
fn is_one(value: FloatValue<'_>) -> bool {
    value.is_const() && value.get_constant().is_some_and(|(value, _)| value.abs() == 1.0)
}

/// 0 or -0
fn is_zero(value: FloatValue<'_>) -> bool {
    value.is_const() && value.get_constant().is_some_and(|(value, _)| value == 0.0)
}
