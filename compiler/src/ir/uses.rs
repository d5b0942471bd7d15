//! What becomes of a value.

use super::{Opcode, Value};
use inkwell::values::{AsValueRef, BasicValue, BasicValueUse, CallSiteValue, InstructionValue};
use std::collections::HashMap;

/// Values looked at before one counts as used: keeps the search cheap where much hangs on it.
const SEARCH_LIMIT: usize = 64;

/// What becomes of the values in a function to which nothing is added any more.
#[derive(Debug, Default)]
pub struct Uses<'c> {
    /// Whether places in the frame are read, of those that were looked at: each may be written anywhere.
    read: HashMap<InstructionValue<'c>, bool>,
}

impl<'c> Uses<'c> {
    /// Whether a load's value is discarded: nothing uses it but arithmetic whose value is discarded in
    /// turn, and stores to places in the frame that nobody reads.
    pub fn is_discarded(&mut self, value: Value<'c>) -> bool {
        let Some(start) = value.as_instruction_value() else { return false };
        let mut seen = vec![start];
        let mut next = 0;
        while let Some(&instruction) = seen.get(next) {
            next += 1;
            for user in users(instruction) {
                if self.is_store_to_unread_place(user, instruction) || seen.contains(&user) {
                    continue;
                }
                if !is_arithmetic(user) || seen.len() == SEARCH_LIMIT {
                    return false;
                }
                seen.push(user);
            }
        }
        true
    }

    fn is_store_to_unread_place(&mut self, user: InstructionValue<'c>, stored: InstructionValue<'c>) -> bool {
        if user.get_opcode() != Opcode::Store {
            return false;
        }
        let place = user.get_operand(1).and_then(|operand| operand.value());
        let Some(place) = place.and_then(|place| place.as_instruction_value()) else { return false };
        let is_read = || users(place).any(|user| user.get_opcode() != Opcode::Store);
        place != stored
            && place.get_opcode() == Opcode::Alloca
            && !*self.read.entry(place).or_insert_with(is_read)
    }
}

/// Makes LLVM keep a load whatever becomes of its value.
pub fn keep(load: Value<'_>) {
    let load = load.as_instruction_value().expect("a load is an instruction");
    load.set_volatile(true).expect("a load may be volatile");
}

fn users<'c>(instruction: InstructionValue<'c>) -> impl Iterator<Item = InstructionValue<'c>> {
    std::iter::successors(instruction.get_first_use(), |one: &BasicValueUse<'c>| one.get_next_use()).map(
        |one| {
            // SAFETY: only instructions use instructions.
            unsafe { InstructionValue::new(one.get_user().as_value_ref()) }
        },
    )
}

/// Without effects but a value.
fn is_arithmetic(instruction: InstructionValue<'_>) -> bool {
    use Opcode::*;
    matches!(
        instruction.get_opcode(),
        Add | Sub
            | Mul
            | And
            | Or
            | Xor
            | Shl
            | LShr
            | AShr
            | FAdd
            | FSub
            | FMul
            | FDiv
            | FNeg
            | Trunc
            | ZExt
            | SExt
            | FPTrunc
            | FPExt
            | SIToFP
            | UIToFP
            | BitCast
            | ICmp
            | FCmp
            | Select
            | Phi
            | ExtractElement
            | InsertElement
            | ShuffleVector
    ) || is_intrinsic_with_result(instruction)
}

/// Those intrinsics with a result that we call compute and do nothing else.
fn is_intrinsic_with_result(instruction: InstructionValue<'_>) -> bool {
    let callee = CallSiteValue::try_from(instruction).ok().and_then(|call| call.get_called_fn_value());
    callee.is_some_and(|function| {
        function.get_intrinsic_id() != 0 && function.get_type().get_return_type().is_some()
    })
}
