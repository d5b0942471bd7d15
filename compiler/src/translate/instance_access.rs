//! Where the parts of instances are: the only code that knows of the two instance models how an
//! address comes about.

use super::function::FunctionTranslator;
use super::unit::UnitContext;
use crate::frontend::index::FuncIndex;
use crate::ir::{Access, PointerValue};
use crate::plan::{FunctionTarget, InstanceModel, Place, symbols};
use std::mem::offset_of;
use wasmwright_abi::instance::{ARGUMENTS_OFFSET, InstanceHeader};

impl<'c> UnitContext<'_, 'c> {
    /// The record of an instance that exists at link time.
    pub(super) fn instance_symbol(&self, module: usize) -> PointerValue<'c> {
        let bytes = self.program.modules[module].layout.bytes;
        self.unit.symbol(&symbols::instance(module), bytes, symbols::alignment::RECORD, false)
    }
}

impl<'c> FunctionTranslator<'_, '_, 'c> {
    /// The address of a record.
    pub(super) fn place(&self, place: Place) -> PointerValue<'c> {
        match place {
            Place::Own(offset) => self.b.field(self.instance(), offset),
            Place::Other { module, offset } => self.b.field(self.cx.instance_symbol(module), offset),
            Place::Slot(offset) => self.slot(offset),
        }
    }

    /// Where the arguments in memory of a function of that instance are.
    pub(super) fn arguments(&self, instance: Option<PointerValue<'c>>) -> PointerValue<'c> {
        let instance = instance.unwrap_or_else(|| self.cx.instance_symbol(0));
        self.b.field(instance, ARGUMENTS_OFFSET)
    }

    /// Where this function's are.
    pub(super) fn own_arguments(&self) -> PointerValue<'c> {
        self.arguments((self.cx.module.model == InstanceModel::Passed).then(|| self.instance()))
    }

    /// What may still be spent on instructions.
    pub(super) fn fuel(&self) -> PointerValue<'c> {
        match self.cx.module.model {
            InstanceModel::Static => self.cx.unit.symbol(symbols::FUEL, 8, 8, false),
            InstanceModel::Passed => {
                let field = self.b.field(self.instance(), offset_of!(InstanceHeader, fuel) as u64);
                self.b.load(self.b.types.pointer, field, 8, Access::Invariant).into_pointer_value()
            }
        }
    }

    /// What an import slot points to. Slots are filled before any code runs.
    pub(super) fn slot(&self, offset: u64) -> PointerValue<'c> {
        let slot = self.b.field(self.instance(), offset);
        self.b.load(self.b.types.pointer, slot, 8, Access::Invariant).into_pointer_value()
    }

    /// The function reference to a function.
    pub(super) fn function_reference(&self, function: FuncIndex) -> PointerValue<'c> {
        let module = self.cx.module;
        let plan = self.cx.function_plan(function);
        if let (FunctionTarget::Linked { slot: Some(slot), .. }, InstanceModel::Passed) =
            (&plan.target, module.model)
        {
            return self.slot(*slot);
        }
        let own = module.definition(function);
        match module.layout.function_reference(function) {
            Some(offset) => self.b.field(self.instance(), offset),
            None => self.cx.unit.symbol(
                &symbols::function_reference(own.0, own.1),
                24,
                symbols::alignment::REFERENCE,
                true,
            ),
        }
    }
}
