//! Builds the runtimes that the tests link by themselves: those that execute scripts of calls, for
//! `spec::config`, here and on AArch64, and the ordinary one, for `tests/runtime_programs.rs`.

use std::path::{Path, PathBuf};
use wasmwright_runtime_build::{Compiler, Result, Variant, build_archive, emit_rerun_rules};

const VARIANTS: [Variant; 3] = [Variant::Executable, Variant::ScriptExecutable, Variant::ScriptLibrary];
const AARCH64: &str = "aarch64-unknown-linux-gnu";
const AARCH64_VARIANTS: [Variant; 2] = [Variant::ScriptExecutable, Variant::ScriptLibrary];

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    emit_rerun_rules();
    let out = std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR");
    let out: &Path = out.as_ref();
    let host = if cfg!(target_arch = "aarch64") { AARCH64 } else { "x86_64-unknown-linux-gnu" };
    if let Err(message) = build(host, &VARIANTS, "", out) {
        panic!("the runtime for the specification's tests cannot be built: {message}");
    }
    // Without it the tests that need it fail, and say this.
    let prefix = "aarch64-";
    let missing = build(AARCH64, &AARCH64_VARIANTS, prefix, out).err().unwrap_or_default();
    if !missing.is_empty() {
        AARCH64_VARIANTS.iter().for_each(|variant| write(&archive_path(out, prefix, *variant), b""));
    }
    write(&out.join("aarch64.missing"), missing.as_bytes());
}

fn build(target: &'static str, variants: &[Variant], prefix: &str, out: &Path) -> Result<()> {
    let compiler = Compiler::find(target)?;
    for &variant in variants {
        let archive = build_archive(&compiler, variant, &out.join("runtime"))?;
        write(&archive_path(out, prefix, variant), &archive);
    }
    Ok(())
}

fn archive_path(out: &Path, prefix: &str, variant: Variant) -> PathBuf {
    out.join(format!("{prefix}{}.a", variant.name()))
}

fn write(path: &Path, bytes: &[u8]) {
    std::fs::write(path, bytes).unwrap_or_else(|error| panic!("cannot write {}: {error}", path.display()));
}
