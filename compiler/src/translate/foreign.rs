//! Calls through references that may be to functions of other instances that the host made, of this library
//! or of others.
//!
//! Such an instance has a store of its own: its stack limit, where its traps return to, its memories,
//! of which a signal handler must know; and in another library a runtime of its own. So its code runs as in
//! a call from the host. The reference is called through a bridge, a function of this module in the
//! convention of compiled code, which puts the arguments into slots and calls what the reference's type
//! names, a function of the library that the reference is of. That has its runtime begin a call for the other
//! instance; there an entry takes the arguments out again and calls the code. What the call is abandoned with,
//! this one is abandoned with.
//!
//! Types of different libraries have different addresses. So callers leave it to the bridge to say which trap
//! it is where the address of a type differs and the instance does, too.
//!
//! Invariants: [`InstanceHeader::called`] is written right before a call that may go through a bridge,
//! and a bridge reads it first of all. A bridge calls nothing that is of another type than it is itself, or
//! of another version of the ABI.

use super::call::{CallKind, Callee};
use super::control_stack::Frame;
use super::function::FunctionTranslator;
use super::library::Thrower;
use super::trampoline::define_entry;
use super::unit::UnitContext;
use crate::frontend::types::FunctionType;
use crate::ir::{
    Access, Convention, FunctionKind, FunctionValue, IntPredicate, IntValue, Linkage, PointerValue, Types,
    Weight,
};
use crate::plan::{LibraryPlan, Unwinding, symbols};
use std::collections::BTreeMap;
use std::mem::offset_of;
use wasmwright_abi::ABI_VERSION;
use wasmwright_abi::instance::{FunctionReference, InstanceHeader, TypeRecord};
use wasmwright_abi::library::CALL_SYMBOL;
use wasmwright_abi::runtime_function::RuntimeFunction;
use wasmwright_abi::trap::Trap;

/// Defines the bridges of the unit's module.
pub fn define_bridges(cx: &UnitContext<'_, '_>) {
    if !cx.has_foreign_references() {
        return;
    }
    let called = cx.module.parsed.facts.called_types.iter();
    let types = called.map(|ty| &cx.module.parsed.types[ty.index()]);
    let distinct: BTreeMap<String, &FunctionType> = types.map(|ty| (ty.identity().hex(), ty)).collect();
    for ty in distinct.into_values() {
        define_bridge(cx, ty);
    }
}

impl<'c> UnitContext<'_, 'c> {
    /// Whether references may be to functions of other instances that the host made.
    fn has_foreign_references(&self) -> bool {
        self.program.library.as_ref().is_some_and(|library| library.has_foreign_references)
    }

    fn bridge(&self, ty: &FunctionType) -> FunctionValue<'c> {
        self.declare(&symbols::bridge(self.module.index, ty), ty)
    }
}

/// Slots of a call through a bridge: arguments or results, and behind them what the callee makes of the
/// reference for its entry.
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
    let record = translator.reference_field(reference, offset_of!(FunctionReference, type_id));
    translator.check_type(record, ty);
    let slots = translator.results_room(reference_slot(ty) as usize + 1);
    translator.put_into_slots(arguments, slots);
    let call = translator.b.field(record, offset_of!(TypeRecord, call) as u64);
    let call = translator.b.load(types.pointer, call, 8, Access::Invariant).into_pointer_value();
    let arguments = [reference.into(), slots.into()];
    let code = translator.b.call_pointer(reference_call_type(types), Convention::C, call, &arguments);
    let code = translator.b.result(code).into_int_value();
    translator.raise_unless_zero(code, Thrower::Instance { slots });
    for (position, &result) in ty.results.iter().enumerate() {
        let slot = translator.b.field(slots, 16 * position as u64);
        let value = translator.b.load(types.value(result), slot, 8, Access::Slot);
        translator.push(value);
    }
    translator.return_();
    translator.finish(start);
}

/// Defines what other instances call this library's functions through.
pub fn define_reference_calls(cx: &UnitContext<'_, '_>, library: &LibraryPlan) {
    for ty in &library.referenced_types {
        define_reference_call(cx, ty);
        define_reference_entry(cx, ty);
    }
}

/// The LLVM type of a [`wasmwright_abi::instance::CallReference`].
fn reference_call_type<'c>(types: &Types<'c>) -> crate::ir::FunctionType<'c> {
    types.i32.fn_type(&[types.pointer.into(); 2], false)
}

fn define_reference_call(cx: &UnitContext<'_, '_>, ty: &FunctionType) {
    let types = &cx.unit.types;
    let symbol = symbols::reference_call(ty);
    let function =
        cx.unit.function(&symbol, reference_call_type(types), FunctionKind::Boundary, Convention::C);
    cx.unit.define(function, Linkage::Hidden);
    let b = cx.unit.builder();
    b.position(b.block(function, "entry"));
    let parameter = |position| function.get_nth_param(position).expect("declared").into_pointer_value();
    let (reference, slots) = (parameter(0), parameter(1));
    let instance = b.field(reference, offset_of!(FunctionReference, instance) as u64);
    let instance = b.load(types.pointer, instance, 8, Access::Invariant);
    b.store(reference.into(), b.field(slots, 16 * reference_slot(ty)), 8, Access::Slot);
    let pointers = [types.pointer.into(); 3];
    let call = cx.unit.function(
        CALL_SYMBOL,
        types.i32.fn_type(&pointers, false),
        FunctionKind::Runtime,
        Convention::C,
    );
    let entry = types.context.void_type().fn_type(&pointers[..2], false);
    let entry = cx.unit.function(&symbols::reference_entry(ty), entry, cx.kind(), Convention::C);
    let entry = entry.as_global_value().as_pointer_value();
    let code = b.result(b.call(call, &[instance, entry.into(), slots.into()]));
    let code = code.into_int_value();
    let (ended, done) = (b.block(function, "ended"), b.block(function, "done"));
    let returned = b.compare(IntPredicate::EQ, code, b.i32(0));
    b.branch_if(returned, done, ended, Weight::Likely);
    b.position(ended);
    let exception = match cx.program.unwinding {
        Unwinding::None => b.i64(0),
        Unwinding::Tables => {
            let ty = types.i64.fn_type(&[types.pointer.into(), types.i32.into()], false);
            let symbol = RuntimeFunction::ExceptionLeft.symbol();
            let left = cx.unit.function(symbol, ty, FunctionKind::Runtime, Convention::C);
            b.result(b.call(left, &[instance, code.into()])).into_int_value()
        }
    };
    b.store(exception.into(), slots, 8, Access::Slot);
    b.branch(done);
    b.position(done);
    b.ret(Some(code.into()));
}

fn define_reference_entry(cx: &UnitContext<'_, '_>, ty: &FunctionType) {
    define_entry(cx, &symbols::reference_entry(ty), ty, |translator, slots| {
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

    /// Traps where a reference's type is another one, unless the reference is to a function of another
    /// instance: of these the bridge compares what the addresses of types stand for.
    pub(super) fn trap_if_other_type(&mut self, reference: PointerValue<'c>, is_other: IntValue<'c>) {
        if !self.cx.has_foreign_references() {
            return self.trap_if(is_other, Trap::IndirectCallTypeMismatch);
        }
        let (cold, next) = (self.b.block(self.function, "other"), self.b.block(self.function, "next"));
        self.b.branch_if(is_other, cold, next, Weight::Never);
        self.b.position(cold);
        let instance = self.reference_field(reference, offset_of!(FunctionReference, instance));
        let is_own = self.b.not(self.is_foreign(instance));
        self.trap_if(is_own, Trap::IndirectCallTypeMismatch);
        self.b.branch(next);
        self.b.position(next);
    }

    /// Traps unless a record stands for that type, be it of another library.
    fn check_type(&mut self, record: PointerValue<'c>, ty: &FunctionType) {
        let identity = offset_of!(TypeRecord, identity) as u64;
        let [low, high] = ty.identity().words();
        let version = (offset_of!(TypeRecord, abi_version) as u64, ABI_VERSION.into());
        for (offset, expected) in [version, (identity, low), (identity + 8, high)] {
            let place = self.b.field(record, offset);
            let actual = self.b.load(self.b.types.i64, place, 8, Access::Invariant).into_int_value();
            let differs = self.b.compare(IntPredicate::NE, actual, self.b.i64(expected));
            self.trap_if(differs, Trap::IndirectCallTypeMismatch);
        }
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
