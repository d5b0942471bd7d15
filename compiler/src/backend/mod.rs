//! Filled LLVM modules → object code, or text.

mod emit;
mod machine;
mod passes;

pub use emit::{Form, emit};
pub use machine::Machine;
