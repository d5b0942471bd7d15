//! Locals and globals.

use super::function::FunctionTranslator;
use crate::frontend::const_expr::ConstValue;
use crate::frontend::index::GlobalIndex;
use crate::ir::{Access, Value};

impl<'c> FunctionTranslator<'_, '_, 'c> {
    pub(super) fn local_get(&mut self, index: u32) {
        let local = self.locals[index as usize];
        let here = self.b.current();
        let value = match local.known {
            Some((block, value)) if block == here => value,
            _ => self.b.get_local(self.b.types.value(local.ty), local.place),
        };
        self.locals[index as usize].known = Some((here, value));
        self.push(value);
    }

    pub(super) fn local_set(&mut self, index: u32) {
        let value = self.pop();
        self.write_local(index, value);
    }

    pub(super) fn local_tee(&mut self, index: u32) {
        let value = *self.stack.last().expect("validation checked the operand stack");
        self.write_local(index, value);
    }

    fn write_local(&mut self, index: u32, value: Value<'c>) {
        let local = &mut self.locals[index as usize];
        local.known = Some((self.b.current(), value));
        self.b.set_local(value, local.place);
    }

    pub(super) fn global_get(&mut self, index: u32) {
        let value = self.global_value(GlobalIndex(index));
        self.push(value);
    }

    /// The value of a global: the constant that it is known to be, or a load.
    pub(super) fn global_value(&self, index: GlobalIndex) -> Value<'c> {
        let global = &self.cx.module.globals[index.index()];
        match global.constant_value() {
            // A function is known by its index in the defining module only.
            Some(value) if !matches!(value, ConstValue::Function(_)) => self.constant(value, global.ty),
            _ => {
                let place = self.place(global.place);
                let align = global.ty.bytes() as u32;
                self.b.load(self.b.types.value(global.ty), place, align, Access::Global)
            }
        }
    }

    pub(super) fn global_set(&mut self, index: u32) {
        let value = self.pop();
        self.set_global(GlobalIndex(index), value);
    }

    pub(super) fn set_global(&self, index: GlobalIndex, value: Value<'c>) {
        let global = &self.cx.module.globals[index.index()];
        let place = self.place(global.place);
        self.b.store(value, place, global.ty.bytes() as u32, Access::Global);
    }
}
