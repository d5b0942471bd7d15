#include "narrow_extrema.h"
#include "preserved.h"
#include "llvm/ADT/PostOrderIterator.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/PatternMatch.h"

using namespace llvm;
using namespace llvm::PatternMatch;

namespace wasmwright {
namespace {

/// The operand before its extension from `Narrow`; null if there was none.
Value *unextended(Value *Operand, Type *Narrow) {
  Value *Source;
  if (match(Operand, m_ZExt(m_Value(Source))))
    return Source->getType() == Narrow ? Source : nullptr;
  const APInt *Constant;
  if (match(Operand, m_APInt(Constant)) && Constant->getActiveBits() <= Narrow->getScalarSizeInBits())
    return ConstantInt::get(Narrow, Constant->trunc(Narrow->getScalarSizeInBits()));
  return nullptr;
}

/// What is extended with zeros is not negative, so signs make no difference.
Intrinsic::ID withoutSign(const MinMaxIntrinsic &Extremum) {
  switch (Extremum.getIntrinsicID()) {
  case Intrinsic::smin:
  case Intrinsic::umin:
    return Intrinsic::umin;
  default:
    return Intrinsic::umax;
  }
}

bool narrow(MinMaxIntrinsic &Extremum) {
  Value *Source;
  if (!match(Extremum.getLHS(), m_ZExt(m_Value(Source))) && !match(Extremum.getRHS(), m_ZExt(m_Value(Source))))
    return false;
  // Bits are no integers to compare.
  Type *Narrow = Source->getType();
  if (Narrow->getScalarSizeInBits() < 8)
    return false;
  Value *Left = unextended(Extremum.getLHS(), Narrow), *Right = unextended(Extremum.getRHS(), Narrow);
  if (!Left || !Right)
    return false;
  IRBuilder<> B(&Extremum);
  Value *Result = B.CreateBinaryIntrinsic(withoutSign(Extremum), Left, Right);
  Extremum.replaceAllUsesWith(B.CreateZExt(Result, Extremum.getType()));
  Extremum.eraseFromParent();
  return true;
}

} // namespace

PreservedAnalyses NarrowExtremaPass::run(Function &F, FunctionAnalysisManager &) {
  bool Changed = false;
  // Operands first: their extensions are what makes the next ones narrow.
  for (BasicBlock *Block : ReversePostOrderTraversal<Function *>(&F))
    for (Instruction &I : make_early_inc_range(*Block))
      if (auto *Extremum = dyn_cast<MinMaxIntrinsic>(&I))
        Changed |= narrow(*Extremum);
  return preservedByStraightCode(Changed);
}

} // namespace wasmwright
