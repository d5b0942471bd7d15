#include "bitcode.h"
#include "llvm/Bitcode/BitcodeWriter.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

void wasmwright_write_bitcode(LLVMModuleRef Module, const WasmwrightListener *Listener) {
  SmallVector<char, 0> Bitcode;
  raw_svector_ostream Stream(Bitcode);
  WriteBitcodeToFile(*unwrap(Module), Stream, /*ShouldPreserveUseListOrder=*/true);
  Listener->Tell(Listener->Listener, {Bitcode.data(), Bitcode.size()});
}
