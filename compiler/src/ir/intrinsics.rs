//! Calls of LLVM's intrinsics by name.

use super::{Builder, IntValue, Type, Unit, Value};
use crate::target::Architecture;
use inkwell::intrinsics::Intrinsic;
use inkwell::module::Module;
use inkwell::values::BasicMetadataValueEnum;

impl<'c> Builder<'c> {
    /// Calls an intrinsic that returns a value. `overloads` are the types that select its form.
    pub fn intrinsic(
        &self,
        module: &Module<'c>,
        name: &str,
        overloads: &[Type<'c>],
        arguments: &[Value<'c>],
    ) -> Value<'c> {
        self.call_intrinsic(module, name, overloads, arguments).expect("an intrinsic with a result")
    }

    /// The stack pointer, after the function's frame has been made.
    pub fn stack_pointer(&self, unit: &Unit<'c>, architecture: Architecture) -> IntValue<'c> {
        let name = match architecture {
            Architecture::X86_64 => "rsp",
            Architecture::Aarch64 | Architecture::Riscv64 => "sp",
        };
        let context = unit.types.context;
        let register = context.metadata_node(&[context.metadata_string(name).into()]);
        let intrinsic = Intrinsic::find("llvm.read_register").expect("LLVM has it");
        let function =
            intrinsic.get_declaration(&unit.module, &[unit.types.i64.into()]).expect("it has that form");
        let call = self.raw.build_call(function, &[register.into()], "").expect("the builder is positioned");
        self.result(call).into_int_value()
    }

    /// Calls an intrinsic, with or without a result.
    pub fn call_intrinsic(
        &self,
        module: &Module<'c>,
        name: &str,
        overloads: &[Type<'c>],
        arguments: &[Value<'c>],
    ) -> Option<Value<'c>> {
        let intrinsic = Intrinsic::find(name).unwrap_or_else(|| panic!("LLVM has no intrinsic {name}"));
        let function = intrinsic
            .get_declaration(module, overloads)
            .unwrap_or_else(|| panic!("{name} has no form for {overloads:?}"));
        let arguments: Vec<BasicMetadataValueEnum<'c>> =
            arguments.iter().map(|&value| value.into()).collect();
        let call =
            self.located(self.raw.build_call(function, &arguments, "").expect("the builder is positioned"));
        call.try_as_basic_value().basic()
    }
}
