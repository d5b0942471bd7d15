//! What emitted code is made of: for each address the place it comes from, and how its frame is
//! unwound.
//!
//! Read from a unit's object by `backend`, written into the artifact by `metadata`. Positions count
//! from their function's body and addresses from the unit's code: nothing here depends on where
//! either lies.

use serde::{Deserialize, Serialize};

/// The code of one unit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeMap {
    /// A symbol that others see, and how far behind the beginning of the code it is.
    pub anchor: (String, u32),
    /// Functions by ascending address.
    pub functions: Vec<FunctionCode>,
}

/// The code of one function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunctionCode {
    /// Address of its first byte.
    pub start: u32,
    /// The function itself, then all that was inlined into it: callers before callees.
    pub scopes: Vec<Scope>,
    /// By ascending address, without gaps from `start` on.
    pub rows: Vec<Row>,
}

/// A function, or one that was inlined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// Symbol of the function.
    pub symbol: String,
    /// The call that was inlined; `None` for the function itself.
    pub call: Option<InlinedCall>,
}

/// A call in place of which the callee stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InlinedCall {
    /// Position of the caller's scope.
    pub caller: usize,
    /// Where in the caller, if that is known.
    pub position: Option<u32>,
}

/// Bytes of code of which the same holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Number of bytes.
    pub bytes: u32,
    /// Position of the scope.
    pub scope: usize,
    /// Where in the scope's function: bytes from the start of the body. `None` if LLVM has merged
    /// several places or lost it.
    pub position: Option<u32>,
    /// How the frame is unwound.
    pub unwind: UnwindRule,
}

/// Where a frame keeps what its caller needs, in words below the frame's address; that is the stack
/// pointer before the call (the canonical frame address of DWARF).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct UnwindRule {
    /// From where the frame's address counts.
    pub base: FrameBase,
    /// Words from there up to the frame's address.
    pub frame_words: u32,
    /// Where the caller's frame pointer is; 0 while it is in its register.
    pub frame_pointer_words: u32,
    /// Where the return address is; 0 while it is in its register.
    pub return_words: u32,
}

/// A register of [`UnwindRule`]. The numbers are those of the trap table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u32)]
pub enum FrameBase {
    /// The stack pointer.
    StackPointer = 0,
    /// The frame pointer.
    FramePointer = 1,
    /// Not known: nothing above this frame is.
    #[default]
    Unknown = 2,
}
