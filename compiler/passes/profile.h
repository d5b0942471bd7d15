// Profiles of execution: counting, and use of what was counted.
//
// Both are LLVM's own passes over IR; here is only what steers them. A profile fits if it was counted
// by the same translation under the same options, because LLVM tells a function by its name and the
// shape of its control flow before it optimises.

#pragma once

#include "pipeline.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/PGOOptions.h"
#include "llvm/Support/VirtualFileSystem.h"
#include <memory>
#include <optional>

namespace wasmwright {

/// What a `PassBuilder` is told of the profile of a pipeline.
struct ProfileSetting {
  explicit ProfileSetting(const WasmwrightPipeline &Pipeline);

  std::optional<llvm::PGOOptions> Options;
  /// Where LLVM reads the profile.
  llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> Files;
};

/// Has a listener hear what LLVM says of the profile while this lives: LLVM's own handler would
/// print it.
class ProfileDiagnostics {
public:
  ProfileDiagnostics(llvm::LLVMContext &Context, const WasmwrightListener &Listener);
  ~ProfileDiagnostics();

private:
  llvm::LLVMContext &Context;
  std::unique_ptr<llvm::DiagnosticHandler> Before;
};

/// How many functions have counts.
uint32_t countProfiled(const llvm::Module &M);

} // namespace wasmwright
