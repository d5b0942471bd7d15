#include "reroll_loops.h"
#include "copy_matcher.h"
#include "preserved.h"
#include "llvm/Analysis/ScalarEvolutionExpressions.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/Transforms/Utils/Local.h"
#include "llvm/Transforms/Utils/ScalarEvolutionExpander.h"

using namespace llvm;

namespace wasmwright {
namespace {

/// Numbers of copies that are tried, the largest first.
constexpr unsigned CopiesTried[] = {16, 8, 4, 3, 2};

/// Loops that run longer are left alone: multiples of their counts must not overflow.
constexpr unsigned CountBits = 40;

/// Rolls one loop of one block.
class Reroller {
public:
  Reroller(Loop &L, ScalarEvolution &SE)
      : L(L), Body(*L.getHeader()), SE(SE), Expander(SE, "roll"), I64(Type::getInt64Ty(SE.getContext())) {}

  bool run() {
    if (!isCandidate())
      return false;
    for (unsigned Copies : CopiesTried) {
      CopyMatcher Matcher(L, SE, Copies);
      if (Matcher.run() && liveOutsAreKnown(Matcher)) {
        roll(Matcher, Copies);
        return true;
      }
    }
    return false;
  }

private:
  bool isCandidate() {
    if (L.getNumBlocks() != 1 || !L.getLoopPreheader() || !L.getExitBlock() || L.getHeader()->size() > 1000)
      return false;
    Count = SE.getBackedgeTakenCount(&L);
    if (isa<SCEVCouldNotCompute>(Count) || SE.getUnsignedRangeMax(Count).getActiveBits() > CountBits ||
        !Expander.isSafeToExpandAt(Count, L.getLoopPreheader()->getTerminator()))
      return false;
    // What works on vectors already is none the faster for it.
    return none_of(Body, [](const Instruction &I) {
      return I.getType()->isVectorTy() || (isa<StoreInst>(I) && I.getOperand(0)->getType()->isVectorTy());
    });
  }

  /// Whether what is used after the loop is a recurrence or what the last copy hands on.
  bool liveOutsAreKnown(CopyMatcher &Matcher) {
    SmallPtrSet<Value *, 8> HandedOn;
    for (const Reduction &Sum : Matcher.reductions())
      HandedOn.insert(Sum.Phi->getIncomingValueForBlock(&Body));
    for (auto &[Phi, First] : Matcher.carried())
      HandedOn.insert(Phi->getIncomingValueForBlock(&Body));
    for (Instruction &I : Body)
      if (!HandedOn.count(&I) && isUsedOutside(I) && !isRecurrence(I))
        return false;
    return true;
  }

  bool isUsedOutside(const Instruction &I) const {
    return any_of(I.users(), [&](const User *U) { return cast<Instruction>(U)->getParent() != &Body; });
  }

  bool isRecurrence(Instruction &I) {
    if (!SE.isSCEVable(I.getType()))
      return false;
    const auto *Recurrence = dyn_cast<SCEVAddRecExpr>(SE.getSCEV(&I));
    return Recurrence && Recurrence->getLoop() == &L && Recurrence->isAffine() &&
           Expander.isSafeToExpandAt(Recurrence->evaluateAtIteration(Count, SE),
                                     L.getLoopPreheader()->getTerminator());
  }

  void roll(CopyMatcher &Matcher, unsigned Copies) {
    SmallVector<Instruction *, 64> Old;
    for (Instruction &I : Body)
      if (&I != Body.getTerminator())
        Old.push_back(&I);
    replaceRecurrencesOutside(Old);
    makeCounter(Copies);
    makePhis(Matcher);
    cloneFirstCopy(Matcher, Old);
    closePhis(Matcher);
    replaceExit(Copies);
    SE.forgetLoop(&L);
    for (Instruction *I : reverse(Old))
      I->replaceAllUsesWith(PoisonValue::get(I->getType()));
    for (Instruction *I : Old)
      I->eraseFromParent();
  }

  /// After the loop a recurrence has the value of its last iteration, computed before it.
  void replaceRecurrencesOutside(ArrayRef<Instruction *> Old) {
    for (Instruction *I : Old) {
      if (!isUsedOutside(*I) || !isRecurrence(*I))
        continue;
      const auto *Recurrence = cast<SCEVAddRecExpr>(SE.getSCEV(I));
      Value *Final = Expander.expandCodeFor(Recurrence->evaluateAtIteration(Count, SE), I->getType(),
                                            L.getLoopPreheader()->getTerminator());
      I->replaceUsesOutsideBlock(Final, &Body);
    }
  }

  /// Counts the iterations of the new loop from zero.
  void makeCounter(unsigned Copies) {
    Instruction *Before = L.getLoopPreheader()->getTerminator();
    const SCEV *Wide = SE.getTruncateOrZeroExtend(Count, I64);
    const SCEV *Trips = SE.getMulExpr(SE.getAddExpr(Wide, SE.getOne(I64)), SE.getConstant(I64, Copies));
    Limit = Expander.expandCodeFor(Trips, I64, Before);
    Counter = PHINode::Create(I64, 2, "roll", Body.begin());
    IRBuilder<> B(Body.getTerminator());
    NextCount = B.CreateAdd(Counter, B.getInt64(1), "roll.next", true, true);
    Counter->addIncoming(B.getInt64(0), L.getLoopPreheader());
    Counter->addIncoming(NextCount, &Body);
  }

  void makePhis(CopyMatcher &Matcher) {
    auto Make = [&](PHINode *Phi) {
      PHINode *New = PHINode::Create(Phi->getType(), 2, "", Body.begin());
      New->addIncoming(Phi->getIncomingValueForBlock(L.getLoopPreheader()), L.getLoopPreheader());
      Clones[Phi] = New;
    };
    for (const Reduction &Sum : Matcher.reductions())
      Make(Sum.Phi);
    for (auto &[Phi, First] : Matcher.carried())
      Make(Phi);
  }

  /// Clones what the stores and phis of one iteration need, in the order of the old body.
  void cloneFirstCopy(CopyMatcher &Matcher, ArrayRef<Instruction *> Old) {
    SmallPtrSet<Instruction *, 32> Needed;
    SmallVector<Value *, 32> Open(Matcher.firstStores().begin(), Matcher.firstStores().end());
    for (const Reduction &Sum : Matcher.reductions())
      Open.append(Sum.Terms.begin(), Sum.Terms.end());
    for (auto &[Phi, First] : Matcher.carried())
      Open.push_back(First);
    while (!Open.empty()) {
      auto *I = dyn_cast<Instruction>(Open.pop_back_val());
      if (!I || I->getParent() != &Body || Clones.count(I) || !Needed.insert(I).second)
        continue;
      if (!Matcher.advance(I))
        append_range(Open, I->operands());
    }
    for (Instruction *I : Old)
      if (Needed.count(I))
        Clones[I] = Matcher.advance(I) ? recurrence(*I, Matcher.advance(I)) : clone(*I);
  }

  Value *clone(Instruction &I) {
    Instruction *New = I.clone();
    // They may have rested on the larger step.
    New->dropPoisonGeneratingFlags();
    for (Use &Operand : New->operands())
      Operand.set(cloned(Operand));
    New->insertBefore(cast<Instruction>(NextCount)->getIterator());
    return New;
  }

  Value *cloned(Value *V) {
    auto Found = Clones.find(V);
    return Found == Clones.end() ? V : Found->second;
  }

  /// A recurrence with the smaller step.
  Value *recurrence(Instruction &I, const SCEV *Advance) {
    const auto *Recurrence = cast<SCEVAddRecExpr>(SE.getSCEV(&I));
    Value *Start = Expander.expandCodeFor(Recurrence->getStart(), I.getType(),
                                          L.getLoopPreheader()->getTerminator());
    IRBuilder<> B(cast<Instruction>(NextCount));
    const APInt &Step = cast<SCEVConstant>(Advance)->getAPInt();
    if (!I.getType()->isPointerTy()) {
      Value *Position = B.CreateZExtOrTrunc(Counter, I.getType());
      return B.CreateAdd(Start, B.CreateMul(Position, B.getInt(Step)));
    }
    // Counts have few bits, so that nothing overflows.
    const int64_t Bytes = Step.getSExtValue();
    const bool Small = std::abs(Bytes) < 65536;
    Value *Distance = B.CreateMul(Counter, B.getInt64(Bytes), "", Small && Bytes > 0, Small);
    return B.CreatePtrAdd(Start, Distance, "", GEPNoWrapFlags::noUnsignedSignedWrap());
  }

  void closePhis(CopyMatcher &Matcher) {
    IRBuilder<> B(cast<Instruction>(NextCount));
    for (const Reduction &Sum : Matcher.reductions()) {
      Value *Next = Clones[Sum.Phi];
      for (Value *Term : Sum.Terms)
        Next = B.CreateBinOp(Sum.Opcode, Next, cloned(Term));
      close(*Sum.Phi, Next);
    }
    for (auto &[Phi, First] : Matcher.carried())
      close(*Phi, cloned(First));
  }

  void close(PHINode &Old, Value *Next) {
    cast<PHINode>(Clones[&Old])->addIncoming(Next, &Body);
    if (auto *Last = dyn_cast<Instruction>(Old.getIncomingValueForBlock(&Body)); Last && Last->getParent() == &Body)
      Last->replaceUsesOutsideBlock(Next, &Body);
  }

  void replaceExit(unsigned Copies) {
    Instruction *Old = Body.getTerminator();
    IRBuilder<> B(Old);
    Value *Done = B.CreateICmpEQ(NextCount, Limit);
    BranchInst *Exit = B.CreateCondBr(Done, L.getExitBlock(), &Body);
    Old->eraseFromParent();
    Exit->setMetadata(LLVMContext::MD_loop, unrolledUnlessVectorised(Copies));
  }

  /// What the vectoriser cannot use is unrolled again; what it makes has its own counts.
  MDNode *unrolledUnlessVectorised(unsigned Copies) {
    LLVMContext &Context = SE.getContext();
    auto Property = [&](StringRef Name, ArrayRef<Metadata *> Values) {
      SmallVector<Metadata *, 3> Operands{MDString::get(Context, Name)};
      append_range(Operands, Values);
      return MDNode::get(Context, Operands);
    };
    Metadata *Number = ConstantAsMetadata::get(ConstantInt::get(Type::getInt32Ty(Context), Copies));
    Metadata *One = ConstantAsMetadata::get(ConstantInt::get(Type::getInt32Ty(Context), 1));
    MDNode *Vectorised = Property("llvm.loop.isvectorized", {One});
    MDNode *Single = Property("llvm.loop.unroll.runtime.disable", {});
    MDNode *Loop = MDNode::getDistinct(
        Context, {nullptr, Property("llvm.loop.unroll.count", {Number}),
                  Property("llvm.loop.vectorize.followup_vectorized", {Vectorised, Single}),
                  Property("llvm.loop.vectorize.followup_epilogue", {Vectorised, Single})});
    Loop->replaceOperandWith(0, Loop);
    return Loop;
  }

  Loop &L;
  BasicBlock &Body;
  ScalarEvolution &SE;
  SCEVExpander Expander;
  Type *I64;
  const SCEV *Count = nullptr;
  Value *Limit = nullptr;
  PHINode *Counter = nullptr;
  Value *NextCount = nullptr;
  DenseMap<Value *, Value *> Clones;
};

} // namespace

PreservedAnalyses RerollLoopsPass::run(Function &F, FunctionAnalysisManager &FAM) {
  auto &SE = FAM.getResult<ScalarEvolutionAnalysis>(F);
  auto &LI = FAM.getResult<LoopAnalysis>(F);
  bool Changed = false;
  for (Loop *L : LI.getLoopsInPreorder())
    Changed |= L->isInnermost() && Reroller(*L, SE).run();
  return preservedByStraightCode(Changed);
}

} // namespace wasmwright
