//! Conversions between the number types.

use super::function::FunctionTranslator;
use crate::ir::{BasicType, BasicValue, FloatPredicate, FloatValue, Opcode, Type};
use wasmwright_abi::trap::Trap;

/// The integer that a float is converted to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Integer {
    /// `i32`
    I32 { signed: bool },
    /// `i64`
    I64 { signed: bool },
}

impl Integer {
    fn signed(self) -> bool {
        let (Self::I32 { signed } | Self::I64 { signed }) = self;
        signed
    }

    fn bits(self) -> u32 {
        match self {
            Self::I32 { .. } => 32,
            Self::I64 { .. } => 64,
        }
    }

    /// The bounds of the floats whose truncation fits: all `x` with `low < x < high`, or with
    /// `low <= x` where `low - 1` is no float of the type.
    fn bounds(self, float_bits: u32) -> (FloatPredicate, f64, f64) {
        let high = 2f64.powi(self.bits() as i32 - i32::from(self.signed()));
        if !self.signed() {
            return (FloatPredicate::OGT, -1.0, high);
        }
        let exact = self.bits() == 32 && float_bits == 64;
        if exact { (FloatPredicate::OGT, -high - 1.0, high) } else { (FloatPredicate::OGE, -high, high) }
    }
}

impl<'c> FunctionTranslator<'_, '_, 'c> {
    /// A conversion that LLVM has as it is.
    pub(super) fn convert(&mut self, op: Opcode, to: impl BasicType<'c>) {
        let value = self.pop();
        self.push(self.b.cast(op, value, to));
    }

    /// `trunc`: traps where the integer does not fit.
    pub(super) fn truncate(&mut self, to: Integer) {
        let value = self.pop_float();
        let is_nan = self.b.compare_float(FloatPredicate::UNO, value, value);
        self.trap_if(is_nan, Trap::InvalidConversionToInteger);
        let ty = value.get_type();
        let (predicate, low, high) = to.bounds(self.float_bits(value));
        let above = self.b.compare_float(predicate, value, ty.const_float(low));
        let below = self.b.compare_float(FloatPredicate::OLT, value, ty.const_float(high));
        let fits = self.b.int(Opcode::And, above, below);
        let overflows = self.b.int(Opcode::Xor, fits, self.b.types.i1.const_all_ones());
        self.trap_if(overflows, Trap::IntegerOverflow);
        let op = if to.signed() { Opcode::FPToSI } else { Opcode::FPToUI };
        let result = self.b.cast(op, value.into(), self.integer_type(to));
        self.push(result);
    }

    /// `trunc_sat`
    pub(super) fn truncate_saturating(&mut self, to: Integer) {
        let value = self.pop();
        let intrinsic = if to.signed() { "llvm.fptosi.sat" } else { "llvm.fptoui.sat" };
        let overloads = [self.integer_type(to), value.get_type()];
        self.push(self.b.intrinsic(&self.cx.unit.module, intrinsic, &overloads, &[value]));
    }

    /// `demote`: LLVM folds that of a promoted value away, which would leave a signalling NaN.
    pub(super) fn demote(&mut self) {
        let value = self.pop();
        let promoted = value.as_instruction_value().is_some_and(|value| value.get_opcode() == Opcode::FPExt);
        let narrow = self.b.cast(Opcode::FPTrunc, value, self.b.types.f32);
        let narrow = if promoted { self.quiet(narrow) } else { narrow };
        self.push(narrow);
    }

    fn integer_type(&self, to: Integer) -> Type<'c> {
        match to {
            Integer::I32 { .. } => self.b.types.i32.into(),
            Integer::I64 { .. } => self.b.types.i64.into(),
        }
    }

    fn float_bits(&self, value: FloatValue<'c>) -> u32 {
        if value.get_type() == self.b.types.f32 { 32 } else { 64 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_the_neighbours_of_the_first_values_that_do_not_fit() {
        let i32s = Integer::I32 { signed: true };
        assert_eq!(i32s.bounds(64), (FloatPredicate::OGT, -2147483649.0, 2147483648.0));
        assert_eq!(i32s.bounds(32), (FloatPredicate::OGE, -2147483648.0, 2147483648.0));
        let u64s = Integer::I64 { signed: false };
        assert_eq!(u64s.bounds(32), (FloatPredicate::OGT, -1.0, 18446744073709551616.0));
        let i64s = Integer::I64 { signed: true };
        assert_eq!(i64s.bounds(64), (FloatPredicate::OGE, -9223372036854775808.0, 9223372036854775808.0));
    }
}
