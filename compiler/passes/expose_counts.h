// Counts of iterations that LLVM's own simplification hid from scalar evolution.

#pragma once

#include "llvm/IR/PassManager.h"

namespace wasmwright {

/// Rewrites the exits of loops, without changing when they are taken, so that the count of
/// iterations can be computed:
///
/// - a counter of 32 bits that was widened to 64 and is compared under a mask is compared as 32
///   bits again;
/// - a bound that is a multiple of the counter's step, which is plain in the module and hidden
///   behind phis afterwards, is masked to one.
class ExposeCountsPass : public llvm::PassInfoMixin<ExposeCountsPass> {
public:
  llvm::PreservedAnalyses run(llvm::Function &F, llvm::FunctionAnalysisManager &FAM);
};

} // namespace wasmwright
