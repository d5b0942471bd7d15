// Bitcode that keeps the order of uses, which LLVM's C interface does not write (ir/bitcode.rs).

#pragma once

#include "pipeline.h"
#include "llvm-c/Types.h"

extern "C" {

/// Tells the listener once: a module as bitcode. Optimisations look at the users of a value one after the
/// other, so a module that is read again gives the same code for certain only with `KeepsUseOrder`, 0 or 1.
void wasmwright_write_bitcode(LLVMModuleRef Module, uint64_t KeepsUseOrder, const WasmwrightListener *Listener);
}
