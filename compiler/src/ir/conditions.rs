//! Conditions: `i1`s, which Wasm has as numbers that are 0 or 1.
//!
//! Most numbers of that kind are looked at once, as a condition again. So none is compared that is known
//! to come from one, and what nothing uses then is taken back: unoptimised code would compute it.

use super::{Builder, IntPredicate, IntValue, Opcode};
use inkwell::values::InstructionValue;

impl<'c> Builder<'c> {
    /// A condition as a number.
    pub fn number(&self, condition: IntValue<'c>) -> IntValue<'c> {
        self.cast(Opcode::ZExt, condition.into(), self.types.i32).into_int_value()
    }

    /// Whether a number, which nobody else is going to use, is not 0.
    pub fn is_nonzero(&self, number: IntValue<'c>) -> IntValue<'c> {
        match condition_of(number) {
            Some((widened, condition)) => {
                self.take_back(widened);
                condition
            }
            None => self.compare(IntPredicate::NE, number, number.get_type().const_zero()),
        }
    }

    /// Whether a number, which nobody else is going to use, is 0.
    pub fn is_zero(&self, number: IntValue<'c>) -> IntValue<'c> {
        match condition_of(number) {
            Some((widened, condition)) => {
                self.take_back(widened);
                self.inverted(condition)
            }
            None => self.compare(IntPredicate::EQ, number, number.get_type().const_zero()),
        }
    }

    fn inverted(&self, condition: IntValue<'c>) -> IntValue<'c> {
        let Some((comparison, predicate)) = integer_comparison(condition) else { return self.not(condition) };
        let operand = |index| comparison.get_operand(index).and_then(|operand| operand.value());
        let (Some(left), Some(right)) = (operand(0), operand(1)) else { return self.not(condition) };
        let inverted = self.compare(inverse(predicate), left.into_int_value(), right.into_int_value());
        self.take_back(comparison);
        inverted
    }

    /// Takes back an instruction of this block without effects that nothing uses. One of an earlier block
    /// may be among the values that are kept for another way through a body.
    fn take_back(&self, instruction: InstructionValue<'c>) {
        if instruction.get_first_use().is_none() && instruction.get_parent() == Some(self.current()) {
            instruction.erase_from_basic_block();
        }
    }
}

/// The condition that a number is made from, and the instruction that does it.
fn condition_of(number: IntValue<'_>) -> Option<(InstructionValue<'_>, IntValue<'_>)> {
    let widened = number.as_instruction().filter(|instruction| instruction.get_opcode() == Opcode::ZExt)?;
    let condition = widened.get_operand(0)?.value()?.into_int_value();
    (condition.get_type().get_bit_width() == 1).then_some((widened, condition))
}

fn integer_comparison(condition: IntValue<'_>) -> Option<(InstructionValue<'_>, IntPredicate)> {
    let comparison = condition.as_instruction()?;
    let predicate = comparison.get_icmp_predicate()?;
    let is_integer = comparison.get_operand(0)?.value()?.is_int_value();
    is_integer.then_some((comparison, predicate))
}

fn inverse(predicate: IntPredicate) -> IntPredicate {
    match predicate {
        IntPredicate::EQ => IntPredicate::NE,
        IntPredicate::NE => IntPredicate::EQ,
        IntPredicate::UGT => IntPredicate::ULE,
        IntPredicate::UGE => IntPredicate::ULT,
        IntPredicate::ULT => IntPredicate::UGE,
        IntPredicate::ULE => IntPredicate::UGT,
        IntPredicate::SGT => IntPredicate::SLE,
        IntPredicate::SGE => IntPredicate::SLT,
        IntPredicate::SLT => IntPredicate::SGE,
        IntPredicate::SLE => IntPredicate::SGT,
    }
}
