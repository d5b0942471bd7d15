// Products of 64-bit lanes.

#pragma once

#include "llvm/IR/PassManager.h"

namespace wasmwright {

/// Writes products of vectors of 64-bit integers as products of their halves. NEON multiplies no wider
/// lanes than those of 32 bits, and LLVM's own code for it takes the vectors apart into general
/// registers. Where lanes are known to be extended ones it multiplies the halves by itself; SVE
/// multiplies lanes of 64 bits.
class ExpandProductsPass : public llvm::PassInfoMixin<ExpandProductsPass> {
public:
  llvm::PreservedAnalyses run(llvm::Function &F, llvm::FunctionAnalysisManager &FAM);
};

} // namespace wasmwright
