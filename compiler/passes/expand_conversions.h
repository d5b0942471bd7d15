// Saturating conversions of vectors from floats to integers.

#pragma once

#include "llvm/IR/PassManager.h"

namespace wasmwright {

/// Writes saturating conversions of whole vectors to 32-bit integers, which LLVM makes of loops over
/// WebAssembly's, as conversions with two comparisons around them. LLVM's own code for x86 takes the
/// lanes apart and branches for each. Other machines have instructions for them.
class ExpandConversionsPass : public llvm::PassInfoMixin<ExpandConversionsPass> {
public:
  llvm::PreservedAnalyses run(llvm::Function &F, llvm::FunctionAnalysisManager &FAM);
};

} // namespace wasmwright
