//! The runtime of compiled programs: start-up, traps, memories, tables, WASI.
//!
//! `#![no_std]` on raw system calls: it is linked into every artifact, so its size is what a hello
//! world weighs. Nothing here uses `core::fmt` or a panicking operation on a path that every
//! program links; each function that compiled code names is a section of its own, and the link
//! drops the ones that a program does not name.
//!
//! Compiled code finds these functions by the symbols that `wasmwright_abi` lists; the runtime
//! finds the program by [`wasmwright_abi::PROGRAM_SYMBOL`].

#![no_std]

#[cfg(test)]
extern crate std;

// Nothing here names its functions: LLVM does, in compiled code and in this crate.
extern crate wasmwright_library_calls as _;

pub mod arch;
pub mod arena;
pub mod call;
#[cfg(all(target_arch = "aarch64", feature = "archive", not(test)))]
mod compiler_support;
mod conformance;
pub mod exception;
pub mod float;
pub mod host;
pub mod instance;
#[cfg(not(feature = "start"))]
pub mod library;
pub mod memory;
#[cfg(all(feature = "archive", not(test)))]
mod panic;
pub mod profile;
#[cfg(feature = "script")]
pub mod script;
pub mod spare;
#[cfg(feature = "start")]
mod stack;
#[cfg(feature = "start")]
pub mod start;
pub mod store;
pub mod sys;
pub mod table;
pub mod trap;
pub mod wasi;

/// Compares texts at compile time.
const fn same_text(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    if one.len() != other.len() {
        return false;
    }
    let mut index = 0;
    while index < one.len() {
        if one[index] != other[index] {
            return false;
        }
        index += 1;
    }
    true
}
