//! The operand stack. Validation has proved every pop: a wrong one is a defect of ours.

use super::function::FunctionTranslator;
use crate::ir::{FloatValue, IntValue, PointerValue, Value, VectorValue};

const VALIDATED: &str = "validation checked the operand stack";

impl<'c> FunctionTranslator<'_, '_, 'c> {
    pub(super) fn push(&mut self, value: impl Into<Value<'c>>) {
        self.stack.push(value.into());
    }

    pub(super) fn pop(&mut self) -> Value<'c> {
        self.stack.pop().expect(VALIDATED)
    }

    pub(super) fn pop_int(&mut self) -> IntValue<'c> {
        self.pop().into_int_value()
    }

    pub(super) fn pop_float(&mut self) -> FloatValue<'c> {
        self.pop().into_float_value()
    }

    pub(super) fn pop_pointer(&mut self) -> PointerValue<'c> {
        self.pop().into_pointer_value()
    }

    pub(super) fn pop_vector(&mut self) -> VectorValue<'c> {
        self.pop().into_vector_value()
    }

    /// The last `count` values, in the order in which they were pushed.
    pub(super) fn pop_many(&mut self, count: usize) -> Vec<Value<'c>> {
        let height = self.stack.len().checked_sub(count).expect(VALIDATED);
        self.stack.split_off(height)
    }

    /// An `i1` as Wasm's boolean.
    pub(super) fn push_bool(&mut self, value: IntValue<'c>) {
        self.push(self.b.number(value));
    }

    /// Wasm's boolean as an `i1`.
    pub(super) fn pop_bool(&mut self) -> IntValue<'c> {
        let value = self.pop_int();
        self.b.is_nonzero(value)
    }
}
