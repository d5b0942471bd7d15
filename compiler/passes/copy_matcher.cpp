#include "copy_matcher.h"
#include "llvm/Analysis/ScalarEvolutionExpressions.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"

using namespace llvm;

namespace wasmwright {
namespace {

/// Sums of more terms are left alone: each is compared with each.
constexpr size_t MostTerms = 64;

bool isPure(const Instruction &I) {
  if (const auto *Load = dyn_cast<LoadInst>(&I))
    return Load->isSimple();
  return !I.mayHaveSideEffects() && !I.mayReadFromMemory() && !isa<PHINode>(I) && !isa<AllocaInst>(I);
}

/// Whether a step of a sum can be taken in any order: integers only.
bool isReordering(const Value *V, Instruction::BinaryOps Opcode) {
  const auto *Operation = dyn_cast<BinaryOperator>(V);
  return Operation && Operation->getOpcode() == Opcode;
}

/// The uses of a value in a block.
unsigned usesIn(const BasicBlock &Block, const Value &V) {
  return count_if(V.users(), [&](const User *U) { return cast<Instruction>(U)->getParent() == &Block; });
}

} // namespace

bool CopyMatcher::run() {
  for (Instruction &I : Body) {
    if (auto *Store = dyn_cast<StoreInst>(&I); Store && Store->isSimple())
      Stores.push_back(Store);
    else if (!isa<PHINode>(I) && !I.isTerminator() && !isPure(I))
      return false;
  }
  return matchStores() && matchPhis() && (!Stores.empty() || !Reductions.empty() || !Carried.empty()) &&
         keepsMemoryOrder();
}

const SCEV *CopyMatcher::advance(Value *V) {
  if (!SE.isSCEVable(V->getType()))
    return nullptr;
  const auto *Recurrence = dyn_cast<SCEVAddRecExpr>(SE.getSCEV(V));
  if (!Recurrence || Recurrence->getLoop() != &L || !Recurrence->isAffine())
    return nullptr;
  const auto *Step = dyn_cast<SCEVConstant>(Recurrence->getStepRecurrence(SE));
  if (!Step || Step->getAPInt().getSignificantBits() > 63)
    return nullptr;
  const int64_t Bytes = Step->getAPInt().getSExtValue();
  if (Bytes % Copies)
    return nullptr;
  return SE.getConstant(Step->getType(), static_cast<uint64_t>(Bytes / Copies), true);
}

bool CopyMatcher::matchStores() {
  if (Stores.size() % Copies)
    return false;
  const size_t PerCopy = Stores.size() / Copies;
  First.append(Stores.begin(), Stores.begin() + PerCopy);
  for (size_t I = 0; I + PerCopy < Stores.size(); ++I)
    if (!match(Stores[I], Stores[I + PerCopy]))
      return false;
  return true;
}

bool CopyMatcher::matchPhis() {
  for (PHINode &Phi : Body.phis()) {
    // A recurrence that is matched nowhere is needed by nothing but the loop's own exit.
    const bool Counts = SE.isSCEVable(Phi.getType()) && isa<SCEVAddRecExpr>(SE.getSCEV(&Phi));
    if (!Counts && !Successor.count(&Phi) && !matchReduction(Phi) && !matchChain(Phi))
      return false;
  }
  // Only now: what is matched for one phi may involve another.
  for (PHINode &Phi : Body.phis()) {
    if (advance(&Phi) || !Successor.count(&Phi))
      continue;
    if (!closes(Phi))
      return false;
    Carried.push_back({&Phi, Successor[&Phi]});
  }
  return true;
}

/// A sum of integers: its terms in any order, in any tree.
bool CopyMatcher::matchReduction(PHINode &Phi) {
  auto *Last = dyn_cast<BinaryOperator>(fromLatch(Phi));
  if (!Last || Last->getParent() != &Body || !Last->isAssociative() || !Last->isCommutative() ||
      !Last->getType()->isIntegerTy() || usesIn(Body, Phi) != 1)
    return false;
  SmallVector<Value *, 16> Terms, Open{Last->getOperand(0), Last->getOperand(1)};
  bool FoundPhi = false;
  while (!Open.empty()) {
    Value *V = Open.pop_back_val();
    if (V == &Phi) {
      FoundPhi = true;
    } else if (isReordering(V, Last->getOpcode()) && cast<Instruction>(V)->getParent() == &Body &&
               V->hasOneUse() && !advance(V)) {
      append_range(Open, cast<Instruction>(V)->operands());
    } else {
      Terms.push_back(V);
    }
  }
  if (!FoundPhi || Terms.size() % Copies || Terms.empty() || Terms.size() > MostTerms)
    return false;
  const size_t Before = Trail.size();
  DenseMap<size_t, size_t> Next;
  SmallVector<bool, 16> HasPrevious(Terms.size(), false);
  for (size_t I = 0; I < Terms.size(); ++I)
    for (size_t J = 0; J < Terms.size(); ++J)
      if (I != J && !HasPrevious[J] && !Next.count(I) && match(Terms[I], Terms[J]))
        Next[I] = J, HasPrevious[J] = true;
  Reduction Sum{&Phi, Last->getOpcode(), {}};
  for (size_t I = 0; I < Terms.size(); ++I) {
    if (HasPrevious[I])
      continue;
    Sum.Terms.push_back(Terms[I]);
    size_t Length = 1;
    for (size_t J = I; Next.count(J); J = Next[J])
      ++Length;
    if (Length != Copies)
      Sum.Terms.clear(), I = Terms.size();
  }
  if (Sum.Terms.size() * Copies != Terms.size()) {
    rollBack(Before);
    return false;
  }
  Reductions.push_back(Sum);
  return true;
}

/// A row of operations in which each uses the result of the one before: a sum of floats.
bool CopyMatcher::matchChain(PHINode &Phi) {
  Value *Last = fromLatch(Phi);
  SmallVector<Instruction *, 16> Links;
  Value *End = &Phi;
  while (End != Last && usesIn(Body, *End) == 1) {
    auto *Link = cast<Instruction>(*find_if(
        End->users(), [&](const User *U) { return cast<Instruction>(U)->getParent() == &Body; }));
    if (isa<PHINode>(Link) || isa<StoreInst>(Link) || Link->isTerminator())
      return false;
    Links.push_back(Link);
    End = Link;
  }
  if (End != Last || Links.empty() || Links.size() % Copies)
    return false;
  const size_t PerCopy = Links.size() / Copies;
  const size_t Before = Trail.size();
  record(&Phi, Links[PerCopy - 1]);
  for (size_t I = 0; I + PerCopy < Links.size(); ++I) {
    if (!match(Links[I], Links[I + PerCopy])) {
      rollBack(Before);
      return false;
    }
  }
  return true;
}

/// Whether the value that the last copy hands on is the one that the next iteration starts with.
bool CopyMatcher::closes(PHINode &Phi) {
  Value *V = &Phi;
  for (unsigned I = 0; I < Copies; ++I) {
    auto Next = Successor.find(V);
    if (Next == Successor.end())
      return false;
    V = Next->second;
  }
  return V == fromLatch(Phi);
}

/// Whether a loop of single iterations would load and store in the order of the unrolled one.
bool CopyMatcher::keepsMemoryOrder() {
  SmallVector<Instruction *, 16> Loads;
  DenseMap<Instruction *, std::pair<unsigned, Instruction *>> Copy;
  DenseMap<Value *, Value *> Previous;
  for (auto &[Now, Next] : Successor)
    if (isa<LoadInst>(Now) || isa<StoreInst>(Now))
      Previous[Next] = Now;
  for (Instruction &I : Body) {
    if (!isa<LoadInst>(I) && !isa<StoreInst>(I))
      continue;
    unsigned Number = 0;
    Value *Head = &I;
    for (auto Step = Previous.find(Head); Step != Previous.end(); Step = Previous.find(Head), ++Number)
      Head = Step->second;
    Copy[&I] = {Number, cast<Instruction>(Head)};
    if (isa<LoadInst>(I)) {
      if (!Successor.count(&I) && !Previous.count(&I))
        return false;
      Loads.push_back(&I);
    }
  }
  for (Instruction *Load : Loads) {
    for (Instruction *Store : Stores) {
      auto [LoadCopy, LoadHead] = Copy[Load];
      auto [StoreCopy, StoreHead] = Copy[Store];
      const bool First = LoadCopy == StoreCopy ? LoadHead->comesBefore(StoreHead) : LoadCopy < StoreCopy;
      if (First != Load->comesBefore(Store))
        return false;
    }
  }
  return true;
}

bool CopyMatcher::match(Value *Now, Value *Next) {
  const size_t Before = Trail.size();
  if (matchAttempt(Now, Next))
    return true;
  rollBack(Before);
  return false;
}

bool CopyMatcher::matchAttempt(Value *Now, Value *Next) {
  auto Known = Successor.find(Now);
  if (Known != Successor.end())
    return Known->second == Next;
  if (Now->getType() != Next->getType())
    return false;
  if (L.isLoopInvariant(Now) || L.isLoopInvariant(Next))
    return Now == Next;
  if (const SCEV *Advance = advance(Now)) {
    if (!advance(Next) || SE.getMinusSCEV(SE.getSCEV(Next), SE.getSCEV(Now)) != Advance)
      return false;
    record(Now, Next);
    return true;
  }
  if (isa<PHINode>(Now)) {
    record(Now, Next);
    return true;
  }
  auto *Operation = cast<Instruction>(Now);
  auto *NextOperation = cast<Instruction>(Next);
  if (isa<PHINode>(Next) || Operation == NextOperation ||
      !Operation->isSameOperationAs(NextOperation, Instruction::CompareIgnoringAlignment))
    return false;
  record(Now, Next);
  return matchOperands(*Operation, *NextOperation);
}

bool CopyMatcher::matchOperands(Instruction &Now, Instruction &Next) {
  const size_t Before = Trail.size();
  auto InOrder = [&](unsigned First) {
    for (unsigned I = First; I < Now.getNumOperands(); ++I)
      if (!match(Now.getOperand(I), Next.getOperand(I)))
        return false;
    return true;
  };
  if (InOrder(0))
    return true;
  rollBack(Before);
  return Now.isCommutative() && match(Now.getOperand(0), Next.getOperand(1)) &&
         match(Now.getOperand(1), Next.getOperand(0)) && InOrder(2);
}

void CopyMatcher::record(Value *Now, Value *Next) {
  Successor[Now] = Next;
  Trail.push_back(Now);
}

void CopyMatcher::rollBack(size_t Length) {
  while (Trail.size() > Length)
    Successor.erase(Trail.pop_back_val());
}

Value *CopyMatcher::fromLatch(PHINode &Phi) const { return Phi.getIncomingValueForBlock(&Body); }

} // namespace wasmwright
