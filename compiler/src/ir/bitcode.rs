//! A module → bitcode.

use super::optimize::RawListener;
use inkwell::llvm_sys::prelude::LLVMModuleRef;
use inkwell::module::Module;

unsafe extern "C" {
    fn wasmwright_write_bitcode(module: LLVMModuleRef, listener: &RawListener);
}

/// All of a module, and in which order each value's uses follow one another: optimisations may decide by it.
pub fn write(module: &Module<'_>) -> Vec<u8> {
    let mut bitcode = Vec::new();
    // SAFETY: the module is live and used by this thread alone; so is the listener.
    unsafe { wasmwright_write_bitcode(module.as_mut_ptr(), &RawListener::of_bytes(&mut bitcode)) };
    bitcode
}
