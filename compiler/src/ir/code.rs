//! A module → machine code, by those of LLVM's passes that we want (`passes/emit.h`).

use super::optimize::RawListener;
use inkwell::llvm_sys::prelude::LLVMModuleRef;
use inkwell::llvm_sys::target_machine::{LLVMCodeGenFileType, LLVMTargetMachineRef};
use inkwell::module::Module;
use inkwell::targets::{FileType, TargetMachine};

unsafe extern "C" {
    fn wasmwright_emit(
        module: LLVMModuleRef,
        machine: LLVMTargetMachineRef,
        file: LLVMCodeGenFileType,
        tells_variables: u64,
        listener: &RawListener,
    ) -> u32;
}

/// An object, or assembly text. What the module tells of variables is kept only if that is asked for; none
/// if the machine emits no such file.
pub fn generate_code(
    module: &Module<'_>,
    machine: &TargetMachine,
    file: FileType,
    tells_variables: bool,
) -> Option<Vec<u8>> {
    let file = match file {
        FileType::Object => LLVMCodeGenFileType::LLVMObjectFile,
        FileType::Assembly => LLVMCodeGenFileType::LLVMAssemblyFile,
    };
    let mut bytes = Vec::new();
    let listener = RawListener::of_bytes(&mut bytes);
    // SAFETY: module and machine are live, of one LLVM, and used by this thread alone; so is the listener.
    let failed = unsafe {
        wasmwright_emit(module.as_mut_ptr(), machine.as_mut_ptr(), file, tells_variables.into(), &listener)
    };
    (failed == 0).then_some(bytes)
}
