//! Builds the runtime archives that `link/runtime_archive.rs` embeds: for each target and kind of
//! artifact, `OUT_DIR/<target>-<variant>.a.zst`. Where one cannot be built the file is empty and
//! `OUT_DIR/<target>.missing` says why, which is what the user reads who asks for that target.
//!
//! Then compiles our passes over LLVM's IR, which are C++ for the reason that `passes/pipeline.h`
//! gives.

use std::path::Path;
use wasmwright_runtime_build::{Compiler, Result, Variant, build_archive, emit_rerun_rules};

const TARGETS: [&str; 2] = ["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"];
/// Our passes, in `passes`, and what else of LLVM is not in its C interface.
const PASSES: [&str; 17] = [
    "pipeline",
    "profile",
    "expand_conversions",
    "expand_products",
    "form_extrema",
    "hoist_checks",
    "expose_counts",
    "memory_access",
    "narrow_extrema",
    "poll_loops",
    "widen_addresses",
    "widen_canonicalize",
    "copy_matcher",
    "debug_nodes",
    "bitcode",
    "emit",
    "reroll_loops",
];

const VARIANTS: [Variant; 2] = [Variant::Executable, Variant::Library];

/// Archives are built seldom and shipped often.
const ZSTD_LEVEL: i32 = 19;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    emit_rerun_rules();
    compile_passes();
    let out = std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR");
    for target in TARGETS {
        let missing = embed(target, out.as_ref()).err().unwrap_or_default();
        if !missing.is_empty() && is_host(target) {
            report(&missing);
        }
        write(&Path::new(&out).join(format!("{target}.missing")), missing.as_bytes());
    }
}

/// Against the headers of the LLVM that `llvm-sys` links, which finds it in the same variable.
fn compile_passes() {
    println!("cargo:rerun-if-env-changed=LLVM_SYS_221_PREFIX");
    println!("cargo:rerun-if-changed=passes");
    let prefix = std::env::var_os("LLVM_SYS_221_PREFIX").unwrap_or_else(|| "/usr/lib/llvm-22".into());
    let mut build = cc::Build::new();
    build.cpp(true).std("c++17").flag("-fno-exceptions").flag("-fvisibility=hidden").opt_level(2);
    // As system headers: warnings about LLVM's own code are not ours to mend.
    build.flag("-isystem").flag(Path::new(&prefix).join("include"));
    build.warnings(true).extra_warnings(true).flag("-Wno-unused-parameter").define("NDEBUG", None);
    build.define("_GNU_SOURCE", None).define("__STDC_CONSTANT_MACROS", None);
    build.define("__STDC_FORMAT_MACROS", None).define("__STDC_LIMIT_MACROS", None);
    build.files(PASSES.map(|name| format!("passes/{name}.cpp"))).compile("wasmwright_passes");
}

fn embed(target: &'static str, out: &Path) -> Result<()> {
    let path = |variant: Variant| out.join(format!("{target}-{}.a.zst", variant.name()));
    for variant in VARIANTS {
        write(&path(variant), &[]);
    }
    let compiler = Compiler::find(target)?;
    for variant in VARIANTS {
        let archive = build_archive(&compiler, variant, &out.join("runtime"))?;
        let compressed = zstd::encode_all(archive.as_slice(), ZSTD_LEVEL);
        write(&path(variant), &compressed.expect("compression into memory does not fail"));
    }
    Ok(())
}

fn write(path: &Path, bytes: &[u8]) {
    std::fs::write(path, bytes).unwrap_or_else(|error| panic!("cannot write {}: {error}", path.display()));
}

fn is_host(target: &str) -> bool {
    target.starts_with(std::env::consts::ARCH)
}

/// A tool without a runtime for its own machine is of use only to whoever is working on it.
fn report(missing: &str) {
    if std::env::var("PROFILE").as_deref() == Ok("release") {
        panic!("the runtime cannot be built: {missing}");
    }
    for line in missing.lines() {
        println!("cargo:warning={line}");
    }
}
