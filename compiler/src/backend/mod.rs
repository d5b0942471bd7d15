//! [`UnitJob`]s, each a translated LLVM module and all that decides what becomes of it → object code
//! and where it comes from, or text.
//!
//! A pure function: whoever holds the bytes of a job makes the same of them, in this process, in
//! another one, on another machine.

mod code_map;
mod emit;
mod expressions;
mod job;
mod known_features;
mod machine;
mod passes;
mod record_marks;
mod source_lines;

pub use emit::emit;
pub use job::{Emitted, Form, Settings, Tells, UnitJob};
