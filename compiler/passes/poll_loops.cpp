#include "poll_loops.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Analysis/CFG.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/ScalarEvolution.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/MDBuilder.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"

using namespace llvm;

namespace wasmwright {
namespace {

constexpr StringLiteral PollAttribute = "wasmwright-poll";

/// Rounds of a loop that is known to end before anybody has waited for it.
constexpr unsigned FewRounds = 1024;

bool isPolled(const Function &F) { return F.arg_size() && F.getAttributes().hasParamAttr(0, PollAttribute); }

bool callsNothing(const Loop &L) {
  for (const BasicBlock *Block : L.blocks())
    for (const Instruction &I : *Block)
      if (isa<CallBase>(I) && !isa<IntrinsicInst>(I))
        return false;
  return true;
}

bool endsSoon(const BasicBlock *Head, LoopInfo &LI, ScalarEvolution &SE) {
  Loop *L = LI.getLoopFor(Head);
  if (!L || L->getHeader() != Head || !L->getSubLoops().empty() || !callsNothing(*L))
    return false;
  const unsigned Rounds = SE.getSmallConstantMaxTripCount(L);
  return Rounds && Rounds <= FewRounds;
}

/// Blocks of which each cycle has one, but for cycles that end soon.
SmallSetVector<BasicBlock *, 8> headsOfCycles(Function &F, FunctionAnalysisManager &FAM) {
  SmallVector<std::pair<const BasicBlock *, const BasicBlock *>, 8> Edges;
  FindFunctionBackedges(F, Edges);
  SmallSetVector<BasicBlock *, 8> Heads;
  if (Edges.empty())
    return Heads;
  auto &LI = FAM.getResult<LoopAnalysis>(F);
  auto &SE = FAM.getResult<ScalarEvolutionAnalysis>(F);
  for (auto &[From, To] : Edges)
    if (!endsSoon(To, LI, SE))
      Heads.insert(const_cast<BasicBlock *>(To));
  return Heads;
}

BasicBlock *makeTrap(Function &F, StringRef Symbol) {
  LLVMContext &Context = F.getContext();
  auto *Block = BasicBlock::Create(Context, "interrupted", &F);
  IRBuilder<> B(Block);
  auto *Type = FunctionType::get(B.getVoidTy(), {B.getPtrTy()}, false);
  FunctionCallee Trap = F.getParent()->getOrInsertFunction(Symbol, Type);
  auto *Declaration = cast<Function>(Trap.getCallee());
  Declaration->setVisibility(GlobalValue::HiddenVisibility);
  Declaration->addFnAttr(Attribute::Cold);
  Declaration->setDoesNotThrow();
  B.CreateCall(Trap, {F.getArg(0)});
  B.CreateUnreachable();
  return Block;
}

void poll(BasicBlock &Head, BasicBlock &Trap, uint64_t Offset) {
  Function &F = *Head.getParent();
  BasicBlock *Rest = SplitBlock(&Head, Head.getFirstInsertionPt());
  Head.getTerminator()->eraseFromParent();
  IRBuilder<> B(&Head);
  Value *Word = B.CreateConstInBoundsGEP1_64(B.getInt8Ty(), F.getArg(0), Offset);
  // Volatile: other threads write it, and code generation must not move it out of the loop.
  Value *Limit = B.CreateAlignedLoad(B.getInt64Ty(), Word, Align(8), /*isVolatile=*/true);
  Value *Met = B.CreateICmpEQ(Limit, B.getInt64(~0ull));
  B.CreateCondBr(Met, &Trap, Rest, MDBuilder(F.getContext()).createUnlikelyBranchWeights());
}

bool pollFunction(Function &F, FunctionAnalysisManager &FAM) {
  const auto Heads = headsOfCycles(F, FAM);
  if (Heads.empty())
    return false;
  if (!isPolled(F))
    report_fatal_error(Twine("the loops of ") + F.getName() + " cannot be interrupted");
  const auto [Offset, Symbol] = F.getAttributes().getParamAttr(0, PollAttribute).getValueAsString().split(' ');
  uint64_t Bytes = 0;
  if (Offset.getAsInteger(10, Bytes))
    report_fatal_error("no offset of the word to poll");
  BasicBlock *Trap = makeTrap(F, Symbol);
  for (BasicBlock *Head : Heads)
    poll(*Head, *Trap, Bytes);
  return true;
}

} // namespace

PreservedAnalyses PollLoopsPass::run(Module &M, ModuleAnalysisManager &MAM) {
  if (none_of(M, [](const Function &F) { return !F.isDeclaration() && isPolled(F); }))
    return PreservedAnalyses::all();
  auto &FAM = MAM.getResult<FunctionAnalysisManagerModuleProxy>(M).getManager();
  bool Changed = false;
  for (Function &F : M)
    if (!F.isDeclaration())
      Changed |= pollFunction(F, FAM);
  return Changed ? PreservedAnalyses::none() : PreservedAnalyses::all();
}

} // namespace wasmwright
