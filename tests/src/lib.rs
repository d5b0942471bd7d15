//! Tests of wasmwright: what they share.
//!
//! The tests themselves lie in `tests/`, one binary per subject.

pub mod assembly;
pub mod debugged;
pub mod debugger;
pub mod differential;
pub mod libraries;
pub mod machine;
pub mod process;
pub mod programs;
pub mod spec;
pub mod tail_calls;
pub mod tier;
