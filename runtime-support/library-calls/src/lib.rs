//! The functions on memory of C's library that LLVM calls without being asked: `memory.copy`
//! becomes `memmove`, a loop over bytes becomes `strlen`; and 128-bit division.
//! `wasmwright_abi::runtime_function::LIBRARY_CALLS` lists them, and those on floats, which the
//! runtime itself has.
//!
//! A crate of its own because of `#![no_builtins]`, which holds for whole crates: without it LLVM
//! recognises the loop in `memcpy` and replaces it by a call of `memcpy`. Such a crate takes no
//! part in the optimisation of the whole archive, so it must need no other crate.

#![no_std]
#![no_builtins]

#[cfg(test)]
extern crate std;

mod block;
pub mod division;
pub mod memory;
