//! Attributes of functions: what LLVM may assume of translated code, and what it must not.

use super::{CallSiteValue, FunctionValue, PointerValue};
use crate::target::{Architecture, Target};
use inkwell::attributes::{Attribute, AttributeLoc};
use inkwell::context::{AsContextRef, Context};
use inkwell::llvm_sys::core::LLVMCreateConstantRangeAttribute;

/// Kinds of functions by what holds of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FunctionKind {
    /// Made from Wasm.
    Translated,
    /// Likewise, in a program that throws.
    Throwing,
    /// Between a host in C and translated code.
    Boundary,
    /// The runtime's, declared only.
    Runtime,
    /// The runtime's that throws an exception: cold, never returns.
    Throw,
    /// The runtime's that raise a trap: cold, never return.
    Trap,
}

/// Sets the attributes of a function.
pub fn set_attributes(context: &Context, function: FunctionValue<'_>, kind: FunctionKind, target: &Target) {
    let flag = |name| function.add_attribute(AttributeLoc::Function, enum_attribute(context, name));
    let text = |name, value| {
        function.add_attribute(AttributeLoc::Function, context.create_string_attribute(name, value));
    };
    if !matches!(kind, FunctionKind::Throwing | FunctionKind::Throw) {
        flag("nounwind");
    }
    match kind {
        FunctionKind::Translated | FunctionKind::Throwing | FunctionKind::Boundary => {
            text("target-cpu", &target.cpu);
            // A level names instructions, not a processor: LLVM would tune for the oldest that has
            // them, whose rotates are slow shifts of two registers.
            if target.cpu.starts_with("x86-64") {
                text("tune-cpu", "generic");
            }
            if !target.features.is_empty() {
                text("target-features", &target.features);
            }
            // A function called `pow` is not libc's, and plain loops are not `strlen`.
            text("no-builtins", "");
            // Runaway recursion must exhaust the stack, not become a loop. `musttail` is not
            // concerned.
            text("disable-tail-calls", "true");
            // A frame larger than a page must not step over the guard of the stack.
            text("probe-stack", "inline-asm");
            if target.architecture == Architecture::Aarch64 {
                text("stack-probe-size", "65536");
            }
        }
        FunctionKind::Runtime => {}
        FunctionKind::Trap | FunctionKind::Throw => {
            flag("cold");
            flag("noreturn");
        }
    }
}

/// Has the loops of a function look at a word, which its first parameter points to, for all ones and
/// then call `trap`, a function that never returns: see `passes/poll_loops.cpp`.
pub fn poll_in_loops(context: &Context, function: FunctionValue<'_>, offset: u64, trap: &str) {
    let poll = context.create_string_attribute("wasmwright-poll", &format!("{offset} {trap}"));
    function.add_attribute(AttributeLoc::Param(0), poll);
}

/// Keeps LLVM from optimising a function, in its passes and in the choice of instructions.
pub fn leave_unoptimized(context: &Context, function: FunctionValue<'_>) {
    // LLVM demands the second with the first.
    for name in ["optnone", "noinline"] {
        function.add_attribute(AttributeLoc::Function, enum_attribute(context, name));
    }
}

/// What marks the base of a memory among the parameters of a function and the arguments of a call: it
/// gives it a register of its own, and `passes/memory_access.cpp` knows it by this. Not `nest`, which LLVM
/// takes away where it sees all calls, so that the parameter would be one more, on the stack at the worst;
/// nor do calls preserve that one's register.
const BASE: &str = "swiftself";

/// Says that the last parameter of a function is the base of a memory.
pub fn take_base(context: &Context, function: FunctionValue<'_>) {
    let last = function.count_params() - 1;
    function.add_attribute(AttributeLoc::Param(last), enum_attribute(context, BASE));
}

/// Says that the last argument of a call is the base of a memory.
pub fn pass_base(context: &Context, call: CallSiteValue<'_>) {
    let last = call.count_arguments() - 1;
    call.add_attribute(AttributeLoc::Param(last), enum_attribute(context, BASE));
}

/// The parameter that [`take_base`] is about, if there is one.
pub fn base_parameter(function: FunctionValue<'_>) -> Option<PointerValue<'_>> {
    let last = function.count_params().checked_sub(1)?;
    let kind = Attribute::get_named_enum_kind_id(BASE);
    function.get_enum_attribute(AttributeLoc::Param(last), kind)?;
    Some(function.get_nth_param(last)?.into_pointer_value())
}

/// Says that the upper half of a parameter of 64 bits is zero.
pub fn take_extended(context: &Context, function: FunctionValue<'_>, position: u32) {
    let kind = Attribute::get_named_enum_kind_id("range");
    // SAFETY: the context is live, and either bound has the one word that 64 bits are.
    let range = unsafe {
        Attribute::new(LLVMCreateConstantRangeAttribute(
            context.as_ctx_ref(),
            kind,
            64,
            [0].as_ptr(),
            [1 << 32].as_ptr(),
        ))
    };
    function.add_attribute(AttributeLoc::Param(position), range);
}

/// An attribute without a value.
pub fn enum_attribute(context: &Context, name: &str) -> Attribute {
    context.create_enum_attribute(Attribute::get_named_enum_kind_id(name), 0)
}
