//! Integer arithmetic. The methods serve both widths: LLVM's operations take theirs from their
//! operands.

use super::function::FunctionTranslator;
use crate::ir::{IntPredicate, IntValue, Opcode};
use wasmwright_abi::trap::Trap;

impl<'c> FunctionTranslator<'_, '_, 'c> {
    /// An operation that LLVM has as it is.
    pub(super) fn binary(&mut self, op: Opcode) {
        let right = self.pop();
        let left = self.pop();
        self.push(self.b.binary(op, left, right));
    }

    /// A shift: LLVM's is undefined from the width on, Wasm's takes the count modulo the width.
    pub(super) fn shift(&mut self, op: Opcode) {
        let count = self.pop_int();
        let value = self.pop_int();
        let mask = value.get_type().const_int(u64::from(value.get_type().get_bit_width()) - 1, false);
        let count = self.b.int(Opcode::And, count, mask);
        self.push(self.b.int(op, value, count));
    }

    /// A rotation, as a funnel shift of a value with itself; its count is modulo the width.
    pub(super) fn rotate(&mut self, intrinsic: &str) {
        let count = self.pop();
        let value = self.pop();
        let rotated =
            self.b.intrinsic(&self.cx.unit.module, intrinsic, &[value.get_type()], &[value, value, count]);
        self.push(rotated);
    }

    /// `clz` and `ctz`, which give the width for 0.
    pub(super) fn count_zeros(&mut self, intrinsic: &str) {
        let value = self.pop();
        let zero_is_defined = self.b.types.i1.const_zero().into();
        let count =
            self.b.intrinsic(&self.cx.unit.module, intrinsic, &[value.get_type()], &[value, zero_is_defined]);
        self.push(count);
    }

    /// An intrinsic of one operand of the operand's type.
    pub(super) fn unary_intrinsic(&mut self, intrinsic: &str) {
        let value = self.pop();
        let result = self.b.intrinsic(&self.cx.unit.module, intrinsic, &[value.get_type()], &[value]);
        self.push(result);
    }

    pub(super) fn eqz(&mut self) {
        let value = self.pop_int();
        let is_zero = self.b.is_zero(value);
        self.push_bool(is_zero);
    }

    pub(super) fn divide_unsigned(&mut self) {
        let (left, right) = self.pop_division();
        self.push(self.b.int(Opcode::UDiv, left, right));
    }

    /// The quotient of the least integer and -1 does not fit.
    pub(super) fn divide_signed(&mut self) {
        let (left, right) = self.pop_division();
        let ty = left.get_type();
        let least = ty.const_int(1 << (ty.get_bit_width() - 1), false);
        let is_least = self.b.compare(IntPredicate::EQ, left, least);
        let is_minus_one = self.b.compare(IntPredicate::EQ, right, ty.const_all_ones());
        let overflows = self.b.int(Opcode::And, is_least, is_minus_one);
        self.trap_if(overflows, Trap::IntegerOverflow);
        self.push(self.b.int(Opcode::SDiv, left, right));
    }

    pub(super) fn remainder_unsigned(&mut self) {
        let (left, right) = self.pop_division();
        self.push(self.b.int(Opcode::URem, left, right));
    }

    /// Any remainder by -1 is 0, as is any by 1; LLVM leaves that of the least integer undefined.
    pub(super) fn remainder_signed(&mut self) {
        let (left, right) = self.pop_division();
        let ty = right.get_type();
        let is_minus_one = self.b.compare(IntPredicate::EQ, right, ty.const_all_ones());
        let divisor = self.b.select(is_minus_one, ty.const_int(1, false).into(), right.into());
        self.push(self.b.binary(Opcode::SRem, left.into(), divisor));
    }

    fn pop_division(&mut self) -> (IntValue<'c>, IntValue<'c>) {
        let right = self.pop_int();
        let left = self.pop_int();
        let is_zero = self.b.compare(IntPredicate::EQ, right, right.get_type().const_zero());
        self.trap_if(is_zero, Trap::IntegerDivideByZero);
        (left, right)
    }

    /// `extend8_s` and its kin: the low bits, sign-extended in place.
    pub(super) fn sign_extend_low(&mut self, bits: u32) {
        let value = self.pop_int();
        let low = self.b.types.context.custom_width_int_type(std::num::NonZero::new(bits).expect("not 0"));
        let low = low.expect("a width that LLVM has");
        let truncated = self.b.cast(Opcode::Trunc, value.into(), low);
        self.push(self.b.cast(Opcode::SExt, truncated, value.get_type()));
    }

    /// `select`
    pub(super) fn select(&mut self) {
        let condition = self.pop_bool();
        let no = self.pop();
        let yes = self.pop();
        self.push(self.b.select(condition, yes, no));
    }
}
