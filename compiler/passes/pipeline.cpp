#include "pipeline.h"
#include "expand_conversions.h"
#include "expand_products.h"
#include "form_extrema.h"
#include "hoist_checks.h"
#include "expose_counts.h"
#include "narrow_extrema.h"
#include "poll_loops.h"
#include "profile.h"
#include "reroll_loops.h"
#include "widen_addresses.h"
#include "widen_canonicalize.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/ValueMap.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Passes/StandardInstrumentations.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Transforms/InstCombine/InstCombine.h"
#include "llvm/Transforms/Scalar/ADCE.h"
#include "llvm/Transforms/Scalar/EarlyCSE.h"
#include "llvm/Transforms/Scalar/GVN.h"
#include "llvm/Transforms/Scalar/IndVarSimplify.h"
#include "llvm/Transforms/Scalar/LICM.h"
#include "llvm/Transforms/Scalar/LoopPassManager.h"
#include "llvm/Transforms/Scalar/SROA.h"
#include "llvm/Transforms/Scalar/SimplifyCFG.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"
#include "llvm/Transforms/Utils/LCSSA.h"
#include "llvm/Transforms/Utils/LoopSimplify.h"

using namespace llvm;

namespace {

OptimizationLevel level(const WasmwrightPipeline &Pipeline) {
  if (Pipeline.SizeLevel)
    return Pipeline.SizeLevel == 1 ? OptimizationLevel::Os : OptimizationLevel::Oz;
  static const OptimizationLevel Levels[] = {OptimizationLevel::O0, OptimizationLevel::O1,
                                             OptimizationLevel::O2, OptimizationLevel::O3};
  return Levels[std::min<uint32_t>(Pipeline.SpeedLevel, 3)];
}

/// Modules come from compilers that have inlined by LLVM's usual threshold, 225. By another such, large
/// ones grow by a third and take a fifth longer to compile, and run no faster (benchmarks/METHOD.md).
/// This one is that of `-Os`. `-O3` is for those who want the other; `-Oz` has less.
constexpr int InlinerThreshold = 50;

PipelineTuningOptions tuning(const WasmwrightPipeline &Pipeline) {
  PipelineTuningOptions Options;
  if (Pipeline.SpeedLevel < 3 && Pipeline.SizeLevel == 0)
    Options.InlinerThreshold = InlinerThreshold;
  Options.SLPVectorization = Pipeline.LeftOut == 0;
  Options.LoopVectorization = true;
  Options.LoopInterleaving = true;
  Options.LoopUnrolling = true;
  return Options;
}

/// What is done to addresses once inlining and simplification are over, before loops are
/// vectorised: no idiom recognition, interchange, distribution or fusion of loops may follow.
void addAddressPasses(FunctionPassManager &Passes, const WasmwrightPipeline &Pipeline) {
  // Ours want a block before each loop and one latch.
  Passes.addPass(LoopSimplifyPass());
  Passes.addPass(LCSSAPass());
  Passes.addPass(wasmwright::ExposeCountsPass());
  if (Pipeline.SizeLevel == 0)
    Passes.addPass(wasmwright::HoistChecksPass());
  Passes.addPass(wasmwright::WidenAddressesPass(Pipeline));
  Passes.addPass(wasmwright::NarrowExtremaPass());
  Passes.addPass(EarlyCSEPass(/*UseMemorySSA=*/true));
  Passes.addPass(InstCombinePass());
  LoopPassManager Loops;
  Loops.addPass(LICMPass(LICMOptions()));
  Loops.addPass(IndVarSimplifyPass());
  Passes.addPass(createFunctionToLoopPassAdaptor(std::move(Loops), /*UseMemorySSA=*/true));
  Passes.addPass(wasmwright::RerollLoopsPass());
  // No InstCombine here: it moves the new counts into their loops, where they stay opaque.
  Passes.addPass(EarlyCSEPass());
}

/// Passes that find next to nothing in what translation makes of optimised modules: they take 2 % of the
/// whole time.
bool isIdle(StringRef Pass) {
  return Pass == "CalledValuePropagationPass" || Pass == "Float2IntPass" || Pass == "SCCPPass";
}

/// Numbers InstCombine's runs over each function. The pipeline has it after nearly every change, and what
/// three of them would do to modules that come optimised the next one does: without them code is all but
/// the same, and a twentieth of the time is saved (benchmarks/METHOD.md). The first runs before functions are
/// inlined; then come that after the first threading of jumps, that after the first passes over loops, that
/// after GVN, and the last before loops are vectorised.
class RepeatedCombinations {
  // Entries go when their functions do: another function at the same place starts anew.
  ValueMap<const Function *, unsigned> Runs;

public:
  bool isRepeatedLater(StringRef Pass, const Any &Unit) {
    const auto *F = any_cast<const Function *>(&Unit);
    if (!F || Pass != "InstCombinePass")
      return false;
    const unsigned Run = ++Runs[*F];
    return Run == 2 || Run == 3 || Run == 5;
  }
};

void skipPasses(PassInstrumentationCallbacks &Callbacks, const WasmwrightPipeline &Pipeline,
                RepeatedCombinations &Repeated) {
  // A profile makes another pipeline, and who asks for -O3 asks for everything.
  const bool KeepsAll =
      Pipeline.SpeedLevel >= 3 || Pipeline.CountsExecutions || Pipeline.Profile.Start;
  Callbacks.registerShouldRunOptionalPassCallback(
      [LeftOut = Pipeline.LeftOut, KeepsAll, &Repeated](StringRef Pass, Any Unit) {
        return !isIdle(Pass) && !(!KeepsAll && Repeated.isRepeatedLater(Pass, Unit)) &&
               !(LeftOut && Pass == "IndVarSimplifyPass");
      });
}

/// What takes time in proportion to a function, however many blocks and loops it has: nothing that knows
/// loops, for before each pass over them scalar evolution forgets all that depends on those that were changed.
FunctionPassManager leastPasses() {
  FunctionPassManager Passes;
  Passes.addPass(SROAPass(SROAOptions::PreserveCFG));
  Passes.addPass(EarlyCSEPass());
  Passes.addPass(SimplifyCFGPass());
  Passes.addPass(InstCombinePass());
  Passes.addPass(GVNPass());
  Passes.addPass(ADCEPass());
  Passes.addPass(SimplifyCFGPass());
  return Passes;
}

ModulePassManager buildPipeline(PassBuilder &Builder, const WasmwrightPipeline &Pipeline) {
  const OptimizationLevel Level = level(Pipeline);
  if (Level != OptimizationLevel::O0 && Pipeline.LeftOut < 2)
    return Builder.buildPerModuleDefaultPipeline(Level);
  ModulePassManager Passes;
  if (Level != OptimizationLevel::O0)
    Passes.addPass(createModuleToFunctionPassAdaptor(leastPasses()));
  Passes.addPass(Builder.buildO0DefaultPipeline(OptimizationLevel::O0));
  return Passes;
}

/// Drops what is said of a variable and contradicted before the next instruction. Instruction
/// selection may put the value, if it is computed later, behind what contradicts it.
void dropHiddenValues(Module &M) {
  for (Function &F : M)
    if (F.getSubprogram())
      for (BasicBlock &BB : F)
        RemoveRedundantDbgInstrs(&BB);
}

/// Code generation saves no registers for the sake of a call that is known never to return: neither
/// the return address on AArch64, nor what a function that never returns overwrites itself. Backtraces
/// and debuggers need them. The optimiser has made all that it can of the knowledge.
void forgetWhatNeverReturns(llvm::Module &M) {
  for (Function &F : M)
    if (!F.isIntrinsic())
      F.removeFnAttr(Attribute::NoReturn);
}

} // namespace

uint32_t wasmwright_optimize(void *Module, void *Machine, const WasmwrightPipeline *Pipeline,
                             const WasmwrightListener *Listener) {
  llvm::Module &M = *static_cast<llvm::Module *>(Module);
  const wasmwright::ProfileSetting Profile(*Pipeline);
  const wasmwright::ProfileDiagnostics Diagnostics(M.getContext(), *Listener);
  // Functions with `optnone` are left as they are.
  PassInstrumentationCallbacks Callbacks;
  OptNoneInstrumentation OptNone(/*DebugLogging=*/false);
  OptNone.registerCallbacks(Callbacks);
  RepeatedCombinations Repeated;
  skipPasses(Callbacks, *Pipeline, Repeated);
  PassBuilder Builder(static_cast<TargetMachine *>(Machine), tuning(*Pipeline), Profile.Options,
                      &Callbacks, Profile.Files);
  Builder.registerVectorizerStartEPCallback(
      [Pipeline](FunctionPassManager &Passes, OptimizationLevel Level) {
        if (Level != OptimizationLevel::O0)
          addAddressPasses(Passes, *Pipeline);
      });
  Builder.registerVectorizerEndEPCallback([](FunctionPassManager &Passes, OptimizationLevel Level) {
    if (Level != OptimizationLevel::O0)
      Passes.addPass(wasmwright::ExpandConversionsPass());
  });
  const Triple &Target = static_cast<TargetMachine *>(Machine)->getTargetTriple();
  Builder.registerOptimizerLastEPCallback(
      [&Target](ModulePassManager &Passes, OptimizationLevel, ThinOrFullLTOPhase) {
        if (Target.isX86())
          Passes.addPass(createModuleToFunctionPassAdaptor(wasmwright::WidenCanonicalizePass()));
        if (Target.isAArch64()) {
          FunctionPassManager ForAArch64;
          ForAArch64.addPass(wasmwright::ExpandProductsPass());
          ForAArch64.addPass(wasmwright::FormExtremaPass());
          Passes.addPass(createModuleToFunctionPassAdaptor(std::move(ForAArch64)));
        }
        Passes.addPass(wasmwright::PollLoopsPass());
      });
  LoopAnalysisManager LAM;
  FunctionAnalysisManager FAM;
  CGSCCAnalysisManager CGAM;
  ModuleAnalysisManager MAM;
  Builder.registerModuleAnalyses(MAM);
  Builder.registerCGSCCAnalyses(CGAM);
  Builder.registerFunctionAnalyses(FAM);
  Builder.registerLoopAnalyses(LAM);
  Builder.crossRegisterProxies(LAM, FAM, CGAM, MAM);
  buildPipeline(Builder, *Pipeline).run(M, MAM);
  forgetWhatNeverReturns(M);
  dropHiddenValues(M);
  return wasmwright::countProfiled(M);
}
