//! Filled LLVM modules → object code, or text.

mod emit;
mod known_features;
mod machine;
mod passes;

pub use emit::{Form, emit};
pub use machine::Machine;
