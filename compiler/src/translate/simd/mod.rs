//! Vector instructions, fixed-width and relaxed.
//!
//! A `v128` is held as `<2 x i64>` between instructions and seen in the shape that an instruction
//! wants while it works ([`Shape`](crate::ir::Shape)). Everything is LLVM's generic vector
//! operations, except where those do not become the instruction that the CPU has: there the file
//! of the family asks the plan for the CPU's vector instructions
//! ([`VectorIsa`](crate::plan::VectorIsa)) and uses LLVM's intrinsic for it; what stands beside
//! it for other CPUs is right on all of them.
//!
//! To add an instruction: an arm in `dispatch.rs`, a method in the file of its family, a row in
//! the table of instruction counts (`tests/tests/simd_codegen.rs`).

mod bits;
mod compare;
mod convert;
mod dispatch;
mod dot;
mod float;
mod integer;
mod lanes;
mod memory;
mod relaxed;
mod shuffle;
mod view;
mod widen;
