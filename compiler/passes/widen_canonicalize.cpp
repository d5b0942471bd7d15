#include "widen_canonicalize.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"

using namespace llvm;

namespace {

bool isOfTwoFloats(const Instruction &I) {
  const auto *Call = dyn_cast<IntrinsicInst>(&I);
  if (!Call || Call->getIntrinsicID() != Intrinsic::canonicalize)
    return false;
  const auto *Type = dyn_cast<FixedVectorType>(Call->getType());
  return Type && Type->getNumElements() == 2 && Type->getElementType()->isFloatTy();
}

void widen(CallBase &Call) {
  IRBuilder<> Builder(&Call);
  Value *Two = Call.getArgOperand(0);
  // Lanes that are as good as the others: those of poison would be folded away.
  Value *Four = Builder.CreateShuffleVector(Two, ArrayRef<int>{0, 1, 0, 1});
  Value *Quiet = Builder.CreateUnaryIntrinsic(Intrinsic::canonicalize, Four);
  Call.replaceAllUsesWith(Builder.CreateShuffleVector(Quiet, ArrayRef<int>{0, 1}));
  Call.eraseFromParent();
}

} // namespace

PreservedAnalyses wasmwright::WidenCanonicalizePass::run(Function &F, FunctionAnalysisManager &) {
  SmallVector<CallBase *> Calls;
  for (Instruction &I : instructions(F))
    if (isOfTwoFloats(I))
      Calls.push_back(cast<CallBase>(&I));
  for (CallBase *Call : Calls)
    widen(*Call);
  return Calls.empty() ? PreservedAnalyses::all() : PreservedAnalyses::none();
}
