//! Float arithmetic.
//!
//! LLVM holds that a signalling NaN may pass through an operation with an identity (`x * 1`,
//! `x - 0`, the lesser of `x` and infinity or itself) unquieted, and folds it away; Wasm wants an arithmetic NaN. Where operands are
//! such, the result goes through `canonicalize`, which quiets. Everywhere else the operation
//! itself does.

use super::function::FunctionTranslator;
use crate::ir::{FloatPredicate, FloatValue, Opcode, Value};
use crate::target::Architecture;

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

    /// `min` and `max`. LLVM's give a NaN where an operand is one, but on x86 a signalling one as it
    /// came: there the sum of the operands, which is quiet, takes its place.
    pub(super) fn float_extremum(&mut self, intrinsic: &str) {
        let right = self.pop_float();
        let left = self.pop_float();
        let operands = [left.into(), right.into()];
        let result = self.b.intrinsic(&self.cx.unit.module, intrinsic, &[left.get_type().into()], &operands);
        if self.cx.program.target.architecture == Architecture::Aarch64 {
            let folds = left == right || is_infinite(left) || is_infinite(right);
            return self.push(if folds { self.quiet(result) } else { result });
        }
        self.b.assume_no_nans(result);
        let sum = self.b.binary(Opcode::FAdd, left.into(), right.into());
        let any_nan = self.b.compare_float(FloatPredicate::UNO, left, right);
        self.push(self.b.select(any_nan, sum, result));
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

/// Infinite, with any sign
fn is_infinite(value: FloatValue<'_>) -> bool {
    value.is_const() && value.get_constant().is_some_and(|(value, _)| value.is_infinite())
}

/// 0 or -0
fn is_zero(value: FloatValue<'_>) -> bool {
    value.is_const() && value.get_constant().is_some_and(|(value, _)| value == 0.0)
}
