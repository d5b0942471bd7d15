#include "expose_counts.h"
#include "preserved.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/ScalarEvolution.h"
#include "llvm/Analysis/ScalarEvolutionExpressions.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/PatternMatch.h"
#include "llvm/Support/KnownBits.h"

using namespace llvm;
using namespace llvm::PatternMatch;

namespace wasmwright {
namespace {

/// Bounds are looked at through so many values.
constexpr size_t MostValues = 32;

ICmpInst *exitComparison(const Loop &L) {
  BasicBlock *Latch = L.getLoopLatch();
  auto *Branch = Latch ? dyn_cast<BranchInst>(Latch->getTerminator()) : nullptr;
  auto *Comparison = Branch && Branch->isConditional() ? dyn_cast<ICmpInst>(Branch->getCondition()) : nullptr;
  return Comparison && Comparison->isEquality() && Comparison->hasOneUse() ? Comparison : nullptr;
}

/// `(x & mask) == 0`, where all that the mask leaves out of the low 32 bits is zero anyway.
bool narrowComparison(ICmpInst &Comparison, const DataLayout &Layout) {
  Value *Counter;
  const APInt *Mask;
  if (!match(Comparison.getOperand(0), m_And(m_Value(Counter), m_APInt(Mask))) ||
      !match(Comparison.getOperand(1), m_Zero()) || !Counter->getType()->isIntegerTy(64) ||
      Mask->getActiveBits() > 32)
    return false;
  const APInt Zero = computeKnownBits(Counter, Layout).Zero;
  if ((*Mask | Zero).trunc(32).isAllOnes() == false)
    return false;
  IRBuilder<> B(&Comparison);
  Value *Narrow = B.CreateTrunc(Counter, B.getInt32Ty());
  auto *New = cast<Instruction>(B.CreateICmp(Comparison.getPredicate(), Narrow, B.getInt32(0)));
  Comparison.replaceAllUsesWith(New);
  Comparison.eraseFromParent();
  return true;
}

/// Whether the low bits of a value are zero. Phis that depend on themselves are multiples if all
/// else that reaches them is.
bool isMultiple(Value *V, unsigned Bits, SmallPtrSetImpl<Value *> &Seen, const DataLayout &Layout) {
  if (!Seen.insert(V).second)
    return true;
  if (Seen.size() > MostValues)
    return false;
  auto All = [&](auto &&Operands) {
    return all_of(Operands, [&](Value *Operand) { return isMultiple(Operand, Bits, Seen, Layout); });
  };
  if (auto *Phi = dyn_cast<PHINode>(V))
    return All(Phi->incoming_values());
  Value *A, *B;
  if (match(V, m_Select(m_Value(), m_Value(A), m_Value(B))) || match(V, m_Add(m_Value(A), m_Value(B))) ||
      match(V, m_Sub(m_Value(A), m_Value(B))))
    return All(ArrayRef<Value *>{A, B});
  return computeKnownBits(V, Layout).countMinTrailingZeros() >= Bits;
}

/// Masks the bound, or where the counter begins, if the mask changes nothing.
bool maskBound(Loop &L, ICmpInst &Comparison, ScalarEvolution &SE, const DataLayout &Layout) {
  const unsigned Side = L.isLoopInvariant(Comparison.getOperand(0)) ? 1 : 0;
  Value *Counter = Comparison.getOperand(Side), *Bound = Comparison.getOperand(1 - Side);
  if (!Counter->getType()->isIntegerTy() || !L.isLoopInvariant(Bound))
    return false;
  const auto *Recurrence = dyn_cast<SCEVAddRecExpr>(SE.getSCEV(Counter));
  const auto *Step = Recurrence && Recurrence->getLoop() == &L && Recurrence->isAffine()
                         ? dyn_cast<SCEVConstant>(Recurrence->getStepRecurrence(SE))
                         : nullptr;
  const unsigned Bits = Step ? Step->getAPInt().countTrailingZeros() : 0;
  const SCEV *Distance = Step ? SE.getMinusSCEV(SE.getSCEV(Bound), Recurrence->getStart()) : nullptr;
  if (!Bits || SE.getMinTrailingZeros(Distance) >= Bits)
    return false;
  SmallPtrSet<Value *, 16> Seen;
  if (isa<Constant>(Bound) || !isMultiple(Bound, Bits, Seen, Layout))
    return false;
  IRBuilder<> B(L.getLoopPreheader()->getTerminator());
  const unsigned Width = Bound->getType()->getIntegerBitWidth();
  Comparison.setOperand(1 - Side, B.CreateAnd(Bound, B.getInt(APInt::getHighBitsSet(Width, Width - Bits))));
  return true;
}

} // namespace

PreservedAnalyses ExposeCountsPass::run(Function &F, FunctionAnalysisManager &FAM) {
  auto &SE = FAM.getResult<ScalarEvolutionAnalysis>(F);
  auto &LI = FAM.getResult<LoopAnalysis>(F);
  const DataLayout &Layout = F.getDataLayout();
  bool Changed = false;
  for (Loop *L : LI.getLoopsInPreorder()) {
    if (!L->getLoopPreheader() || !exitComparison(*L) || !isa<SCEVCouldNotCompute>(SE.getBackedgeTakenCount(L)))
      continue;
    const bool Exposed =
        narrowComparison(*exitComparison(*L), Layout) || maskBound(*L, *exitComparison(*L), SE, Layout);
    if (Exposed)
      SE.forgetLoop(L);
    Changed |= Exposed;
  }
  return preservedByStraightCode(Changed);
}

} // namespace wasmwright
