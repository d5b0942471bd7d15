// `llvm.canonicalize` of two floats, which LLVM 22's selector for x86 dies of.

#pragma once

#include "llvm/IR/PassManager.h"

namespace wasmwright {

/// Gives each call two more lanes. Translation asks for one float; LLVM's vectorisers make two of
/// two. Must come after them.
class WidenCanonicalizePass : public llvm::PassInfoMixin<WidenCanonicalizePass> {
public:
  llvm::PreservedAnalyses run(llvm::Function &F, llvm::FunctionAnalysisManager &FAM);
  /// It is no optimisation.
  static bool isRequired() { return true; }
};

} // namespace wasmwright
