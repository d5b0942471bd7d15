//! A module → bitcode.

use super::optimize::RawListener;
use inkwell::llvm_sys::prelude::LLVMModuleRef;
use inkwell::module::Module;

/// Whether bitcode says in which order a value's uses follow one another. What reads it otherwise
/// makes an order of its own, by which optimisations may decide otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UseOrder {
    /// It does.
    Kept,
    /// It does not, and is written sooner.
    Lost,
}

unsafe extern "C" {
    fn wasmwright_write_bitcode(module: LLVMModuleRef, keeps_use_order: u64, listener: &RawListener);
}

/// All of a module.
pub fn write(module: &Module<'_>, uses: UseOrder) -> Vec<u8> {
    let mut bitcode = Vec::new();
    let keeps_use_order = (uses == UseOrder::Kept).into();
    // SAFETY: the module is live and used by this thread alone; so is the listener.
    unsafe {
        wasmwright_write_bitcode(module.as_mut_ptr(), keeps_use_order, &RawListener::of_bytes(&mut bitcode));
    }
    bitcode
}
