#include "expand_products.h"
#include "preserved.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Analysis/TargetTransformInfo.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Module.h"

using namespace llvm;

namespace wasmwright {
namespace {

bool isOfWideLanes(const Instruction &I) {
  return I.getOpcode() == Instruction::Mul && isa<FixedVectorType>(I.getType()) &&
         I.getType()->getScalarSizeInBits() == 64;
}

/// Whether both factors are extended, one way or the other, so that one multiplication is enough.
bool isOfExtendedLanes(const Instruction &Product, const DataLayout &Layout) {
  Value *Left = Product.getOperand(0), *Right = Product.getOperand(1);
  auto HasNoUpperHalf = [&](Value *V) { return computeKnownBits(V, Layout).countMinLeadingZeros() >= 32; };
  auto IsSignExtended = [&](Value *V) { return ComputeNumSignBits(V, Layout) > 32; };
  return (HasNoUpperHalf(Left) && HasNoUpperHalf(Right)) || (IsSignExtended(Left) && IsSignExtended(Right));
}

/// a * b is the product of the lower halves plus, in the upper half, the lower half of the sum of the
/// two products of a lower half and an upper one.
Value *expand(Instruction &Product) {
  IRBuilder<> B(&Product);
  Value *Left = Product.getOperand(0), *Right = Product.getOperand(1);
  auto *Wide = cast<FixedVectorType>(Product.getType());
  const unsigned Lanes = Wide->getNumElements();
  auto *Narrow = FixedVectorType::get(B.getInt32Ty(), Lanes);
  auto *Halves = FixedVectorType::get(B.getInt32Ty(), 2 * Lanes);
  SmallVector<int> Swapped, Even, Odd;
  for (unsigned Lane = 0; Lane < Lanes; ++Lane) {
    Swapped.append({int(2 * Lane + 1), int(2 * Lane)});
    Even.push_back(2 * Lane);
    Odd.push_back(2 * Lane + 1);
  }
  Value *Crossed = B.CreateMul(B.CreateBitCast(Left, Halves),
                               B.CreateShuffleVector(B.CreateBitCast(Right, Halves), Swapped));
  Value *Sum = B.CreateAdd(B.CreateShuffleVector(Crossed, Even), B.CreateShuffleVector(Crossed, Odd));
  Value *Upper = B.CreateShl(B.CreateZExt(Sum, Wide), 32);
  auto LowerHalf = [&](Value *V) { return B.CreateZExt(B.CreateTrunc(V, Narrow), Wide); };
  return B.CreateAdd(Upper, B.CreateMul(LowerHalf(Left), LowerHalf(Right)));
}

} // namespace

PreservedAnalyses ExpandProductsPass::run(Function &F, FunctionAnalysisManager &FAM) {
  const auto &Target = FAM.getResult<TargetIRAnalysis>(F);
  if (Target.supportsScalableVectors())
    return PreservedAnalyses::all();
  const DataLayout &Layout = F.getParent()->getDataLayout();
  SmallVector<Instruction *> Products;
  for (Instruction &I : instructions(F))
    if (isOfWideLanes(I) && !isOfExtendedLanes(I, Layout))
      Products.push_back(&I);
  for (Instruction *Product : Products) {
    Product->replaceAllUsesWith(expand(*Product));
    Product->eraseFromParent();
  }
  return preservedByStraightCode(!Products.empty());
}

} // namespace wasmwright
