// What the compiler (backend/passes.rs) and the passes of this folder agree on.
//
// These are C++ because they stand on scalar evolution and nodes, of which LLVM's C interface has
// nothing. They know no WebAssembly but what the translator wrote into the IR.

#pragma once

#include <cstdint>

extern "C" {

/// Bytes of somebody else's; null for nothing.
struct WasmwrightBytes {
  const char *Start;
  uint64_t Length;
};

/// Hears texts, one at a time, on the thread that calls.
struct WasmwrightListener {
  void *Listener;
  void (*Tell)(void *Listener, WasmwrightBytes Text);
};

/// How a module is optimised. The Rust side repeats these fields in this order.
struct WasmwrightPipeline {
  /// 0 to 3, as in `-O2`.
  uint32_t SpeedLevel;
  /// 0 to 2: none, `-Os`, `-Oz`.
  uint32_t SizeLevel;
  /// What is left out that may take time by the square of a function's size. 0: nothing; 1: what searches
  /// blocks for vectors and simplifies the counts of loops; 2: all but `leastPasses`.
  uint64_t LeftOut;
  /// Bytes that a widened recurrence may run beyond 4 GiB above the base of a memory, and below
  /// the base, before a constant offset is added: all inaccessible.
  uint64_t RoomAboveBytes;
  uint64_t RoomBelowBytes;
  /// 1 for code that counts how often it is executed (`profile.h`).
  uint64_t CountsExecutions;
  /// What was counted: an indexed profile, checked.
  WasmwrightBytes Profile;
};

/// Optimises a module in place for a target machine. The listener hears what does not fit the
/// profile; the result is the number of functions for which it has counts.
uint32_t wasmwright_optimize(void *Module, void *TargetMachine, const WasmwrightPipeline *Pipeline,
                             const WasmwrightListener *Listener);

/// Tells why a profile, in which no offset leads outside, cannot be used; nothing if it can.
void wasmwright_check_profile(WasmwrightBytes Profile, const WasmwrightListener *Listener);
}
