// Addresses of 32 bits that may wrap, rewritten to sums of 64 bits where no difference can be seen.

#pragma once

#include "pipeline.h"
#include "llvm/IR/PassManager.h"

namespace wasmwright {

/// Lets neighbouring accesses count from one address, and recurrences run in 64 bits, so that LLVM
/// folds sums into addressing modes and its vectoriser sees neighbours.
///
/// A memory has at most M = 2^32 - 65536 bytes, so an access at y that did not trap proves
/// zext(y) <= M. What follows from that, and what holds of a rewritten access for every input,
/// whether the proving access executes or LLVM has deleted it:
///
/// - it lies in the memory's reservation;
/// - where it differs from Wasm's address, it lies in inaccessible bytes.
///
/// Forward: zext(y + d) = zext(y) + d for 0 <= d < 65536 after an access at y; the sum exceeds
/// 2^32 where it is not equal. Backward: zext(y) - d stands for zext(y - d) for 0 < d < 65536 in
/// accesses without an offset; where y < d Wasm's address lies beyond M, and ours below the base.
/// Loops: {zext(start),+,step} stands for zext({start,+,step}) where an access at it dominates the
/// latch and the greatest number of iterations keeps it within the room beside the memory.
///
/// No flag and no assumption that LLVM could reason backwards with follows from these facts: sums
/// are only marked with what holds by their types and counts alone.
class WidenAddressesPass : public llvm::PassInfoMixin<WidenAddressesPass> {
public:
  explicit WidenAddressesPass(const WasmwrightPipeline &Pipeline) : Pipeline(Pipeline) {}
  llvm::PreservedAnalyses run(llvm::Function &F, llvm::FunctionAnalysisManager &FAM);

private:
  WasmwrightPipeline Pipeline;
};

} // namespace wasmwright
