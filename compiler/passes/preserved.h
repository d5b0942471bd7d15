// What stays true of a function when a pass changes instructions and no branches.

#pragma once

#include "llvm/IR/PassManager.h"

namespace wasmwright {

/// All analyses if nothing was changed, else those of the control-flow graph.
inline llvm::PreservedAnalyses preservedByStraightCode(bool Changed) {
  if (!Changed)
    return llvm::PreservedAnalyses::all();
  llvm::PreservedAnalyses Preserved;
  Preserved.preserveSet<llvm::CFGAnalyses>();
  return Preserved;
}

} // namespace wasmwright
