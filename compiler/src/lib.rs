//! Compiles WebAssembly modules to native executables, libraries and objects.
//!
//! Data flows one way: bytes → [`frontend`] → plan → translate → backend → metadata → link →
//! [`Artifact`]. `driver.rs` reads as that list of stages.
//!
//! ```no_run
//! use wasmwright_compiler::{Compiler, Options};
//!
//! let wasm = std::fs::read("app.wasm")?;
//! let artifact = Compiler::new(Options::default()).compile("app", &wasm)?;
//! artifact.write("app".as_ref())?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod backend;
pub mod build_plan;
mod bytes;
pub mod cache;
mod code_map;
mod debuginfo;
mod driver;
mod elf_sections;
pub mod error;
pub mod frontend;
mod header;
mod host_objects;
mod ir;
mod link;
pub mod linking;
mod metadata;
pub mod options;
mod plan;
mod profile;
pub mod program;
pub mod progress;
pub mod requirements;
pub mod target;
mod translate;
mod units;

pub use driver::{Artifact, Compiler};
pub use error::{Error, Result};
pub use options::Options;
pub use units::UnitCache;

/// Version of the LLVM that compiles.
pub fn llvm_version() -> String {
    let (major, minor, patch) = inkwell::support::get_llvm_version();
    format!("{major}.{minor}.{patch}")
}
