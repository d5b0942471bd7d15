// Bounds checks before loops instead of in them.

#pragma once

#include "llvm/IR/PassManager.h"

namespace wasmwright {

/// Makes two of an innermost loop whose accesses are checked. Before them one comparison for each row
/// of addresses tells whether all that the loop may access lies within the memory and no address of 32
/// bits wraps: then the loop runs without checks, counting in 64 bits, so that LLVM can compute its
/// count, vectorise and unroll it. Else it runs as it was written and traps where it must.
class HoistChecksPass : public llvm::PassInfoMixin<HoistChecksPass> {
public:
  llvm::PreservedAnalyses run(llvm::Function &F, llvm::FunctionAnalysisManager &FAM);
};

} // namespace wasmwright
