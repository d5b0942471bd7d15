//! Builds archives of `wasmwright-runtime` from within build scripts.
//!
//! In: a target, features of the runtime and a scratch folder. Out: the bytes of a small static
//! library, the same for the same sources and the same rustc wherever it is built. A nested cargo
//! compiles (`nested_cargo.rs`), then what no link can reach is dropped (`prune.rs`).
//!
//! The runtime needs flags of its own (no unwinding, whole-program optimisation, a baseline CPU),
//! so it cannot simply be a dependency of the crate that embeds it.

mod nested_cargo;
mod prune;

use std::path::{Path, PathBuf};

/// Result of this crate's functions: the error is a text for the build's log.
pub type Result<T> = std::result::Result<T, String>;

/// A kind of runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variant {
    /// With process start-up: for executables.
    Executable,
    /// Without it: for libraries.
    Library,
    /// An executable's, with the entry that executes scripts of calls: for the specification's
    /// tests.
    ScriptExecutable,
    /// A library's, with the function that executes scripts of calls.
    ScriptLibrary,
}

impl Variant {
    /// The features of `wasmwright-runtime` that make it.
    pub fn features(self) -> &'static [&'static str] {
        match self {
            Self::Executable => &["archive", "start"],
            Self::Library => &["archive"],
            Self::ScriptExecutable => &["archive", "script", "start"],
            Self::ScriptLibrary => &["archive", "script"],
        }
    }

    /// Its name in file names.
    pub fn name(self) -> &'static str {
        match self {
            Self::Executable => "executable",
            Self::Library => "library",
            Self::ScriptExecutable => "script-executable",
            Self::ScriptLibrary => "script-library",
        }
    }
}

/// Compiles the runtime for `target` (a triple) with `compiler` and returns the archive.
/// `scratch` is a folder that nothing else uses, kept for incremental builds.
pub fn build_archive(compiler: &Compiler, variant: Variant, scratch: &Path) -> Result<Vec<u8>> {
    let path = nested_cargo::compile(compiler, variant.features(), scratch)?;
    let archive = std::fs::read(&path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    prune::prune(&archive).map_err(|error| format!("{}: {error}", path.display()))
}

/// Tells cargo when to run the calling build script again: when the runtime's sources change.
pub fn emit_rerun_rules() {
    let root = workspace_root();
    for path in [
        "Cargo.lock",
        "Cargo.toml",
        "runtime-support/Cargo.toml",
        "runtime-support/src",
        "runtime-support/abi/Cargo.toml",
        "runtime-support/abi/src",
        "runtime-support/library-calls/Cargo.toml",
        "runtime-support/library-calls/src",
    ] {
        println!("cargo:rerun-if-changed={}", root.join(path).display());
    }
}

/// A rustc together with a target for which it has the standard library.
#[derive(Clone, Debug)]
pub struct Compiler {
    rustc: PathBuf,
    target: &'static str,
}

impl Compiler {
    /// Finds a rustc for `target`, a triple: the one that the environment variable of
    /// [`Compiler::variable`] names, else the one that runs this build, else the one that
    /// `ci/cross-rust` fetches. The error says what is missing and how to get it.
    pub fn find(target: &'static str) -> Result<Self> {
        let variable = Self::variable(target);
        println!("cargo:rerun-if-env-changed={variable}");
        // The script touches itself when it has fetched a compiler.
        println!("cargo:rerun-if-changed={}", workspace_root().join(FETCHING_SCRIPT).display());
        if let Some(rustc) = std::env::var_os(&variable).filter(|path| !path.is_empty()) {
            let compiler = Self { rustc: rustc.into(), target };
            return if nested_cargo::has_core(&compiler)? {
                Ok(compiler)
            } else {
                let rustc = compiler.rustc.display();
                Err(format!("{variable} is {rustc}, which has no standard library for {target}"))
            };
        }
        for rustc in [std::env::var_os("RUSTC").map_or("rustc".into(), PathBuf::from), fetched_rustc()] {
            let compiler = Self { rustc, target };
            // Of one that is not there or does not know the target, the next is tried.
            if nested_cargo::has_core(&compiler).unwrap_or(false) {
                return Ok(compiler);
            }
        }
        Err(format!(
            "there is no Rust for {target}: run `rustup target add {target}`, or {FETCHING_SCRIPT} on Debian, \
             or set {variable} to a rustc that has it; then build wasmwright again"
        ))
    }

    /// The environment variable that names another rustc for `target`:
    /// `WASMWRIGHT_RUSTC_AARCH64_UNKNOWN_LINUX_GNU`.
    pub fn variable(target: &str) -> String {
        format!("WASMWRIGHT_RUSTC_{}", target.to_uppercase().replace('-', "_"))
    }
}

/// What brings a rustc for the other machine to [`fetched_rustc`].
const FETCHING_SCRIPT: &str = "ci/cross-rust";

fn fetched_rustc() -> PathBuf {
    workspace_root().join(".cache/cross-rust/rustc")
}

/// The folder of the workspace's `Cargo.toml`.
fn workspace_root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).expect("this crate lies two folders below the root").to_owned()
}
