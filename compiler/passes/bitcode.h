// Bitcode that keeps the order of uses, which LLVM's C interface does not write (ir/bitcode.rs).

#pragma once

#include "pipeline.h"
#include "llvm-c/Types.h"

extern "C" {

/// Tells the listener once: a module as bitcode. Optimisations look at the users of a value one after the
/// other, so only with their order is a module that is read again certain to give the same code.
void wasmwright_write_bitcode(LLVMModuleRef Module, const WasmwrightListener *Listener);
}
