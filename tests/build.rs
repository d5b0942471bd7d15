//! Builds the runtimes that the tests link by themselves: those that execute scripts of calls, for
//! `spec::config`, and the ordinary one, for `tests/runtime_programs.rs`.

use std::path::Path;
use wasmwright_runtime_build::{Compiler, Result, Variant, build_archive, emit_rerun_rules};

const VARIANTS: [Variant; 3] = [Variant::Executable, Variant::ScriptExecutable, Variant::ScriptLibrary];

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    emit_rerun_rules();
    let out = std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR");
    if let Err(message) = build(out.as_ref()) {
        panic!("the runtime for the specification's tests cannot be built: {message}");
    }
}

fn build(out: &Path) -> Result<()> {
    let target =
        if cfg!(target_arch = "aarch64") { "aarch64-unknown-linux-gnu" } else { "x86_64-unknown-linux-gnu" };
    let compiler = Compiler::find(target)?;
    for variant in VARIANTS {
        let archive = build_archive(&compiler, variant, &out.join("runtime"))?;
        let path = out.join(format!("{}.a", variant.name()));
        std::fs::write(&path, archive)
            .map_err(|error| format!("cannot write {}: {error}", path.display()))?;
    }
    Ok(())
}
