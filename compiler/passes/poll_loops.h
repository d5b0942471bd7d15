// Looks for interruptions.

#pragma once

#include "llvm/IR/PassManager.h"

namespace wasmwright {

/// Has every way round in a function look at a word and call a function that never returns if it is all
/// ones. The first parameter of functions that are to do so has the attribute `wasmwright-poll` with the
/// word's offset from it and that function. To be executed last, so that no loop is left scalar for it.
class PollLoopsPass : public llvm::PassInfoMixin<PollLoopsPass> {
public:
  llvm::PreservedAnalyses run(llvm::Module &M, llvm::ModuleAnalysisManager &MAM);
  /// Also of functions that are not optimised.
  static bool isRequired() { return true; }
};

} // namespace wasmwright
