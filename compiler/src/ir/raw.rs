//! What inkwell has no function for.

use super::{FloatValue, IntValue, Types, Value, VectorValue};
use inkwell::llvm_sys::core::{LLVMConstBitCast, LLVMGetAggregateElement};
use inkwell::types::{AsTypeRef, FloatType};
use inkwell::values::AsValueRef;
use std::ffi::{CStr, c_char};

/// A float constant by its bits: inkwell's own goes through `f64`, which loses signalling NaNs.
pub fn const_float_bits<'c>(bits: IntValue<'c>, ty: FloatType<'c>) -> FloatValue<'c> {
    debug_assert!(bits.is_const());
    // SAFETY: both are of one context and of the same width; the cast of a constant is a constant.
    unsafe { FloatValue::new(LLVMConstBitCast(bits.as_value_ref(), ty.as_type_ref())) }
}

/// The bits of a constant integer or float.
pub fn constant_bits<'c>(types: &Types<'c>, value: Value<'c>) -> Option<u64> {
    match value {
        Value::IntValue(value) if value.is_constant_int() => value.get_zero_extended_constant(),
        Value::FloatValue(value) if value.is_const() => {
            let integer = if value.get_type() == types.f32 { types.i32 } else { types.i64 };
            // SAFETY: as above.
            let bits =
                unsafe { IntValue::new(LLVMConstBitCast(value.as_value_ref(), integer.as_type_ref())) };
            bits.is_constant_int().then(|| bits.get_zero_extended_constant()).flatten()
        }
        _ => None,
    }
}

/// The bits of a lane of a constant vector, where LLVM has computed it.
pub fn constant_lane_bits<'c>(types: &Types<'c>, vector: VectorValue<'c>, lane: u32) -> Option<u64> {
    // SAFETY: the element of a constant is a constant of the same context, or null.
    let lane = unsafe { LLVMGetAggregateElement(vector.as_value_ref(), lane) };
    if lane.is_null() {
        return None;
    }
    // SAFETY: not null, and a value of a number type.
    constant_bits(types, unsafe { Value::new(lane) })
}

/// Makes LLVM's fatal errors say what they are before the process ends: LLVM offers no way to go
/// on after one.
pub fn install_error_handler() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        // SAFETY: the handler only reads the message it is given.
        unsafe { inkwell::llvm_sys::error_handling::LLVMInstallFatalErrorHandler(Some(on_fatal_error)) }
    });
}

extern "C" fn on_fatal_error(message: *const c_char) {
    // SAFETY: LLVM passes a C string.
    let message = unsafe { CStr::from_ptr(message) }.to_string_lossy().into_owned();
    eprintln!(
        "wasmwright: error: internal error: LLVM: {message}; this is a defect of wasmwright, please report it with \
         the module"
    );
    std::process::exit(1);
}
