//! Arguments on their way: as LLVM's parameters, or through memory right before the call.

use super::function::FunctionTranslator;
use crate::frontend::types::FunctionType;
use crate::ir::{Access, Opcode, PointerValue, Value};
use crate::plan::Passing;

impl<'c> FunctionTranslator<'_, '_, 'c> {
    /// The values of Wasm's parameters. Only at the start of a function: a call overwrites those
    /// in memory.
    pub(super) fn parameter_values(&self) -> Vec<Value<'c>> {
        let passings = self.cx.program.convention.passings(self.ty, self.cx.module.model);
        let value = |(passing, &ty)| match passing {
            Passing::Direct(position) => {
                let parameter = self.function.get_nth_param(position).expect("lowered with its parameters");
                match self.cx.program.convention.extends(ty) {
                    true => self.b.cast(Opcode::Trunc, parameter, self.b.types.i32),
                    false => parameter,
                }
            }
            Passing::Memory(slot) => {
                let place = self.argument_slot(self.own_arguments(), slot);
                self.b.load(self.b.types.value(ty), place, 16, Access::Slot)
            }
        };
        passings.into_iter().zip(&self.ty.parameters).map(value).collect()
    }

    /// Writes the arguments that travel through memory of that instance and returns the others.
    /// Nothing may come between this and the call.
    pub(super) fn pass_arguments(
        &self,
        ty: &FunctionType,
        instance: Option<PointerValue<'c>>,
        arguments: Vec<Value<'c>>,
    ) -> Vec<Value<'c>> {
        let passings = self.cx.program.convention.passings(ty, self.cx.module.model);
        let mut direct = Vec::with_capacity(arguments.len());
        for ((passing, argument), &ty) in passings.into_iter().zip(arguments).zip(&ty.parameters) {
            match passing {
                Passing::Direct(_) if self.cx.program.convention.extends(ty) => {
                    direct.push(self.b.extend(argument.into_int_value()).into());
                }
                Passing::Direct(_) => direct.push(argument),
                Passing::Memory(slot) => {
                    let place = self.argument_slot(self.arguments(instance), slot);
                    self.b.store(argument, place, 16, Access::Slot);
                }
            }
        }
        direct
    }

    fn argument_slot(&self, arguments: PointerValue<'c>, slot: u32) -> PointerValue<'c> {
        self.b.field(arguments, 16 * u64::from(slot))
    }
}
