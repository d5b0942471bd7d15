//! The edges to C of a library, or of a program with functions in C: what these call, and calls of
//! them.
//!
//! Types in C: integers and floats as themselves, vectors by address, references as pointers; results
//! are written where pointers behind the parameters say. What a call or a function of the host
//! returns is 0, or why the computation is abandoned.

use super::call::CallKind;
use super::control_stack::Frame;
use super::function::FunctionTranslator;
use super::unit::UnitContext;
use crate::frontend::index::FuncIndex;
use crate::frontend::module::Item;
use crate::frontend::types::{FunctionType, ValueType};
use crate::ir::{
    Access, BasicType, Builder, Convention, FunctionKind, FunctionValue, IntPredicate, IntValue, Linkage,
    Opcode, PointerValue, Type, Types, Value, Weight,
};
use crate::plan::library_plan::LibraryExport;
use crate::plan::{InstanceModel, LibraryPlan, Place, Unwinding, symbols};
use std::mem::offset_of;
use wasmwright_abi::PROGRAM_SYMBOL;
use wasmwright_abi::instance::InstanceHeader;
use wasmwright_abi::library::{CALL_SYMBOL, LibraryFunction};
use wasmwright_abi::runtime_function::{AbiType, RuntimeFunction};

/// Defines all that hosts see.
pub fn define(cx: &UnitContext<'_, '_>, library: &LibraryPlan) {
    for function in &library.functions {
        define_common(cx, &library.symbol(function), function);
    }
    for export in &library.exports {
        match cx.module.exports[export.position].item {
            Item::Function(function) if export.is_leaf => define_leaf(cx, export, function),
            Item::Function(function) => define_call(cx, export, cx.module.parsed.function_type(function)),
            Item::Memory(index) => define_accessor(cx, export, cx.module.memories[index.index()].place),
            Item::Table(index) => define_accessor(cx, export, cx.module.tables[index.index()].place),
            Item::Global(index) => define_accessor(cx, export, cx.module.globals[index.index()].place),
            Item::Tag(index) => define_accessor(cx, export, cx.module.tags[index.index()]),
        }
    }
}

/// A function in C convention that others see, and a builder at its start.
fn begin<'c>(
    cx: &UnitContext<'_, 'c>,
    symbol: &str,
    parameters: &[Type<'c>],
    result: Option<Type<'c>>,
) -> (FunctionValue<'c>, Builder<'c>) {
    let function = declare(cx, symbol, parameters, result, FunctionKind::Boundary);
    cx.unit.export(function);
    let b = cx.unit.builder();
    b.position(b.block(function, "entry"));
    (function, b)
}

fn declare<'c>(
    cx: &UnitContext<'_, 'c>,
    symbol: &str,
    parameters: &[Type<'c>],
    result: Option<Type<'c>>,
    kind: FunctionKind,
) -> FunctionValue<'c> {
    let parameters: Vec<_> = parameters.iter().map(|&ty| ty.into()).collect();
    let ty = match result {
        Some(result) => result.fn_type(&parameters, false),
        None => cx.unit.types.context.void_type().fn_type(&parameters, false),
    };
    cx.unit.function(symbol, ty, kind, Convention::C)
}

/// A function that the runtime has for every library.
fn define_common(cx: &UnitContext<'_, '_>, symbol: &str, function: &LibraryFunction) {
    let types = &cx.unit.types;
    let lower = |ty: &AbiType| match ty {
        AbiType::I32 => types.i32.into(),
        AbiType::I64 => types.i64.into(),
        AbiType::Pointer => types.pointer.into(),
    };
    let parameters: Vec<Type<'_>> = function.parameters.iter().map(lower).collect();
    let result = function.result.as_ref().map(lower);
    let (defined, b) = begin(cx, symbol, &parameters, result);
    let program = function.takes_program.then(|| cx.unit.symbol(PROGRAM_SYMBOL, 8, 8, true).into());
    let arguments: Vec<Value<'_>> = program.into_iter().chain(defined.get_param_iter()).collect();
    let types: Vec<Type<'_>> = arguments.iter().map(|argument| argument.get_type()).collect();
    let body = declare(cx, function.symbol, &types, result, FunctionKind::Runtime);
    b.ret(b.call(body, &arguments).try_as_basic_value().basic());
}

/// How a value of a Wasm type is passed in C.
fn passed<'c>(types: &Types<'c>, ty: ValueType) -> Type<'c> {
    if ty == ValueType::V128 { types.pointer.into() } else { types.value(ty) }
}

/// Declares an exported function as hosts see it.
fn declare_call<'c>(
    cx: &UnitContext<'_, 'c>,
    export: &LibraryExport,
    ty: &FunctionType,
) -> FunctionValue<'c> {
    let types = &cx.unit.types;
    let own = ty.parameters.iter().map(|&ty| passed(types, ty));
    let results = ty.results.iter().map(|_| types.pointer.into());
    let parameters: Vec<Type<'_>> = std::iter::once(types.pointer.into()).chain(own).chain(results).collect();
    let function = declare(cx, &export.symbol, &parameters, Some(types.i32.into()), FunctionKind::Boundary);
    cx.unit.export(function);
    function
}

/// An exported function that ends where it began: a call of its code and no more.
fn define_leaf(cx: &UnitContext<'_, '_>, export: &LibraryExport, index: FuncIndex) {
    let ty = cx.module.parsed.function_type(index);
    let function = declare_call(cx, export, ty);
    cx.unit.define(function, Linkage::Hidden);
    cx.unit.export(function);
    let parameter = |position: usize| function.get_nth_param(position as u32).expect("declared");
    let nothing = FunctionType::default();
    let mut translator = FunctionTranslator::at_start(cx, function, &nothing);
    let start = translator.b.block(function, "body");
    translator.b.position(start);
    translator.control.push(Frame::function(&nothing));
    for (position, &ty) in ty.parameters.iter().enumerate() {
        let value = read_passed(&translator.b, &cx.unit.types, ty, parameter(1 + position));
        translator.push(value);
    }
    translator.call(index.0, CallKind::Ordinary);
    let results = translator.pop_many(ty.results.len());
    for (position, result) in results.into_iter().enumerate() {
        let to = parameter(1 + ty.parameters.len() + position).into_pointer_value();
        translator.b.store(result, to, ALIGNMENT, Access::Any);
    }
    translator.b.ret(Some(translator.b.i32(0).into()));
    // Nor does this look at the stack's limit: nobody would hear of a trap.
    translator.calls = false;
    translator.finish(start);
}

/// What has no greater alignment in C than this.
const ALIGNMENT: u32 = 4;

/// An exported function: arguments into slots, the call, results out of the slots.
fn define_call(cx: &UnitContext<'_, '_>, export: &LibraryExport, ty: &FunctionType) {
    let types = &cx.unit.types;
    let function = declare_call(cx, export, ty);
    let b = cx.unit.builder();
    b.position(b.block(function, "entry"));
    let count = ty.parameters.len().max(ty.results.len()).max(1);
    let slots = b.alloca(types.i128.array_type(count as u32));
    let slot = |position: usize| b.field(slots, 16 * position as u64);
    let parameter = |position: usize| function.get_nth_param(position as u32).expect("declared");
    for (position, &ty) in ty.parameters.iter().enumerate() {
        let value = parameter(1 + position);
        b.store(read_passed(&b, types, ty, value), slot(position), 8, Access::Slot);
    }
    let pointers = [types.pointer.into(); 3];
    let call = declare(cx, CALL_SYMBOL, &pointers, Some(types.i32.into()), FunctionKind::Runtime);
    let void = types
        .context
        .void_type()
        .fn_type(&pointers[..2].iter().map(|&ty: &Type<'_>| ty.into()).collect::<Vec<_>>(), false);
    let entry = symbols::invoke(cx.module.index, export.position);
    let entry = cx.unit.function(&entry, void, cx.kind(), Convention::C).as_global_value().as_pointer_value();
    let code = b.result(b.call(call, &[parameter(0), entry.into(), slots.into()])).into_int_value();
    let (done, end) = (b.block(function, "done"), b.block(function, "end"));
    let returned = b.compare(IntPredicate::EQ, code, b.i32(0));
    b.branch_if(returned, done, end, Weight::Likely);
    b.position(done);
    for (position, &result) in ty.results.iter().enumerate() {
        let value = b.load(types.value(result), slot(position), 8, Access::Slot);
        let to = parameter(1 + ty.parameters.len() + position).into_pointer_value();
        b.store(value, to, ALIGNMENT, Access::Slot);
    }
    b.branch(end);
    b.position(end);
    b.ret(Some(code.into()));
}

/// The value of an argument from C.
fn read_passed<'c>(b: &Builder<'c>, types: &Types<'c>, ty: ValueType, argument: Value<'c>) -> Value<'c> {
    if ty == ValueType::V128 {
        b.load(types.value(ty), argument.into_pointer_value(), 8, Access::Any)
    } else {
        argument
    }
}

/// The address of a memory, a table, a global or a tag of the instance.
fn define_accessor(cx: &UnitContext<'_, '_>, export: &LibraryExport, place: Place) {
    let types = &cx.unit.types;
    let (function, b) = begin(cx, &export.symbol, &[types.pointer.into()], Some(types.pointer.into()));
    let instance = function.get_nth_param(0).expect("declared").into_pointer_value();
    let address = match place {
        Place::Own(offset) => b.field(instance, offset),
        Place::Slot(offset) => load_pointer(&b, types, b.field(instance, offset)),
        Place::Other { module, offset } => b.field(cx.instance_symbol(module), offset),
    };
    b.ret(Some(address.into()));
}

fn load_pointer<'c>(b: &Builder<'c>, types: &Types<'c>, from: PointerValue<'c>) -> PointerValue<'c> {
    b.load(types.pointer, from, 8, Access::Invariant).into_pointer_value()
}

/// A function of the host.
pub(super) enum CallInC<'s, 'c> {
    /// As it was handed over to the instance.
    Pointer(PointerValue<'c>),
    /// One that the program is linked with.
    Symbol(&'s str),
}

impl<'c> FunctionTranslator<'_, '_, 'c> {
    /// Calls a function of the host with the arguments on the stack, and with what it gets first.
    pub(super) fn call_in_c(
        &mut self,
        callee: CallInC<'_, 'c>,
        user: PointerValue<'c>,
        ty: &FunctionType,
        kind: CallKind,
    ) {
        self.calls = true;
        let types = self.b.types;
        let arguments = self.pop_many(ty.parameters.len());
        let mut passed_arguments: Vec<Value<'c>> = vec![user.into(), self.root().into()];
        for (&ty, argument) in ty.parameters.iter().zip(arguments) {
            passed_arguments.push(match ty {
                ValueType::V128 => {
                    let room = self.results_room(1);
                    self.b.store(argument, room, 8, Access::Slot);
                    room.into()
                }
                _ => argument,
            });
        }
        let results: Vec<PointerValue<'c>> = ty.results.iter().map(|_| self.results_room(1)).collect();
        passed_arguments.extend(results.iter().map(|&room| Value::from(room)));
        let parameters: Vec<_> = passed_arguments.iter().map(|argument| argument.get_type().into()).collect();
        let lowered = types.i32.fn_type(&parameters, false);
        let code = match callee {
            CallInC::Pointer(code) => code,
            CallInC::Symbol(symbol) => {
                let function = self.cx.unit.function(symbol, lowered, FunctionKind::Runtime, Convention::C);
                function.as_global_value().as_pointer_value()
            }
        };
        let call = self.b.call_pointer(lowered, Convention::C, code, &passed_arguments);
        let code = self.b.result(call).into_int_value();
        self.raise_unless_zero(code, Thrower::Host);
        for (&ty, room) in ty.results.iter().zip(results) {
            let value = self.b.load(types.value(ty), room, ALIGNMENT, Access::Slot);
            self.push(value);
        }
        if kind == CallKind::Tail {
            self.return_();
        }
    }

    /// The instance that the host knows.
    fn root(&self) -> PointerValue<'c> {
        let modules = self.cx.program.modules.len();
        if modules == 1 {
            return self.instance();
        }
        if self.cx.module.model == InstanceModel::Static {
            return self.cx.instance_symbol(modules - 1);
        }
        let field = self.b.field(self.instance(), offset_of!(InstanceHeader, root) as u64);
        load_pointer(&self.b, &self.b.types, field)
    }

    /// Goes on where a function of the host, or a call for another instance, returned 0. Else throws the
    /// exception that it ended with, or abandons the computation with the same code.
    pub(super) fn raise_unless_zero(&mut self, code: IntValue<'c>, thrower: Thrower<'c>) {
        let (cold, next) = (self.b.block(self.function, "abandon"), self.b.block(self.function, "next"));
        let returned = self.b.compare(IntPredicate::EQ, code, self.b.i32(0));
        self.b.branch_if(returned, next, cold, Weight::Likely);
        self.b.position(cold);
        let is_library = self.cx.module.model == InstanceModel::Passed && self.cx.program.library.is_some();
        if is_library && self.cx.program.unwinding == Unwinding::Tables {
            self.throw_if_any(code, thrower);
        }
        self.runtime_call(RuntimeFunction::Raise, &[self.instance().into(), code.into()]);
        self.b.unreachable();
        self.b.position(next);
    }

    /// Throws the exception that goes on here, if one does.
    fn throw_if_any(&mut self, code: IntValue<'c>, thrower: Thrower<'c>) {
        let instance = self.instance().into();
        let address = match thrower {
            Thrower::Host => self.runtime_call(RuntimeFunction::ExceptionThrown, &[instance, code.into()]),
            Thrower::Instance { slots } => {
                let left = self.b.load(self.b.types.pointer, slots, 8, Access::Slot);
                self.runtime_call(RuntimeFunction::ExceptionAdopt, &[instance, left])
            }
        };
        let (throws, other) = (self.b.block(self.function, "throw"), self.b.block(self.function, "other"));
        let is_none = self.b.compare(IntPredicate::EQ, address, self.b.i64(0));
        self.b.branch_if(is_none, other, throws, Weight::Unknown);
        self.b.position(throws);
        let exception = self.b.cast(Opcode::IntToPtr, address.into(), self.b.types.pointer);
        self.raise(exception.into_pointer_value());
        self.b.position(other);
    }
}

/// Where an exception may come from that ends a call.
#[derive(Clone, Copy, Debug)]
pub(super) enum Thrower<'c> {
    /// A function of the host threw it.
    Host,
    /// A call for another instance left it in the first of its slots.
    Instance {
        /// The slots.
        slots: PointerValue<'c>,
    },
}
