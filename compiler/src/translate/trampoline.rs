//! The edges in C convention: entries of exports, and code that makes host functions callable
//! through references.

use super::call::CallKind;
use super::control_stack::Frame;
use super::function::FunctionTranslator;
use super::unit::UnitContext;
use crate::frontend::index::FuncIndex;
use crate::frontend::module::Item;
use crate::frontend::types::FunctionType;
use crate::ir::{Access, Convention, Linkage, Opcode, PointerValue, Value};
use crate::plan::symbols;

/// Defines the wrappers of the unit's module: functions in the convention of compiled code that
/// call the host.
pub fn define_wrappers(cx: &UnitContext<'_, '_>) {
    for function in cx.wrapped_functions() {
        let mut translator = FunctionTranslator::new(cx, function);
        let ty = cx.module.parsed.function_type(function);
        let start = translator.b.block(translator.function, "body");
        translator.b.position(start);
        translator.control.push(Frame::function(ty));
        translator.stack = translator.parameter_values();
        translator.call(function.0, CallKind::Ordinary);
        if translator.reachable {
            translator.return_();
        }
        translator.finish(start);
    }
}

/// Defines the entries of the kept exports of the unit's module
/// ([`InvokeFunction`](wasmwright_abi::program::InvokeFunction)).
pub fn define_invokes(cx: &UnitContext<'_, '_>) {
    for (position, export) in cx.module.exports.iter().enumerate() {
        if let Item::Function(function) = export.item {
            define_invoke(cx, &symbols::invoke(cx.module.index, position), function);
        }
    }
}

impl<'c> FunctionTranslator<'_, '_, 'c> {
    /// Stores each value in a slot of its own.
    pub(super) fn put_into_slots(&self, values: Vec<Value<'c>>, slots: PointerValue<'c>) {
        for (position, value) in values.into_iter().enumerate() {
            let slot = self.b.field(slots, 16 * position as u64);
            self.b.store(self.extended(value), slot, 8, Access::Slot);
        }
    }

    /// A value as a slot holds it: integers and the bits of floats zero-extended.
    fn extended(&self, value: Value<'c>) -> Value<'c> {
        match value {
            Value::IntValue(integer) => self.b.extend(integer).into(),
            Value::FloatValue(float) if float.get_type() == self.b.types.f32 => {
                self.extended(self.b.cast(Opcode::BitCast, value, self.b.types.i32))
            }
            _ => value,
        }
    }
}

fn define_invoke(cx: &UnitContext<'_, '_>, symbol: &str, function: FuncIndex) {
    define_entry(cx, symbol, cx.module.parsed.function_type(function), |translator, _| {
        translator.call(function.0, CallKind::Ordinary);
    });
}

/// An entry for calls of that type: takes arguments out of slots, has `call` take them off the stack
/// and leave results there, and puts these into slots.
pub(super) fn define_entry<'c>(
    cx: &UnitContext<'_, 'c>,
    symbol: &str,
    callee: &FunctionType,
    call: impl FnOnce(&mut FunctionTranslator<'_, '_, 'c>, PointerValue<'c>),
) {
    let types = &cx.unit.types;
    let ty = types.context.void_type().fn_type(&[types.pointer.into(), types.pointer.into()], false);
    let entry = cx.unit.function(symbol, ty, cx.kind(), Convention::C);
    cx.unit.define(entry, Linkage::Hidden);
    let nothing = FunctionType::default();
    let mut translator = FunctionTranslator::at_start(cx, entry, &nothing);
    let start = translator.b.block(entry, "body");
    translator.b.position(start);
    translator.control.push(Frame::function(&nothing));
    let slots = entry.get_nth_param(1).expect("two parameters").into_pointer_value();
    for (position, &ty) in callee.parameters.iter().enumerate() {
        let slot = translator.b.field(slots, 16 * position as u64);
        let value = translator.b.load(types.value(ty), slot, 8, Access::Slot);
        translator.push(value);
    }
    call(&mut translator, slots);
    if translator.reachable {
        translator.check_fuel();
        let results = translator.pop_many(callee.results.len());
        translator.put_into_slots(results, slots);
        translator.return_();
    }
    translator.finish(start);
}
