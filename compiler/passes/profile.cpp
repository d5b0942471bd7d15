#include "profile.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/DiagnosticPrinter.h"
#include "llvm/ProfileData/InstrProfReader.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"
#include <mutex>

using namespace llvm;

namespace {

/// The profile's name where LLVM asks for a file: there is no other.
const char ProfileName[] = "/profile";

void tell(const WasmwrightListener &Listener, const std::string &Text) {
  Listener.Tell(Listener.Listener, {Text.data(), Text.size()});
}

/// The targets of indirect calls and the sizes of copies are not counted: that would take functions
/// of LLVM's profile runtime. There is no other way to say so than an option.
void countExecutionsOnly() {
  static std::once_flag Once;
  std::call_once(Once, [] {
    auto &Options = cl::getRegisteredOptions();
    auto Option = Options.find("disable-vp");
    if (Option != Options.end())
      Option->second->addOccurrence(0, "disable-vp", "true");
  });
}

class Handler : public DiagnosticHandler {
public:
  explicit Handler(const WasmwrightListener &Listener) : Listener(Listener) {}

  bool handleDiagnostics(const DiagnosticInfo &DI) override {
    if (DI.getKind() != DK_PGOProfile)
      return false;
    tell(Listener, cast<DiagnosticInfoPGOProfile>(DI).getMsg().str());
    return true;
  }

private:
  const WasmwrightListener &Listener;
};

} // namespace

namespace wasmwright {

ProfileSetting::ProfileSetting(const WasmwrightPipeline &Pipeline) : Files(vfs::getRealFileSystem()) {
  if (!Pipeline.CountsExecutions && !Pipeline.Profile.Start)
    return;
  countExecutionsOnly();
  if (Pipeline.CountsExecutions) {
    Options.emplace("", "", "", "", PGOOptions::IRInstr);
    return;
  }
  auto Memory = makeIntrusiveRefCnt<vfs::InMemoryFileSystem>();
  StringRef Bytes(Pipeline.Profile.Start, Pipeline.Profile.Length);
  Memory->addFile(ProfileName, 0, MemoryBuffer::getMemBuffer(Bytes, ProfileName, false));
  Files = Memory;
  Options.emplace(ProfileName, "", "", "", PGOOptions::IRUse);
}

ProfileDiagnostics::ProfileDiagnostics(LLVMContext &Context, const WasmwrightListener &Listener)
    : Context(Context), Before(Context.getDiagnosticHandler()) {
  Context.setDiagnosticHandler(std::make_unique<Handler>(Listener));
}

ProfileDiagnostics::~ProfileDiagnostics() { Context.setDiagnosticHandler(std::move(Before)); }

uint32_t countProfiled(const Module &M) {
  return count_if(M, [](const Function &F) { return !F.isDeclaration() && F.hasProfileData(); });
}

} // namespace wasmwright

void wasmwright_check_profile(WasmwrightBytes Profile, const WasmwrightListener *Listener) {
  StringRef Bytes(Profile.Start, Profile.Length);
  auto Reader = IndexedInstrProfReader::create(MemoryBuffer::getMemBuffer(Bytes, "", false), nullptr);
  if (Error E = Reader.takeError())
    return tell(*Listener, toString(std::move(E)));
  // Every record is read, so that damage shows here and not in the middle of a compilation.
  for (const NamedInstrProfRecord &Record : **Reader)
    (void)Record;
  if ((*Reader)->hasError())
    tell(*Listener, toString((*Reader)->getError()));
}
