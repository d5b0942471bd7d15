// Accesses to linear memories, recognised and taken apart.

#pragma once

#include "llvm/ADT/SmallVector.h"
#include "llvm/Analysis/ScalarEvolution.h"
#include "llvm/IR/Function.h"

namespace wasmwright {

/// A load or store in a memory of at most 2^32 - 65536 bytes that lies in a reservation as
/// runtime-support/abi lays it out. Its address is `Base + Index + Offset`, where `Index` is
/// below 2^32 and equal to `zext(Rest + Constant)`, a sum of 32 bits.
struct MemoryAccess {
  llvm::Instruction *Instruction;
  /// The base of the memory: an invariant load or a parameter.
  llvm::Value *Base;
  llvm::Value *Index;
  uint64_t Offset;
  const llvm::SCEV *Rest;
  int32_t Constant;
};

/// The accesses of a function, in an order in which none comes before one that dominates it.
llvm::SmallVector<MemoryAccess, 0> findMemoryAccesses(llvm::Function &F, llvm::ScalarEvolution &SE,
                                                      llvm::DominatorTree &DT);

} // namespace wasmwright
