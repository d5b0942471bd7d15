#include "expand_conversions.h"
#include "preserved.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Module.h"

using namespace llvm;

namespace wasmwright {
namespace {

bool isOfVectors(const IntrinsicInst &Conversion) {
  return Conversion.getIntrinsicID() == Intrinsic::fptosi_sat && isa<FixedVectorType>(Conversion.getType()) &&
         Conversion.getType()->getScalarSizeInBits() == 32;
}

/// What is below the range, and what is no number, is converted as the least integer. The conversion
/// of what is above it is poison, hence frozen: any value, which is then replaced.
Value *expand(IntrinsicInst &Conversion) {
  IRBuilder<> B(&Conversion);
  Value *X = Conversion.getArgOperand(0);
  Type *Floats = X->getType(), *Integers = Conversion.getType();
  Value *Least = ConstantFP::get(Floats, -2147483648.0);
  Value *Raised = B.CreateSelect(B.CreateFCmpOGT(X, Least), X, Least);
  Value *Converted = B.CreateFreeze(B.CreateFPToSI(Raised, Integers));
  Value *IsAbove = B.CreateFCmpOGE(X, ConstantFP::get(Floats, 2147483648.0));
  Value *Saturated = B.CreateSelect(IsAbove, ConstantInt::get(Integers, 0x7fffffff), Converted);
  return B.CreateSelect(B.CreateFCmpORD(X, X), Saturated, Constant::getNullValue(Integers));
}

} // namespace

PreservedAnalyses ExpandConversionsPass::run(Function &F, FunctionAnalysisManager &) {
  if (!F.getParent()->getTargetTriple().isX86())
    return PreservedAnalyses::all();
  bool Changed = false;
  for (Instruction &I : make_early_inc_range(instructions(F))) {
    auto *Conversion = dyn_cast<IntrinsicInst>(&I);
    if (!Conversion || !isOfVectors(*Conversion))
      continue;
    Conversion->replaceAllUsesWith(expand(*Conversion));
    Conversion->eraseFromParent();
    Changed = true;
  }
  return preservedByStraightCode(Changed);
}

} // namespace wasmwright
