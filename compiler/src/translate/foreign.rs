//! Calls through references that may be to functions of other instances that the host made.
//!
//! Such an instance has a store of its own: its stack limit, where its traps return to, its memories,
//! of which a signal handler must know. So its code runs as in a call from the host. The reference is
//! called through a bridge, a function of this module in the convention of compiled code, which puts the
//! arguments into slots and has the runtime begin a call for the other instance; there an entry takes
//! them out again and calls the code. What the call is abandoned with, this one is abandoned with.
//!
//! Invariant: [`InstanceHeader::called`] is written right before a call that may go through a bridge,
//! and a bridge reads it first of all.

use super::call::{CallKind, Callee};
use super::control_stack::Frame;
use super::function::FunctionTranslator;
use super::trampoline::define_entry;
use super::unit::UnitContext;
use crate::frontend::types::FunctionType;
use crate::ir::{Access, Convention, FunctionKind, FunctionValue, IntValue, Linkage, PointerValue};
use crate::plan::symbols;
use std::collections::BTreeMap;
use std::mem::offset_of;
use wasmwright_abi::instance::{FunctionReference, InstanceHeader};
use wasmwright_abi::library::CALL_SYMBOL;

/// Defines the bridges of the unit's module, and the entries behind them.
pub fn define_bridges(cx: &UnitContext<'_, '_>) {
    if !cx.has_foreign_references() {
        return;
    }
    let called = cx.module.parsed.facts.called_types.iter();
    let types = called.map(|ty| &cx.module.parsed.types[ty.index()]);
    let distinct: BTreeMap<String, &FunctionType> = types.map(|ty| (ty.identity().hex(), ty)).collect();
    for ty in distinct.into_values() {
        define_bridge(cx, ty);
        define_bridge_entry(cx, ty);
    }
}

impl<'c> UnitContext<'_, 'c> {
    /// Whether references may be to functions of other instances that the host made.
    fn has_foreign_references(&self) -> bool {
        self.program.library.as_ref().is_some_and(|library| library.has_foreign_references)
    }

    fn bridge(&self, ty: &FunctionType) -> FunctionValue<'c> {
        let symbol = symbols::bridge(self.module.index, ty);
        self.unit.function(&symbol, self.lower(ty), self.kind(), self.convention())
    }
}

/// Slots of a call through a bridge: arguments or results, and behind them the reference.
fn reference_slot(ty: &FunctionType) -> u64 {
    ty.parameters.len().max(ty.results.len()) as u64
}

fn define_bridge(cx: &UnitContext<'_, '_>, ty: &FunctionType) {
    let types = &cx.unit.types;
    let bridge = cx.bridge(ty);
    cx.unit.define(bridge, Linkage::Hidden);
    let mut translator = FunctionTranslator::at_start(cx, bridge, ty);
    let start = translator.b.block(bridge, "body");
    translator.b.position(start);
    translator.control.push(Frame::function(ty));
    translator.calls = true;
    let arguments = translator.parameter_values();
    let called = translator.called();
    let reference = translator.b.load(types.pointer, called, 8, Access::Record).into_pointer_value();
    let slots = translator.results_room(reference_slot(ty) as usize + 1);
    translator.put_into_slots(arguments, slots);
    let last = translator.b.field(slots, 16 * reference_slot(ty));
    translator.b.store(reference.into(), last, 8, Access::Slot);
    let instance = translator.reference_field(reference, offset_of!(FunctionReference, instance));
    let pointers = [types.pointer.into(); 3];
    let call = cx.unit.function(
        CALL_SYMBOL,
        types.i32.fn_type(&pointers, false),
        FunctionKind::Runtime,
        Convention::C,
    );
    let entry = types.context.void_type().fn_type(&pointers[..2], false);
    let entry =
        cx.unit.function(&symbols::bridge_entry(cx.module.index, ty), entry, cx.kind(), Convention::C);
    let entry = entry.as_global_value().as_pointer_value();
    let code = translator.b.call(call, &[instance.into(), entry.into(), slots.into()]);
    translator.raise_unless_zero(translator.b.result(code).into_int_value());
    for (position, &result) in ty.results.iter().enumerate() {
        let slot = translator.b.field(slots, 16 * position as u64);
        let value = translator.b.load(types.value(result), slot, 8, Access::Slot);
        translator.push(value);
    }
    translator.return_();
    translator.finish(start);
}

fn define_bridge_entry(cx: &UnitContext<'_, '_>, ty: &FunctionType) {
    define_entry(cx, &symbols::bridge_entry(cx.module.index, ty), ty, |translator, slots| {
        let slot = translator.b.field(slots, 16 * reference_slot(ty));
        let reference = translator.b.load(translator.b.types.pointer, slot, 8, Access::Slot);
        let reference = reference.into_pointer_value();
        let code = translator.reference_field(reference, offset_of!(FunctionReference, code));
        let callee = Callee { code, instance: Some(translator.instance()) };
        translator.call_code(callee, ty, CallKind::Ordinary);
    });
}

impl<'c> FunctionTranslator<'_, '_, 'c> {
    /// The bridge in place of a callee of another store, on this instance.
    pub(super) fn bridged(
        &self,
        reference: PointerValue<'c>,
        ty: &FunctionType,
        code: PointerValue<'c>,
        instance: PointerValue<'c>,
    ) -> Callee<'c> {
        if !self.cx.has_foreign_references() {
            return Callee { code, instance: Some(instance) };
        }
        let own = self.instance();
        self.b.store(reference.into(), self.called(), 8, Access::Record);
        let bridge = self.cx.bridge(ty).as_global_value().as_pointer_value();
        let is_foreign = self.is_foreign(instance);
        let code = self.b.select(is_foreign, bridge.into(), code.into()).into_pointer_value();
        let instance = self.b.select(is_foreign, own.into(), instance.into()).into_pointer_value();
        Callee { code, instance: Some(instance) }
    }

    /// Whether an instance has another store than this one.
    fn is_foreign(&self, instance: PointerValue<'c>) -> IntValue<'c> {
        if self.cx.program.modules.len() == 1 {
            return self.b.pointers_differ(instance, self.instance());
        }
        let store = |instance| {
            let field = self.b.field(instance, offset_of!(InstanceHeader, store) as u64);
            self.b.load(self.b.types.pointer, field, 8, Access::Invariant).into_pointer_value()
        };
        self.b.pointers_differ(store(instance), store(self.instance()))
    }

    fn called(&self) -> PointerValue<'c> {
        self.b.field(self.instance(), offset_of!(InstanceHeader, called) as u64)
    }
}
