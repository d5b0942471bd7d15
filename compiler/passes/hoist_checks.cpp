#include "hoist_checks.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/ScalarEvolutionExpressions.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/MDBuilder.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"
#include "llvm/Transforms/Utils/Cloning.h"
#include "llvm/Transforms/Utils/LoopUtils.h"
#include "llvm/Transforms/Utils/ScalarEvolutionExpander.h"
#include "llvm/Transforms/Utils/ValueMapper.h"

using namespace llvm;

namespace wasmwright {
namespace {

/// Loops of more instructions are not made two of.
constexpr unsigned InstructionsTwice = 400;

/// Larger steps and counts of more bits are left alone: their products must stay far below 2^63.
constexpr int64_t LargestStep = 1 << 20;
constexpr unsigned CountBits = 40;

/// A branch that leaves the loop for good unless an address is below or at a limit.
struct Check {
  BranchInst *Branch;
  BasicBlock *Inside;
  /// The address of 32 bits, extended.
  Value *Address;
  const SCEV *Limit;
  /// Whether an address that is equal to the limit passes.
  bool Inclusive;
  /// What is added to the row's recurrence.
  int64_t Constant;
};

/// Checks of one recurrence plus constants.
using Row = SmallVector<Check, 4>;

/// Whether a block does nothing but to trap.
bool neverReturns(const BasicBlock &Block) { return isa<UnreachableInst>(Block.getTerminator()); }

class Hoister {
public:
  Hoister(Loop &L, ScalarEvolution &SE, DominatorTree &DT, LoopInfo &LI)
      : L(L), SE(SE), DT(DT), LI(LI), Expander(SE, "hoist"), I64(Type::getInt64Ty(SE.getContext())) {}

  bool run() {
    if (!isCandidate())
      return false;
    findChecks();
    if (Rows.empty())
      return false;
    Value *AllPass = checkBefore(L.getLoopPreheader()->getTerminator());
    Loop *Checked = makeTwo(AllPass);
    for (auto &[Recurrence, Checks] : Rows)
      countWide(*cast<SCEVAddRecExpr>(Recurrence), Checks);
    SE.forgetLoop(&L);
    for (auto &[Recurrence, Checks] : Rows)
      for (const Check &One : Checks)
        drop(One);
    for (Loop *Either : {&L, Checked})
      formDedicatedExitBlocks(Either, &DT, &LI, /*MSSAU=*/nullptr, /*PreserveLCSSA=*/true);
    return true;
  }

private:
  // -- what there is

  bool isCandidate() {
    if (none_of(L.blocks(), [&](const BasicBlock *Block) { return leadsToTrap(*Block); }))
      return false;
    if (!L.isLoopSimplifyForm() || !L.isLCSSAForm(DT) || !L.isSafeToClone())
      return false;
    size_t Instructions = 0;
    for (const BasicBlock *Block : L.blocks())
      Instructions += Block->size();
    if (Instructions > InstructionsTwice)
      return false;
    Count = largestCount();
    return Count && Expander.isSafeToExpandAt(Count, L.getLoopPreheader()->getTerminator());
  }

  /// How often the loop comes back to its start at most, in 64 bits, or null.
  const SCEV *largestCount() {
    SmallVector<BasicBlock *> Exiting;
    L.getExitingBlocks(Exiting);
    for (BasicBlock *Block : Exiting) {
      const SCEV *Exits = SE.getExitCount(&L, Block);
      if (!isa<SCEVCouldNotCompute>(Exits) && SE.getUnsignedRangeMax(Exits).getActiveBits() <= CountBits &&
          !leadsToTrap(*Block))
        return SE.getTruncateOrZeroExtend(Exits, I64);
    }
    return nullptr;
  }

  bool leadsToTrap(const BasicBlock &Exiting) const {
    return any_of(successors(&Exiting), [&](const BasicBlock *Next) { return !L.contains(Next) && neverReturns(*Next); });
  }

  void findChecks() {
    for (BasicBlock *Block : L.blocks()) {
      auto *Branch = dyn_cast<BranchInst>(Block->getTerminator());
      if (Branch && Branch->isConditional() && leadsToTrap(*Block))
        addCheck(*Branch);
    }
  }

  void addCheck(BranchInst &Branch) {
    auto *Compare = dyn_cast<ICmpInst>(Branch.getCondition());
    const bool InsideIsFirst = L.contains(Branch.getSuccessor(0));
    BasicBlock *Inside = Branch.getSuccessor(InsideIsFirst ? 0 : 1);
    if (!Compare || !L.contains(Inside))
      return;
    CmpInst::Predicate Passes = InsideIsFirst ? Compare->getPredicate() : Compare->getInversePredicate();
    Value *Address = Compare->getOperand(0), *Limit = Compare->getOperand(1);
    if (Passes == CmpInst::ICMP_UGE || Passes == CmpInst::ICMP_UGT) {
      Passes = CmpInst::getSwappedPredicate(Passes);
      std::swap(Address, Limit);
    }
    if ((Passes != CmpInst::ICMP_ULE && Passes != CmpInst::ICMP_ULT) || !L.isLoopInvariant(Limit) ||
        Limit->getType() != I64)
      return;
    addAddress({&Branch, Inside, Address, SE.getSCEV(Limit), Passes == CmpInst::ICMP_ULE, 0});
  }

  void addAddress(Check One) {
    const SCEVAddRecExpr *Recurrence = recurrenceOf(*One.Address);
    if (!Recurrence || Recurrence->getLoop() != &L || !Recurrence->isAffine() || !isa<Instruction>(One.Address))
      return;
    const auto *Step = dyn_cast<SCEVConstant>(Recurrence->getStepRecurrence(SE));
    if (!Step || std::abs(Step->getAPInt().getSExtValue()) > LargestStep)
      return;
    const SCEV *Start = Recurrence->getStart();
    if (const auto *Sum = dyn_cast<SCEVAddExpr>(Start))
      if (const auto *Constant = dyn_cast<SCEVConstant>(Sum->getOperand(0))) {
        One.Constant = Constant->getAPInt().getSExtValue();
        Start = SE.getMinusSCEV(Start, Constant);
      }
    if (!Expander.isSafeToExpandAt(Start, L.getLoopPreheader()->getTerminator()))
      return;
    Rows[SE.getAddRecExpr(Start, Step, &L, SCEV::FlagAnyWrap)].push_back(One);
  }

  /// The recurrence of an address: of 32 bits that may wrap, or of 64 that stay near a memory.
  const SCEVAddRecExpr *recurrenceOf(Value &Address) {
    const SCEV *Of = SE.getSCEV(&Address);
    if (const auto *Extended = dyn_cast<SCEVZeroExtendExpr>(Of)) {
      Of = Extended->getOperand();
      return Of->getType()->isIntegerTy(32) ? dyn_cast<SCEVAddRecExpr>(Of) : nullptr;
    }
    return SE.getUnsignedRangeMax(Of).getActiveBits() <= 33 ? dyn_cast<SCEVAddRecExpr>(Of) : nullptr;
  }

  // -- before the loop

  /// Whether no check of the loop can fail.
  Value *checkBefore(Instruction *Before) {
    IRBuilder<> B(Before);
    Value *Backedges = Expander.expandCodeFor(Count, I64, Before);
    Value *AllPass = B.getTrue();
    for (auto &[Recurrence, Checks] : Rows) {
      auto &Of = *cast<SCEVAddRecExpr>(Recurrence);
      const int64_t Step = stepOf(Of);
      Value *First = firstOf(Of, Checks, Before);
      B.SetInsertPoint(Before);
      Value *Span = B.CreateMul(Backedges, B.getInt64(std::abs(Step)), "span", true, true);
      // Counting down, the first iteration's addresses are the greatest.
      if (Step < 0)
        AllPass = B.CreateAnd(AllPass, B.CreateICmpUGE(First, Span));
      Value *Last = Step < 0 ? First : B.CreateAdd(First, Span, "last", true, true);
      AllPass = B.CreateAnd(AllPass, allBelow(Last, Checks, B));
      // Whatever the limits are: they may be the module's own.
      if (Of.getType() != I64) {
        Value *Greatest = B.CreateAdd(Last, B.getInt64(greatestOf(Checks) - leastOf(Checks)), "", true, true);
        AllPass = B.CreateAnd(AllPass, B.CreateICmpULE(Greatest, B.getInt64(UINT32_MAX)));
      }
    }
    // What no iteration computes may be poison.
    return B.CreateFreeze(AllPass);
  }

  Value *allBelow(Value *Last, const Row &Checks, IRBuilder<> &B) {
    MapVector<std::pair<const SCEV *, unsigned>, int64_t> Farthest;
    for (const Check &One : Checks) {
      int64_t &Distance = Farthest[{One.Limit, unsigned(One.Inclusive)}];
      Distance = std::max(Distance, One.Constant - leastOf(Checks));
    }
    Value *All = B.getTrue();
    for (auto &[Limit, Distance] : Farthest) {
      Value *End = Expander.expandCodeFor(Limit.first, I64, &*B.GetInsertPoint());
      Value *Greatest = B.CreateAdd(Last, B.getInt64(Distance), "", true, true);
      All = B.CreateAnd(All, Limit.second ? B.CreateICmpULE(Greatest, End) : B.CreateICmpULT(Greatest, End));
    }
    return All;
  }

  static int64_t leastOf(const Row &Checks) {
    return min_element(Checks, [](const Check &A, const Check &B) { return A.Constant < B.Constant; })->Constant;
  }

  static int64_t greatestOf(const Row &Checks) {
    return max_element(Checks, [](const Check &A, const Check &B) { return A.Constant < B.Constant; })->Constant;
  }

  static int64_t stepOf(const SCEVAddRecExpr &Recurrence) {
    return cast<SCEVConstant>(Recurrence.getOperand(1))->getAPInt().getSExtValue();
  }

  /// The least address of the first iteration in 64 bits.
  Value *firstOf(const SCEVAddRecExpr &Recurrence, const Row &Checks, Instruction *Before) {
    const SCEV *Least = SE.getConstant(Recurrence.getType(), leastOf(Checks), true);
    const SCEV *Start = SE.getNoopOrZeroExtend(SE.getAddExpr(Recurrence.getStart(), Least), I64);
    return Expander.expandCodeFor(Start, I64, Before);
  }

  // -- two loops

  /// Puts a copy of the loop beside it, for when not all pass.
  Loop *makeTwo(Value *AllPass) {
    BasicBlock *Decides = L.getLoopPreheader();
    BasicBlock *Before = SplitBlock(Decides, Decides->getTerminator(), &DT, &LI);
    ValueToValueMapTy Copies;
    SmallVector<BasicBlock *> Copied;
    Loop *Checked = cloneLoopWithPreheader(Before, Decides, &L, Copies, ".checked", &LI, &DT, Copied);
    remapInstructionsInBlocks(Copied, Copies);
    Instruction *Old = Decides->getTerminator();
    IRBuilder<> B(Old);
    B.CreateCondBr(AllPass, Before, Checked->getLoopPreheader(), MDBuilder(B.getContext()).createLikelyBranchWeights());
    Old->eraseFromParent();
    joinExits(Decides, Copies);
    return Checked;
  }

  /// Lets both loops leave to the same blocks.
  void joinExits(BasicBlock *Decides, ValueToValueMapTy &Copies) {
    SmallVector<std::pair<BasicBlock *, BasicBlock *>> Exits;
    L.getExitEdges(Exits);
    for (auto &[From, To] : Exits) {
      auto *Copy = cast<BasicBlock>(Copies[From]);
      for (PHINode &Phi : To->phis()) {
        Value *Of = Phi.getIncomingValueForBlock(From);
        Value *Mapped = Copies.lookup(Of);
        SE.forgetLcssaPhiWithNewPredecessor(&L, &Phi);
        Phi.addIncoming(Mapped ? Mapped : Of, Copy);
      }
    }
    SmallVector<BasicBlock *> Behind;
    for (BasicBlock *Block : L.blocks())
      for (const DomTreeNode *Below : DT.getNode(Block)->children())
        if (!L.contains(Below->getBlock()))
          Behind.push_back(Below->getBlock());
    for (BasicBlock *Block : Behind)
      DT.changeImmediateDominator(Block, Decides);
  }

  // -- the loop without checks

  /// Gives the addresses of a row as a count in 64 bits plus constants.
  void countWide(const SCEVAddRecExpr &Recurrence, const Row &Checks) {
    Value *First = firstOf(Recurrence, Checks, L.getLoopPreheader()->getTerminator());
    const int64_t Step = stepOf(Recurrence);
    PHINode *Wide = PHINode::Create(I64, 2, "wide", L.getHeader()->begin());
    IRBuilder<> B(L.getLoopLatch()->getTerminator());
    // The last iteration's sum leaves the memory by a step at most; no sum leaves 63 bits.
    Value *Next = B.CreateAdd(Wide, B.getInt64(Step), "wide.next", Step > 0, true);
    Wide->addIncoming(First, L.getLoopPreheader());
    Wide->addIncoming(Next, L.getLoopLatch());
    for (const Check &One : Checks) {
      auto *Narrow = cast<Instruction>(One.Address);
      B.SetInsertPoint(Narrow->getParent(), Narrow->getParent()->getFirstInsertionPt());
      Value *Address = Wide;
      if (const int64_t Distance = One.Constant - leastOf(Checks))
        Address = B.CreateAdd(Wide, B.getInt64(Distance), "", true, true);
      if (Narrow != Address)
        Narrow->replaceAllUsesWith(Address);
    }
  }

  void drop(const Check &One) {
    BasicBlock *Block = One.Branch->getParent();
    BasicBlock *Trap = One.Branch->getSuccessor(One.Branch->getSuccessor(0) == One.Inside ? 1 : 0);
    Trap->removePredecessor(Block, /*KeepOneInputPHIs=*/true);
    IRBuilder<>(One.Branch).CreateBr(One.Inside);
    One.Branch->eraseFromParent();
    DT.deleteEdge(Block, Trap);
  }

  Loop &L;
  ScalarEvolution &SE;
  DominatorTree &DT;
  LoopInfo &LI;
  SCEVExpander Expander;
  Type *const I64;
  const SCEV *Count = nullptr;
  MapVector<const SCEV *, Row> Rows;
};

} // namespace

PreservedAnalyses HoistChecksPass::run(Function &F, FunctionAnalysisManager &FAM) {
  auto &SE = FAM.getResult<ScalarEvolutionAnalysis>(F);
  auto &DT = FAM.getResult<DominatorTreeAnalysis>(F);
  auto &LI = FAM.getResult<LoopAnalysis>(F);
  SmallVector<Loop *> Innermost;
  for (Loop *L : LI.getLoopsInPreorder())
    if (L->isInnermost())
      Innermost.push_back(L);
  bool Changed = false;
  for (Loop *L : Innermost)
    Changed |= Hoister(*L, SE, DT, LI).run();
  if (!Changed)
    return PreservedAnalyses::all();
  PreservedAnalyses Preserved;
  Preserved.preserve<DominatorTreeAnalysis>();
  Preserved.preserve<LoopAnalysis>();
  return Preserved;
}

} // namespace wasmwright
