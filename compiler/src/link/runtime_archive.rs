//! The runtime archives inside this library, as `build.rs` made them.

use super::Bytes;
use crate::error::{Error, Result};
use crate::target::Architecture;
use std::sync::{Arc, OnceLock};

/// Which build of the runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RuntimeKind {
    /// With process start-up.
    Executable,
    /// Without it.
    Library,
}

/// An archive in compressed form; it is decompressed once, at its first use.
struct Embedded {
    target: &'static str,
    compressed: &'static [u8],
    missing: &'static str,
    archive: OnceLock<Arc<[u8]>>,
}

macro_rules! embedded {
    ($target:literal, $variant:literal) => {
        Embedded {
            target: $target,
            compressed: include_bytes!(concat!(env!("OUT_DIR"), "/", $target, "-", $variant, ".a.zst")),
            missing: include_str!(concat!(env!("OUT_DIR"), "/", $target, ".missing")),
            archive: OnceLock::new(),
        }
    };
}

static X86_64_EXECUTABLE: Embedded = embedded!("x86_64-unknown-linux-gnu", "executable");
static X86_64_LIBRARY: Embedded = embedded!("x86_64-unknown-linux-gnu", "library");
static AARCH64_EXECUTABLE: Embedded = embedded!("aarch64-unknown-linux-gnu", "executable");
static AARCH64_LIBRARY: Embedded = embedded!("aarch64-unknown-linux-gnu", "library");

/// The runtime for a machine and a kind of artifact. The error says what was missing when this
/// tool was built.
pub(crate) fn embedded_runtime(architecture: Architecture, kind: RuntimeKind) -> Result<Bytes> {
    let embedded = match (architecture, kind) {
        (Architecture::X86_64, RuntimeKind::Executable) => &X86_64_EXECUTABLE,
        (Architecture::X86_64, RuntimeKind::Library) => &X86_64_LIBRARY,
        (Architecture::Aarch64, RuntimeKind::Executable) => &AARCH64_EXECUTABLE,
        (Architecture::Aarch64, RuntimeKind::Library) => &AARCH64_LIBRARY,
        (Architecture::Riscv64, _) => return Err(Error::internal("there is no runtime for RISC-V")),
    };
    embedded.get()
}

impl Embedded {
    fn get(&self) -> Result<Bytes> {
        if self.compressed.is_empty() {
            return Err(Error::Option(format!(
                "this wasmwright was built without the runtime for {}: {}",
                self.target, self.missing
            )));
        }
        if let Some(archive) = self.archive.get() {
            return Ok(Arc::new(archive.clone()));
        }
        let archive = zstd::decode_all(self.compressed);
        let archive = archive.map_err(|error| Error::internal(format!("the embedded runtime: {error}")))?;
        Ok(Arc::new(self.archive.get_or_init(|| archive.into()).clone()))
    }
}
