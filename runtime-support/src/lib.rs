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

pub mod arch;
pub mod arena;
pub mod store;
pub mod sys;
