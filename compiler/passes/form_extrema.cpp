#include "form_extrema.h"
#include "preserved.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/PatternMatch.h"
#include "llvm/Transforms/Utils/Local.h"

using namespace llvm;
using namespace llvm::PatternMatch;

namespace wasmwright {
namespace {

/// Instruction selection folds extrema with infinities, too.
bool isFiniteIfConstant(Value *V) { return !isa<Constant>(V) || match(V, m_Finite()); }

/// Whether a choice is made by whether one of two values is a NaN. A comparison with a constant may
/// have become one with another constant or with the other value itself.
bool asksForNaN(Value *Condition, FCmpInst::Predicate Expected, Value *Left, Value *Right) {
  CmpPredicate Predicate;
  Value *A, *B;
  if (!match(Condition, m_FCmp(Predicate, m_Value(A), m_Value(B))) || FCmpInst::Predicate(Predicate) != Expected)
    return false;
  if ((A == Left && B == Right) || (A == Right && B == Left))
    return true;
  Value *Unknown = isa<Constant>(Left) ? Right : Left;
  Value *Known = isa<Constant>(Left) ? Left : Right;
  return match(Known, m_Finite()) && A == Unknown && (B == Unknown || match(B, m_NonNaN()));
}

/// The extremum of such a choice, or null.
IntrinsicInst *extremumOf(Instruction &Choice) {
  Value *Condition, *Other;
  auto Expected = FCmpInst::FCMP_UNO;
  if (!match(&Choice, m_Select(m_Value(Condition), m_NaN(), m_Value(Other)))) {
    if (!match(&Choice, m_Select(m_Value(Condition), m_Value(Other), m_NaN())))
      return nullptr;
    Expected = FCmpInst::FCMP_ORD;
  }
  auto *Extremum = dyn_cast<IntrinsicInst>(Other);
  if (!Extremum || !is_contained({Intrinsic::minimum, Intrinsic::maximum}, Extremum->getIntrinsicID()))
    return nullptr;
  Value *Left = Extremum->getArgOperand(0), *Right = Extremum->getArgOperand(1);
  const bool Forms = isFiniteIfConstant(Left) && isFiniteIfConstant(Right) &&
                     asksForNaN(Condition, Expected, Left, Right);
  return Forms ? Extremum : nullptr;
}

} // namespace

PreservedAnalyses FormExtremaPass::run(Function &F, FunctionAnalysisManager &) {
  SmallVector<std::pair<Instruction *, IntrinsicInst *>> Choices;
  for (Instruction &I : instructions(F))
    if (IntrinsicInst *Extremum = extremumOf(I))
      Choices.push_back({&I, Extremum});
  SmallVector<WeakTrackingVH> Replaced;
  for (auto [Choice, Extremum] : Choices) {
    IRBuilder<> B(Choice);
    Replaced.push_back(Choice);
    Choice->replaceAllUsesWith(B.CreateBinaryIntrinsic(Extremum->getIntrinsicID(), Extremum->getArgOperand(0),
                                                       Extremum->getArgOperand(1)));
  }
  RecursivelyDeleteTriviallyDeadInstructionsPermissive(Replaced);
  return preservedByStraightCode(!Choices.empty());
}

} // namespace wasmwright
