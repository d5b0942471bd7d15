// The lesser and the greater of two floats.

#pragma once

#include "llvm/IR/PassManager.h"

namespace wasmwright {

/// Forms AArch64's instructions of extrema, which quiet signalling NaNs by themselves. Translation
/// writes a NaN where an operand is one, else the extremum without NaNs. LLVM folds an extremum of what
/// it finds to be the same value twice, or infinity, to an operand as it came, so this has to come when
/// LLVM's own passes are done.
class FormExtremaPass : public llvm::PassInfoMixin<FormExtremaPass> {
public:
  llvm::PreservedAnalyses run(llvm::Function &F, llvm::FunctionAnalysisManager &FAM);
};

} // namespace wasmwright
