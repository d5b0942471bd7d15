//! What inkwell has no function for.

use super::{FloatValue, IntValue, VectorValue};
use inkwell::llvm_sys::core::LLVMConstBitCast;
use inkwell::types::{AsTypeRef, FloatType, VectorType};
use inkwell::values::AsValueRef;
use std::ffi::{CStr, c_char};

/// A float constant by its bits: inkwell's own goes through `f64`, which loses signalling NaNs.
pub fn const_float_bits<'c>(bits: IntValue<'c>, ty: FloatType<'c>) -> FloatValue<'c> {
    debug_assert!(bits.is_const());
    // SAFETY: both are of one context and of the same width; the cast of a constant is a constant.
    unsafe { FloatValue::new(LLVMConstBitCast(bits.as_value_ref(), ty.as_type_ref())) }
}

/// A vector constant by its bits.
pub fn const_vector_bits<'c>(bits: IntValue<'c>, ty: VectorType<'c>) -> VectorValue<'c> {
    debug_assert!(bits.is_const());
    // SAFETY: as above.
    unsafe { VectorValue::new(LLVMConstBitCast(bits.as_value_ref(), ty.as_type_ref())) }
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
