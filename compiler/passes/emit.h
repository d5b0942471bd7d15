// A module's machine code, by the passes of LLVM that we want (backend/emit.rs).

#pragma once

#include "pipeline.h"
#include "llvm-c/TargetMachine.h"

extern "C" {

/// Tells the listener once: an object or assembly text. A module that tells nothing of variables is
/// spared what looks for them, though its instructions say where they come from. The result is 0, or
/// 1 where the machine emits no such file.
uint32_t wasmwright_emit(LLVMModuleRef Module, LLVMTargetMachineRef Machine, LLVMCodeGenFileType File,
                         uint64_t TellsVariables, const WasmwrightListener *Listener);
}
