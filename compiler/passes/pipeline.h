// What the compiler (backend/passes.rs) and the passes of this folder agree on.
//
// These passes are C++ because they stand on scalar evolution, of which LLVM's C interface has
// nothing. They know no WebAssembly but what the translator wrote into the IR.

#pragma once

#include <cstdint>

extern "C" {

/// How a module is optimised. The Rust side repeats these fields in this order.
struct WasmwrightPipeline {
  /// 0 to 3, as in `-O2`.
  uint32_t SpeedLevel;
  /// 0 to 2: none, `-Os`, `-Oz`.
  uint32_t SizeLevel;
  /// Bytes that a widened recurrence may run beyond 4 GiB above the base of a memory, and below
  /// the base, before a constant offset is added: all inaccessible.
  uint64_t RoomAboveBytes;
  uint64_t RoomBelowBytes;
};

/// Optimises a module in place for a target machine.
void wasmwright_optimize(void *Module, void *TargetMachine, const WasmwrightPipeline *Pipeline);
}
