//! Filled LLVM modules → object code and where it comes from, or text.

mod code_map;
mod emit;
mod known_features;
mod machine;
mod passes;

pub use emit::{Emitted, Form, Tells, emit};
pub use machine::Machine;
