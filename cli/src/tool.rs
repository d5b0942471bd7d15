//! Which tool this is: what it compiles is kept under its name, and build plans are for it alone.

use object::Object;
use object::read::{File, ReadCache};

/// What tells this tool from every other: another build of one version makes other code. The same
/// on every machine that has the same build, wherever it lies.
pub fn identity() -> String {
    let llvm = wasmwright_compiler::llvm_version();
    format!("wasmwright {} {} with LLVM {llvm}", env!("CARGO_PKG_VERSION"), build())
}

/// The build's identifier, which the linker has made of its content; else what the file looks like.
fn build() -> String {
    let Ok(executable) = std::fs::File::open("/proc/self/exe") else { return "unknown".into() };
    let metadata = executable.metadata().map(|file| (file.len(), file.modified().ok()));
    let content = ReadCache::new(executable);
    let identifier =
        File::parse(&content).ok().and_then(|file| file.build_id().ok().flatten().map(<[u8]>::to_vec));
    match identifier {
        Some(identifier) => identifier.iter().map(|byte| format!("{byte:02x}")).collect(),
        None => format!("{:?}", metadata.ok()),
    }
}
