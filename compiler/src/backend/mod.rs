//! [`TranslatedUnit`]s, each an LLVM module and all that decides what becomes of it → object code
//! and where it comes from, or text.
//!
//! A pure function: whoever reads a unit from the bytes of a [`UnitJob`], in another process or on
//! another machine, makes the same of it as who translated it.

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
pub use job::{Emitted, Form, LeftOut, Settings, Tells, TranslatedUnit, UnitJob};
