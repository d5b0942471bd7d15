#include "emit.h"
#include "llvm/CodeGen/CodeGenTargetMachineImpl.h"
#include "llvm/CodeGen/MachineModuleInfo.h"
#include "llvm/CodeGen/Passes.h"
#include "llvm/CodeGen/TargetPassConfig.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

uint32_t wasmwright_emit(LLVMModuleRef Module, LLVMTargetMachineRef Machine, LLVMCodeGenFileType File,
                         uint64_t TellsVariables, const WasmwrightListener *Listener) {
  auto &Target = static_cast<CodeGenTargetMachineImpl &>(*reinterpret_cast<TargetMachine *>(Machine));
  SmallVector<char, 0> Bytes;
  raw_svector_ostream Stream(Bytes);
  legacy::PassManager Passes;
  auto *Info = new MachineModuleInfoWrapperPass(&Target);
  TargetPassConfig *Config = Target.createPassConfig(Passes);
  Config->setDisableVerify(true);
  if (!TellsVariables)
    Config->disablePass(&LiveDebugValuesID);
  Passes.add(Config);
  Passes.add(Info);
  if (Config->addISelPasses())
    return 1;
  Config->addMachinePasses();
  Config->setInitialized();
  const auto Type = File == LLVMObjectFile ? CodeGenFileType::ObjectFile : CodeGenFileType::AssemblyFile;
  if (Target.addAsmPrinter(Passes, Stream, /*DwoOut=*/nullptr, Type, Info->getMMI().getContext()))
    return 1;
  Passes.add(createFreeMachineFunctionPass());
  Passes.run(*unwrap(Module));
  Listener->Tell(Listener->Listener, {Bytes.data(), Bytes.size()});
  return 0;
}
