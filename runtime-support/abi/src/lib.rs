//! The ABI between compiled WebAssembly code and the runtime, stated once.
//!
//! The compiler reads offsets, symbol names and signatures from here; the runtime uses the same
//! structures directly. Nothing else in the tree states an offset or a runtime symbol's name.
//! Every target is 64-bit and little-endian, so a structure has the same layout on the machine
//! that compiles and on the machine that runs.
//!
//! To add a runtime function: a row in [`runtime_function`], its body in the runtime.
//! To add a trap: a row in [`trap`].

#![no_std]

pub mod coding;
pub mod exception;
pub mod instance;
pub mod library;
pub mod profile;
pub mod program;
pub mod runtime_function;
pub mod script;
pub mod trap;
pub mod trap_table;
pub mod wasi;

/// Changes whenever a structure or a function of this crate changes its meaning.
pub const ABI_VERSION: u32 = 7;

/// Symbol of the [`program::ProgramDescriptor`] of an artifact.
pub const PROGRAM_SYMBOL: &str = "wasmwright_program";

/// Section that holds every function translated from Wasm, and nothing else. Its name is a C
/// identifier, so the linker defines `__start_wasm_text` and `__stop_wasm_text` around it.
pub const CODE_SECTION: &str = "wasm_text";

/// The same in Mach-O objects, whose sections have segments and kinds.
pub const CODE_SECTION_MACH_O: &str = "__TEXT,wasm_text,regular,pure_instructions";
