// Minima and maxima of narrow integers that were computed in wide ones.

#pragma once

#include "llvm/IR/PassManager.h"

namespace wasmwright {

/// Computes the minimum or maximum of two values that were extended with zeros before the extension.
/// WebAssembly has no integers below 32 bits, so networks of comparisons over bytes come in lanes of
/// 32 bits, a quarter of what fits in a vector. LLVM narrows only where an operand has no other use.
class NarrowExtremaPass : public llvm::PassInfoMixin<NarrowExtremaPass> {
public:
  llvm::PreservedAnalyses run(llvm::Function &F, llvm::FunctionAnalysisManager &FAM);
};

} // namespace wasmwright
