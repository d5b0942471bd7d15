//! Calls of the runtime's functions, from the table of the ABI.

use super::function::FunctionTranslator;
use crate::ir::{BasicType, Convention, FunctionKind, IntValue, Type, Value};
use wasmwright_abi::runtime_function::{AbiType, RuntimeFunction};

impl<'c> FunctionTranslator<'_, '_, 'c> {
    /// Calls a function of the runtime.
    pub(super) fn runtime_call(&self, function: RuntimeFunction, arguments: &[Value<'c>]) -> IntValue<'c> {
        let lower = |ty: AbiType| -> Type<'c> {
            match ty {
                AbiType::I32 => self.b.types.i32.into(),
                AbiType::I64 => self.b.types.i64.into(),
                AbiType::Pointer => self.b.types.pointer.into(),
            }
        };
        let parameters: Vec<_> = function.parameters().iter().map(|&ty| lower(ty).into()).collect();
        let ty = lower(function.result()).fn_type(&parameters, false);
        let kind = match function {
            RuntimeFunction::Throw => FunctionKind::Throw,
            _ => FunctionKind::Runtime,
        };
        let callee = self.cx.unit.function(function.symbol(), ty, kind, Convention::C);
        self.b.result(self.b.call(callee, arguments)).into_int_value()
    }
}
