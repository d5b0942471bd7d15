//! Wasm functions → LLVM IR, one unit at a time.
//!
//! Enters a [`ProgramPlan`](crate::plan::ProgramPlan) and one of its units; leaves an LLVM module
//! whose functions do exactly what the specification says. Nothing here tests an option: the plan has decided.
//!
//! To add an instruction: an arm in `dispatch.rs` that calls one method, in the file of its
//! family.

mod address;
mod arguments;
mod bulk_memory;
mod call;
mod call_indirect;
mod compare;
mod constant;
mod control;
mod control_stack;
mod convert;
mod debug_variables;
mod dispatch;
mod exception;
mod float;
mod foreign;
mod frame_uses;
mod function;
mod initialize;
mod instance_access;
mod integer;
mod legacy_exception;
mod library;
mod local_writes;
mod memory;
mod meter;
mod reference;
mod runtime_call;
mod signature;
mod simd;
mod stack_check;
mod table;
mod trampoline;
mod trap;
mod unit;
mod value_stack;
mod variable;
mod wide;

pub use unit::translate;
