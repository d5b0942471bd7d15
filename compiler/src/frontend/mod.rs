//! Bytes → [`ParsedModule`]: decoding, validation and the facts that the plan needs.
//!
//! What leaves is valid by the specification and uses only features that the later stages
//! compile. Nothing here knows LLVM.

pub mod const_expr;
mod custom;
mod debug_file;
pub mod features;
pub mod index;
pub mod module;
mod sections;
mod text;
pub mod types;

pub use debug_file::{SourceMap, SourceMapLine};
pub use module::ParsedModule;
pub use sections::{imported_modules, parse};
pub use text::to_binary;
