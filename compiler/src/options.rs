//! What the user asked for. `plan/` turns it into decisions; later stages never read it.

use crate::target::Target;
use serde::{Deserialize, Serialize};
use std::num::NonZero;

/// Everything that steers a compilation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Options {
    /// Machine that the output runs on.
    pub target: Target,
    /// Optimisation level.
    pub optimization: Optimization,
    /// How memory accesses are kept inside their memory.
    pub bounds_checks: BoundsChecks,
    /// What relaxed vector operations do where the standard leaves a choice.
    pub relaxed_simd: RelaxedSimd,
    /// What comes out.
    pub emit: Emit,
    /// How an executable begins.
    pub entry: Entry,
    /// What a library is called, and who provides its WASI.
    pub library: LibraryOptions,
    /// Objects and static libraries that are linked with a program, and define what it imports.
    pub host_objects: Vec<HostObject>,
    /// What happens with imports that nobody provides.
    pub unknown_imports: UnknownImports,
    /// What the program may reach.
    pub grants: Grants,
    /// See [`stack_bytes`](Self::stack_bytes()).
    pub stack_bytes: Option<u64>,
    /// No memory grows beyond this.
    pub maximum_memory_bytes: Option<u64>,
    /// Whether executed instructions are counted, and how many of them a program, or an instance of a
    /// library, may execute at first.
    pub fuel: Option<u64>,
    /// Who links.
    pub linker: Linker,
    /// Whether the symbol table and all that only debuggers read are left out.
    pub strip: bool,
    /// What the report of a trap says besides the trap itself.
    pub trap_info: TrapInfo,
    /// What has to do with profiles of execution.
    pub profile: Profile,
    /// Whether debuggers are told of the source.
    pub debug: bool,
    /// Which of them above all.
    pub debugger: Debugger,
    /// For debuggers, of a module that knows nothing of its source: where the caller will put the
    /// disassembled text ([`crate::Artifact::listing`]). There is none if this is not given.
    pub listing: Option<std::path::PathBuf>,
    /// The runtime to link. Not part of a plan that is executed elsewhere, which has the embedded one.
    #[serde(skip)]
    pub runtime: Runtime,
    /// Worker threads; as many as the machine has processors if not given. A matter of each machine.
    #[serde(skip)]
    pub jobs: Option<NonZero<usize>>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            target: Target::host(),
            optimization: Optimization::default(),
            bounds_checks: BoundsChecks::default(),
            relaxed_simd: RelaxedSimd::default(),
            emit: Emit::default(),
            entry: Entry::default(),
            library: LibraryOptions::default(),
            host_objects: Vec::new(),
            unknown_imports: UnknownImports::default(),
            grants: Grants::default(),
            stack_bytes: None,
            maximum_memory_bytes: None,
            fuel: None,
            linker: Linker::default(),
            strip: false,
            trap_info: TrapInfo::default(),
            profile: Profile::default(),
            debug: false,
            debugger: Debugger::default(),
            listing: None,
            runtime: Runtime::default(),
            jobs: None,
        }
    }
}

impl Options {
    /// Whether instances are made at run time, by a host in C.
    pub fn is_library(&self) -> bool {
        matches!(self.emit, Emit::Shared | Emit::Static)
    }

    /// Size of the stack on which Wasm runs: its own in an executable, a part of the calling
    /// thread's in a library.
    pub fn stack_bytes(&self) -> u64 {
        self.stack_bytes.unwrap_or(if self.is_library() { 512 << 10 } else { 8 << 20 })
    }
}

/// Of libraries.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LibraryOptions {
    /// What its names in C begin with, `--prefix`; the module's name if not given. Also those of the
    /// functions that a program imports from C.
    pub name: Option<String>,
    /// `DT_SONAME`; from the name if not given.
    pub soname: Option<String>,
    /// Whether the functions of WASI are imports like all others.
    pub wasi_from_host: bool,
    /// Whether a library that needs a handler of signals is refused.
    pub no_signals: bool,
    /// Whether calls can be ended from other threads.
    pub interruptible: bool,
}

/// `-O0` to `-O3`, `-Os`, `-Oz`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum Optimization {
    O0,
    O1,
    #[default]
    O2,
    O3,
    Os,
    Oz,
}

/// `--bounds-checks`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum BoundsChecks {
    /// Guard pages where the memory allows them.
    #[default]
    Guard,
    /// A comparison before each access.
    Explicit,
}

/// `--relaxed-simd`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum RelaxedSimd {
    /// The same result on every target, that of the standard's deterministic profile.
    #[default]
    Deterministic,
    /// Whatever the CPU does fastest, within what the standard allows.
    Native,
}

/// `--trap-info`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TrapInfo {
    /// Functions, offsets in the module, and source lines where the module has debug information.
    #[default]
    Full,
    /// Functions.
    Names,
    /// Nothing.
    None,
}

/// `--debugger`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Debugger {
    /// gdb, which is told how to follow pointers in the memory.
    #[default]
    Gdb,
    /// lldb, which sees them as numbers.
    Lldb,
}

/// `--profile-generate`, `--profile-use`
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Profile {
    /// No profile.
    #[default]
    None,
    /// The program counts what it executes and writes the counts to this file as it ends.
    Generate {
        /// Its path at launch; `%p` stands for the number of the process.
        file: String,
    },
    /// Code is made for what these counts say.
    Use(RecordedProfile),
}

/// An indexed profile, as `llvm-profdata merge` makes it.
pub type RecordedProfile = FileContent;

/// A file that is linked with a program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostObject {
    /// What messages call it.
    pub name: String,
    /// An ELF object, or an archive of such.
    pub content: FileContent,
}

/// The bytes of a file that options name.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<u8>", into = "Vec<u8>")]
pub struct FileContent(std::sync::Arc<[u8]>);

impl FileContent {
    /// From the bytes of its file.
    pub fn new(bytes: impl Into<std::sync::Arc<[u8]>>) -> Self {
        Self(bytes.into())
    }

    /// The bytes of its file.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl AsRef<[u8]> for FileContent {
    fn as_ref(&self) -> &[u8] {
        self.bytes()
    }
}

impl From<Vec<u8>> for FileContent {
    fn from(bytes: Vec<u8>) -> Self {
        Self::new(bytes)
    }
}

impl From<FileContent> for Vec<u8> {
    fn from(content: FileContent) -> Self {
        content.0.to_vec()
    }
}

/// By the hash of its bytes, which is what tells two of them apart.
impl std::fmt::Debug for FileContent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        use sha2::Digest;
        f.write_str("FileContent(")?;
        sha2::Sha256::digest(&self.0).iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(")")
    }
}

/// `--emit`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Emit {
    /// A static executable.
    #[default]
    Executable,
    /// A shared library whose instances are made at run time.
    Shared,
    /// The same as a static library.
    Static,
    /// One relocatable object of a program, without the runtime.
    Object,
    /// The declarations in C of what a program imports that is not WASI, and of what functions that
    /// define it may use: for [`Options::host_objects`].
    Header,
    /// Assembly text.
    Assembly,
    /// LLVM IR as text, as translated (before optimisation at -O0, after it above).
    LlvmIr,
    /// LLVM bitcode, likewise.
    LlvmBitcode,
}

/// How an executable begins.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Entry {
    /// `_start` where the module exports it; else `_initialize` and nothing more.
    #[default]
    Default,
    /// The named export, with the process's arguments.
    Invoke(String),
    /// A script of calls, with the runtime that the tests build for it.
    Script,
}

/// `--unknown-imports`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum UnknownImports {
    /// An error that lists them all.
    #[default]
    Error,
    /// A trap when one is called.
    Trap,
}

/// `--dir`, `--env`, `--inherit-env`, `--tcplisten`, `--sealed`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grants {
    /// Directories that are opened at launch.
    pub directories: Vec<DirectoryGrant>,
    /// Environment variables; without a value it is taken at launch.
    pub variables: Vec<(String, Option<String>)>,
    /// The whole environment of the process.
    pub inherit_environment: bool,
    /// Addresses to listen at.
    pub listeners: Vec<String>,
    /// No further grants at launch.
    pub sealed: bool,
}

/// `--dir HOST[::GUEST][:ro]`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectoryGrant {
    /// Path on the host, resolved at launch.
    pub host: String,
    /// Path that the guest sees.
    pub guest: String,
    /// Whether the guest may only read.
    pub read_only: bool,
}

/// `--linker`
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Linker {
    /// The wild linker inside this library.
    #[default]
    Embedded,
    /// A program that takes `ld.lld`'s arguments.
    External(std::path::PathBuf),
}

/// The runtime archive to link.
#[derive(Clone, Debug, Default)]
pub enum Runtime {
    /// The one that fits `emit`, from inside this library.
    #[default]
    Embedded,
    /// These bytes: a static library built from `runtime-support` with other features.
    Archive(std::sync::Arc<[u8]>),
}
