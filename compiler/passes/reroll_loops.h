// Loops that the producer of a module unrolled, rolled again.

#pragma once

#include "llvm/IR/PassManager.h"

namespace wasmwright {

/// Undoes unrolling in loops of one block whose body is several copies of one iteration, because
/// unrolled bodies defeat LLVM's vectoriser, which then unrolls as the target likes.
///
/// Copies are matched by the values that they compute: a recurrence {a,+,s} of one copy is {a +
/// s/f,+,s} in the next, everything else is the same operation on matched operands. The new loop
/// takes each of these values in the same order, so it computes the same whatever simplification
/// made of the copies; flags that rested on the larger step are dropped. Memory is accessed in the
/// same order too, or the loop is left alone.
class RerollLoopsPass : public llvm::PassInfoMixin<RerollLoopsPass> {
public:
  llvm::PreservedAnalyses run(llvm::Function &F, llvm::FunctionAnalysisManager &FAM);
};

} // namespace wasmwright
