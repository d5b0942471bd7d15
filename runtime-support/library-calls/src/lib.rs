//! The functions of C's library that LLVM calls without being asked: `memory.copy` becomes
//! `memmove`, `f32.nearest` becomes `roundevenf` where the processor has no instruction for it.
//! `wasmwright_abi::runtime_function::LIBRARY_CALLS` lists them.
//!
//! A crate of its own because of `#![no_builtins]`, which holds for whole crates: without it LLVM
//! recognises the loop in `memcpy` and replaces it by a call of `memcpy`.

#![no_std]
#![no_builtins]

#[cfg(test)]
extern crate std;

mod block;
pub mod float;
pub mod memory;
