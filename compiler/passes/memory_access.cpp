#include "memory_access.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Analysis/ScalarEvolutionExpressions.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/Operator.h"
#include "llvm/IR/PatternMatch.h"

using namespace llvm;

namespace wasmwright {
namespace {

/// The type that compiler/src/ir/alias.rs gives to accesses from which facts follow.
constexpr StringRef CappedMemory = "capped memory";

/// Whether the translator marked an access as one to a capped memory. The mark is the identity:
/// the shape of an address alone would not do.
bool isMarked(const Instruction &I) {
  const MDNode *Tag = I.getMetadata(LLVMContext::MD_tbaa);
  if (!Tag || Tag->getNumOperands() < 2)
    return false;
  const auto *Type = dyn_cast<MDNode>(Tag->getOperand(1));
  const auto *Name = Type && Type->getNumOperands() ? dyn_cast<MDString>(Type->getOperand(0)) : nullptr;
  return Name && Name->getString() == CappedMemory;
}

/// A base is loaded from a word that never changes, or a parameter that compiler/src/ir/attributes.rs
/// marks: nothing else has that attribute.
bool isBase(const Value *V) {
  if (const auto *Parameter = dyn_cast<Argument>(V))
    return Parameter->hasSwiftSelfAttr();
  const auto *Load = dyn_cast<LoadInst>(V);
  return Load && Load->hasMetadata(LLVMContext::MD_invariant_load);
}

/// An expression of 32 bits without its constant summand, which goes to `Constant`.
const SCEV *splitConstant(const SCEV *S, int32_t &Constant, ScalarEvolution &SE) {
  if (const auto *Number = dyn_cast<SCEVConstant>(S)) {
    Constant += static_cast<int32_t>(Number->getAPInt().getZExtValue());
    return SE.getZero(S->getType());
  }
  if (const auto *Sum = dyn_cast<SCEVAddExpr>(S)) {
    const auto *Number = dyn_cast<SCEVConstant>(Sum->getOperand(0));
    if (!Number)
      return S;
    Constant += static_cast<int32_t>(Number->getAPInt().getZExtValue());
    SmallVector<const SCEV *, 4> Others(drop_begin(Sum->operands()));
    return SE.getAddExpr(Others);
  }
  const auto *Recurrence = dyn_cast<SCEVAddRecExpr>(S);
  if (!Recurrence || !Recurrence->isAffine())
    return S;
  int32_t InStart = 0;
  const SCEV *Start = splitConstant(Recurrence->getStart(), InStart, SE);
  if (InStart == 0)
    return S;
  Constant += InStart;
  return SE.getAddRecExpr(Start, Recurrence->getStepRecurrence(SE), Recurrence->getLoop(),
                          SCEV::FlagAnyWrap);
}

/// Takes the address apart into base, one index and constants; false if it is anything else.
bool decompose(MemoryAccess &Access, Value *Pointer, const DataLayout &Layout) {
  APInt Offset(64, 0);
  SmallMapVector<Value *, APInt, 4> Indices;
  while (auto *Step = dyn_cast<GEPOperator>(Pointer)) {
    if (Step->getType()->isVectorTy() || !Step->collectOffset(Layout, 64, Indices, Offset))
      return false;
    Pointer = Step->getPointerOperand();
  }
  if (!isBase(Pointer) || Indices.size() != 1 || !Indices.front().second.isOne())
    return false;
  Value *Index = Indices.front().first;
  Value *Inner;
  const APInt *Summand;
  using namespace PatternMatch;
  while (match(Index, m_Add(m_Value(Inner), m_APInt(Summand))) ||
         match(Index, m_DisjointOr(m_Value(Inner), m_APInt(Summand)))) {
    Index = Inner;
    Offset += *Summand;
  }
  // An access with a negative constant proves nothing and is not rewritten.
  if (Offset.isNegative() || Offset.ugt(UINT32_MAX))
    return false;
  Access.Base = Pointer;
  Access.Index = Index;
  Access.Offset = Offset.getZExtValue();
  return true;
}

} // namespace

SmallVector<MemoryAccess, 0> findMemoryAccesses(Function &F, ScalarEvolution &SE, DominatorTree &DT) {
  const DataLayout &Layout = F.getDataLayout();
  Type *I32 = Type::getInt32Ty(F.getContext());
  SmallVector<MemoryAccess, 0> Accesses;
  for (DomTreeNode *Node : depth_first(DT.getRootNode())) {
    for (Instruction &I : *Node->getBlock()) {
      Value *Pointer = getLoadStorePointerOperand(&I);
      if (!Pointer || !isMarked(I))
        continue;
      MemoryAccess Access{&I, nullptr, nullptr, 0, nullptr, 0};
      if (!decompose(Access, Pointer, Layout))
        continue;
      const SCEV *Index = SE.getSCEV(Access.Index);
      if (SE.getUnsignedRangeMax(Index).ugt(UINT32_MAX))
        continue;
      Access.Rest = splitConstant(SE.getTruncateExpr(Index, I32), Access.Constant, SE);
      Accesses.push_back(Access);
    }
  }
  return Accesses;
}

} // namespace wasmwright
