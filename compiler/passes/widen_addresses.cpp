#include "widen_addresses.h"
#include "memory_access.h"
#include "preserved.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/ScalarEvolutionExpressions.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/Transforms/Utils/ScalarEvolutionExpander.h"
#include <map>

using namespace llvm;

namespace wasmwright {
namespace {

/// Constants between a root and what counts from it are smaller than this, which is the size of
/// the guard below a memory and of what a memory lacks of 4 GiB.
constexpr int64_t ReachBytes = 65536;

/// In a long row of accesses, so many roots are tried for each.
constexpr size_t RootsTried = 16;

using Accesses = SmallVector<MemoryAccess *, 4>;

/// Where the accesses of one expression count from.
struct Root {
  /// An access at the root's own address.
  MemoryAccess *Proof;
  /// The address as 64 bits: a value, or a recurrence of a loop once it is needed.
  Value *Wide;
};

class Widener {
public:
  Widener(Function &F, const WasmwrightPipeline &Pipeline, ScalarEvolution &SE, DominatorTree &DT)
      : Pipeline(Pipeline), SE(SE), DT(DT), Expander(SE, "wide"),
        I64(Type::getInt64Ty(F.getContext())), Found(findMemoryAccesses(F, SE, DT)) {}

  bool run() {
    MapVector<const SCEV *, Accesses> Families;
    for (MemoryAccess &Access : Found)
      Families[Access.Rest].push_back(&Access);
    for (auto &[Rest, Family] : Families)
      if (const auto *Recurrence = dyn_cast<SCEVAddRecExpr>(Rest))
        widenRecurrence(*Recurrence, Family);
    for (auto &[Rest, Family] : Families)
      widenNeighbours(Family);
    for (auto &[Access, Place] : Rewritten)
      rewrite(*Access, Place.first, Place.second);
    return !Rewritten.empty();
  }

private:
  // -- recurrences

  /// Widens what a loop does at one recurrence and its neighbours.
  void widenRecurrence(const SCEVAddRecExpr &Recurrence, Accesses &Family) {
    const Loop *L = Recurrence.getLoop();
    const auto *Step = Recurrence.isAffine() ? dyn_cast<SCEVConstant>(Recurrence.getOperand(1)) : nullptr;
    if (!Step || !L->getLoopPreheader() || !L->getLoopLatch())
      return;
    const int64_t StepBytes = Step->getAPInt().getSExtValue();
    if (!fits(*L, StepBytes))
      return;
    std::map<int32_t, Root> Roots = findRoots(*L, StepBytes, Family);
    for (MemoryAccess *Access : Family)
      if (L->contains(Access->Instruction))
        widenInLoop(*L, Recurrence, StepBytes, *Access, Roots);
  }

  /// Whether a recurrence stays in the room beside the memory, whatever the loop does.
  bool fits(const Loop &L, int64_t StepBytes) {
    const uint64_t Distance = static_cast<uint64_t>(std::abs(StepBytes));
    if (StepBytes == 0 || Distance >= ReachBytes)
      return false;
    const auto *Count = dyn_cast<SCEVConstant>(SE.getConstantMaxBackedgeTakenCount(&L));
    if (!Count || Count->getAPInt().getActiveBits() > 48)
      return false;
    const uint64_t Room = StepBytes > 0 ? Pipeline.RoomAboveBytes : Pipeline.RoomBelowBytes;
    return Count->getAPInt().getZExtValue() * Distance <= Room;
  }

  /// For each constant, an access that each iteration executes.
  std::map<int32_t, Root> findRoots(const Loop &L, int64_t StepBytes, Accesses &Family) {
    std::map<int32_t, Root> Roots;
    for (MemoryAccess *Access : Family) {
      const BasicBlock *Block = Access->Instruction->getParent();
      // Below the base an offset would lead back into the memory.
      const bool Proves = L.contains(Block) && DT.dominates(Block, L.getLoopLatch()) &&
                          (StepBytes > 0 || Access->Offset == 0);
      if (Proves)
        Roots.try_emplace(Access->Constant, Root{Access, nullptr});
    }
    return Roots;
  }

  void widenInLoop(const Loop &L, const SCEVAddRecExpr &Recurrence, int64_t StepBytes,
                   MemoryAccess &Access, std::map<int32_t, Root> &Roots) {
    for (auto &[Constant, From] : Roots) {
      const int64_t Distance = int64_t(Access.Constant) - Constant;
      const bool Ascending = StepBytes > 0;
      const bool Same = Distance == 0 && (Ascending || Access.Offset == 0);
      const bool Forward = Ascending && isForward(Distance) && isProvenBy(Access, *From.Proof->Instruction);
      const bool Backward = Distance < 0 && Distance > -ReachBytes && Access.Offset == 0 &&
                            !Roots.count(Access.Constant);
      if (!Same && !Forward && !Backward)
        continue;
      if (!From.Wide)
        From.Wide = makeRecurrence(L, Recurrence, StepBytes, Constant);
      if (From.Wide)
        Rewritten.insert({&Access, {From.Wide, Distance}});
      return;
    }
  }

  /// {zext(start + constant),+,step} as a value.
  Value *makeRecurrence(const Loop &L, const SCEVAddRecExpr &Recurrence, int64_t StepBytes,
                        int32_t Constant) {
    const SCEV *Start = SE.getAddExpr(Recurrence.getStart(), SE.getConstant(Recurrence.getType(), Constant, true));
    const SCEV *WideStart = SE.getZeroExtendExpr(Start, I64);
    Instruction *Before = L.getLoopPreheader()->getTerminator();
    if (!Expander.isSafeToExpandAt(WideStart, Before))
      return nullptr;
    Value *First = Expander.expandCodeFor(WideStart, I64, Before);
    BasicBlock *Header = L.getHeader();
    PHINode *Wide = PHINode::Create(I64, 2, "wide", Header->begin());
    IRBuilder<> B(L.getLoopLatch()->getTerminator());
    // The count of iterations alone keeps the sum in range: these flags hold for every input.
    Value *Next = B.CreateAdd(Wide, B.getInt64(StepBytes), "wide.next", StepBytes > 0, true);
    Wide->addIncoming(First, L.getLoopPreheader());
    Wide->addIncoming(Next, L.getLoopLatch());
    return Wide;
  }

  // -- neighbours

  /// Lets accesses at one expression plus different constants count from one of them.
  void widenNeighbours(Accesses &Family) {
    Accesses Roots;
    for (MemoryAccess *Access : Family) {
      if (Rewritten.count(Access))
        continue;
      if (MemoryAccess *Root = findRoot(*Access, Family, Roots)) {
        const int64_t Distance = int64_t(Access->Constant) - Root->Constant;
        Rewritten.insert({Access, {Root->Index, Distance}});
      } else {
        Roots.push_back(Access);
      }
    }
  }

  MemoryAccess *findRoot(MemoryAccess &Access, Accesses &Family, Accesses &Roots) {
    MemoryAccess *Best = nullptr;
    auto Consider = [&](MemoryAccess *Root) {
      const int64_t Distance = int64_t(Access.Constant) - Root->Constant;
      const bool Available = DT.dominates(Root->Index, Access.Instruction);
      const bool Backward = Distance < 0 && Distance > -ReachBytes && Access.Offset == 0;
      const bool Forward = isForward(Distance) && isProvenBy(Access, *Root->Instruction);
      if (Available && (Forward || Backward) && (!Best || Root->Constant < Best->Constant))
        Best = Root;
    };
    const size_t Old = Roots.size() > RootsTried ? Roots.size() - RootsTried : 0;
    for (size_t I = Old; I < Roots.size(); ++I)
      Consider(Roots[I]);
    return Best;
  }

  // -- proofs

  static bool isForward(int64_t Distance) { return 0 <= Distance && Distance < ReachBytes; }

  /// Whether the proof executes before the access, or in any case after it: then a trap of the one
  /// is a trap of the other, with the same things done, as far as guard pages promise.
  bool isProvenBy(MemoryAccess &Access, Instruction &Proof) {
    if (DT.dominates(&Proof, Access.Instruction))
      return true;
    return Proof.getParent() == Access.Instruction->getParent() &&
           Access.Instruction->comesBefore(&Proof) &&
           isGuaranteedToTransferExecutionToSuccessor(Access.Instruction->getIterator(), Proof.getIterator());
  }

  // -- rewriting

  void rewrite(MemoryAccess &Access, Value *Wide, int64_t Distance) {
    IRBuilder<> B(Access.Instruction);
    // Every address lies between the base less its guard and the end of the reservation: adding
    // never leaves the address space.
    const GEPNoWrapFlags Flags = GEPNoWrapFlags::noUnsignedSignedWrap();
    Value *Pointer = B.CreatePtrAdd(Access.Base, Wide, "", Flags);
    const int64_t Constant = static_cast<int64_t>(Access.Offset) + Distance;
    if (Constant)
      Pointer = B.CreatePtrAdd(Pointer, B.getInt64(Constant), "", Flags);
    Access.Instruction->setOperand(isa<LoadInst>(Access.Instruction) ? 0 : 1, Pointer);
  }

  const WasmwrightPipeline &Pipeline;
  ScalarEvolution &SE;
  DominatorTree &DT;
  SCEVExpander Expander;
  Type *I64;
  SmallVector<MemoryAccess, 0> Found;
  MapVector<MemoryAccess *, std::pair<Value *, int64_t>> Rewritten;
};

} // namespace

PreservedAnalyses WidenAddressesPass::run(Function &F, FunctionAnalysisManager &FAM) {
  auto &SE = FAM.getResult<ScalarEvolutionAnalysis>(F);
  auto &DT = FAM.getResult<DominatorTreeAnalysis>(F);
  return preservedByStraightCode(Widener(F, Pipeline, SE, DT).run());
}

} // namespace wasmwright
