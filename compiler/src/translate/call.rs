//! Calls: direct, by reference, tail, and of the host.

use super::function::FunctionTranslator;
use super::library::CallInC;
use crate::frontend::index::{FuncIndex, TypeIndex};
use crate::frontend::module::Item;
use crate::frontend::types::FunctionType;
use crate::ir::FunctionType as LoweredType;
use crate::ir::{Access, BasicType, CallSiteValue, Convention, FunctionKind, PointerValue, Value, pass_base};
use crate::plan::convention::returns_through_memory;
use crate::plan::{FunctionTarget, InstanceModel};
use std::mem::offset_of;
use wasmwright_abi::instance::FunctionReference;
use wasmwright_abi::runtime_function::RuntimeFunction;
use wasmwright_abi::trap::Trap;

/// How a call leaves the function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallKind {
    /// `call` and its kin.
    Ordinary,
    /// `return_call` and its kin.
    Tail,
}

/// Something to call in the convention of compiled functions.
pub(super) struct Callee<'c> {
    pub(super) code: PointerValue<'c>,
    pub(super) instance: Option<PointerValue<'c>>,
}

impl<'p, 'c> FunctionTranslator<'_, 'p, 'c> {
    pub(super) fn call(&mut self, function: u32, kind: CallKind) {
        let function = FuncIndex(function);
        let ty = self.cx.module.parsed.function_type(function);
        let plan = self.cx.function_plan(function);
        match &plan.target {
            FunctionTarget::Defined => {
                let code = self.cx.code(self.cx.module.index, function).as_global_value().as_pointer_value();
                let instance = self.passed(self.instance());
                self.call_code(Callee { code, instance }, ty, kind);
            }
            FunctionTarget::Linked { definition, slot } => {
                let Item::Function(index) = definition.item else {
                    unreachable!("imports were matched by kind")
                };
                let code = self.cx.code(definition.module, index).as_global_value().as_pointer_value();
                let instance = slot.map(|slot| self.reference_instance(self.slot(slot)));
                self.call_code(Callee { code, instance }, ty, kind);
            }
            FunctionTarget::Host { symbol } => {
                let arguments = self.pop_many(ty.parameters.len());
                let results = self.call_host(symbol, ty, &arguments);
                self.finish_host_call(results, kind);
            }
            FunctionTarget::Provided { slot, user } => {
                let (code, user) = (self.slot(*slot), self.slot(*user));
                self.call_in_c(CallInC::Pointer(code), user, ty, kind);
            }
            FunctionTarget::Object { symbol } => {
                let nobody = self.b.types.pointer.const_null();
                self.call_in_c(CallInC::Symbol(symbol), nobody, ty, kind);
            }
            FunctionTarget::Unknown { name } => {
                self.pop_many(ty.parameters.len());
                self.call_unknown(name);
            }
        }
    }

    /// The instance argument, where there is one.
    fn passed(&self, instance: PointerValue<'c>) -> Option<PointerValue<'c>> {
        (self.cx.module.model == InstanceModel::Passed).then_some(instance)
    }

    pub(super) fn reference_field(&self, reference: PointerValue<'c>, offset: usize) -> PointerValue<'c> {
        let field = self.b.field(reference, offset as u64);
        self.b.load(self.b.types.pointer, field, 8, Access::Invariant).into_pointer_value()
    }

    fn reference_instance(&self, reference: PointerValue<'c>) -> PointerValue<'c> {
        self.reference_field(reference, offset_of!(FunctionReference, instance))
    }

    /// What a non-null reference refers to.
    pub(super) fn callee(&self, reference: PointerValue<'c>, ty: &FunctionType) -> Callee<'c> {
        let code = self.reference_field(reference, offset_of!(FunctionReference, code));
        match self.cx.module.model {
            InstanceModel::Static => Callee { code, instance: None },
            InstanceModel::Passed => self.bridged(reference, ty, code, self.reference_instance(reference)),
        }
    }

    pub(super) fn call_ref(&mut self, ty: u32, kind: CallKind) {
        let ty: &'p FunctionType = &self.cx.module.parsed.types[TypeIndex(ty).index()];
        let reference = self.pop_pointer();
        self.trap_if(self.b.is_null(reference), Trap::NullFunctionReference);
        let callee = self.callee(reference, ty);
        self.call_code(callee, ty, kind);
    }

    /// Calls code with the arguments on the stack.
    pub(super) fn call_code(&mut self, callee: Callee<'c>, ty: &FunctionType, kind: CallKind) {
        self.calls = true;
        let parameters = self.pop_many(ty.parameters.len());
        let results = returns_through_memory(ty).then(|| match kind {
            CallKind::Ordinary => self.results_room(ty.results.len()),
            CallKind::Tail => self.results_pointer(),
        });
        let hidden = callee.instance.into_iter().chain(results).map(Value::from);
        let direct = self.pass_arguments(ty, callee.instance, parameters);
        let base = self.passed_base();
        let arguments: Vec<Value<'c>> = hidden.chain(direct).chain(base.map(Value::from)).collect();
        let lowered = self.cx.lower(ty);
        if kind == CallKind::Tail {
            let call = self.call_translated(lowered, callee.code, &arguments);
            self.b.must_tail(call);
            self.b.ret(call.try_as_basic_value().basic());
            return self.set_unreachable();
        }
        let call = self.protected_call(lowered, callee.code, &arguments);
        match (results, ty.results.len()) {
            (Some(results), _) => self.push_results(results, ty),
            (None, 0) => {}
            (None, 1) => self.push(self.b.result(call)),
            (None, count) => {
                let aggregate = self.b.result(call);
                (0..count as u32).for_each(|position| self.push(self.b.extract(aggregate, position)));
            }
        }
    }

    /// Calls code; an exception that comes out of it goes to the handler that is in force here.
    fn protected_call(
        &mut self,
        ty: LoweredType<'c>,
        code: PointerValue<'c>,
        arguments: &[Value<'c>],
    ) -> CallSiteValue<'c> {
        let Some(landing_pad) = self.landing_pad() else {
            return self.call_translated(ty, code, arguments);
        };
        let normal = self.b.block(self.function, "returned");
        let targets = [normal, landing_pad];
        let call = self.b.invoke_pointer(ty, self.cx.convention(), code, arguments, targets);
        self.pass_base(call);
        self.b.position(normal);
        call
    }

    fn call_translated(
        &self,
        ty: LoweredType<'c>,
        code: PointerValue<'c>,
        arguments: &[Value<'c>],
    ) -> CallSiteValue<'c> {
        let call = self.b.call_pointer(ty, self.cx.convention(), code, arguments);
        self.pass_base(call);
        call
    }

    fn pass_base(&self, call: CallSiteValue<'c>) {
        if self.cx.program.passed_base.is_some() {
            pass_base(self.b.types.context, call);
        }
    }

    /// Room in the frame for results that return through memory.
    pub(super) fn results_room(&self, count: usize) -> PointerValue<'c> {
        let here = self.b.current();
        self.b.position(self.entry);
        let room = self.b.alloca(self.b.types.i128.array_type(count as u32));
        self.b.position(here);
        room
    }

    fn push_results(&mut self, results: PointerValue<'c>, ty: &FunctionType) {
        for (position, &ty) in ty.results.iter().enumerate() {
            let slot = self.b.field(results, 16 * position as u64);
            let value = self.b.load(self.b.types.value(ty), slot, 8, Access::Slot);
            self.push(value);
        }
    }

    /// Calls a function of the runtime in C convention; the caller's instance comes first.
    pub(super) fn call_host(
        &self,
        symbol: &str,
        ty: &FunctionType,
        arguments: &[Value<'c>],
    ) -> Option<Value<'c>> {
        let types = &self.b.types;
        let own = ty.parameters.iter().map(|&ty| types.value(ty).into());
        let parameters: Vec<_> = std::iter::once(types.pointer.into()).chain(own).collect();
        let lowered = match ty.results.first() {
            Some(&result) => types.value(result).fn_type(&parameters, false),
            None => types.context.void_type().fn_type(&parameters, false),
        };
        let callee = self.cx.unit.function(symbol, lowered, FunctionKind::Runtime, Convention::C);
        let arguments: Vec<Value<'c>> =
            std::iter::once(self.instance().into()).chain(arguments.iter().copied()).collect();
        self.b.call(callee, &arguments).try_as_basic_value().basic()
    }

    fn finish_host_call(&mut self, result: Option<Value<'c>>, kind: CallKind) {
        self.stack.extend(result);
        if kind == CallKind::Tail {
            self.return_();
        }
    }

    /// Calls an import that nobody provides: a trap that tells its name.
    pub(super) fn call_unknown(&mut self, name: &str) {
        let text = self.cx.unit.string(name);
        let length = self.b.i64(name.len() as u64);
        let arguments = [self.instance().into(), text.into(), length.into()];
        self.runtime_call(RuntimeFunction::UnknownImport, &arguments);
        self.b.unreachable();
        self.set_unreachable();
    }
}
