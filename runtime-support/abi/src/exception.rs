//! Exceptions and their tags, as compiled code and the runtime see them.
//!
//! In libraries other instances may import a tag, those of other libraries too.
//!
//! Compiled code makes an exception by a function of the runtime, writes its values, and throws
//! it by another, or goes straight to a handler of the same function. A landing pad gets the
//! exception's address; it alone compares tags and throws on what it does not handle.

use crate::instance::TypeRecord;
use crate::program::ConstStr;

/// A tag: part of the record of the instance that defines it. Its address is its identity.
#[repr(C)]
#[derive(Debug)]
pub struct TagRecord {
    /// The type of its values (`Passed`), else null. Other libraries look at it first of all.
    pub ty: *const TypeRecord,
    /// For messages.
    pub name: ConstStr,
    /// Number of values that its exceptions carry.
    pub value_count: u64,
}

/// The head of an exception. From [`VALUES_OFFSET`] its values follow, a
/// [`ValueSlot`](crate::instance::ValueSlot) each. A reference to an exception is its address.
#[repr(C)]
#[derive(Debug)]
pub struct Exception {
    /// Its tag; null where there is no exception but room for one.
    pub tag: *const TagRecord,
    /// [`REFERENCED`] once a handler keeps it: then releasing it does nothing. The other bits are
    /// the runtime's.
    pub state: u64,
}

/// Bit of [`Exception::state`].
pub const REFERENCED: u64 = 1;

/// Offset of an exception's first value.
pub const VALUES_OFFSET: u64 = size_of::<Exception>() as u64;

/// What unwind information names as the personality of translated functions. Only unwinders of
/// others (debuggers, hosts) ever call it; it bids them to go on.
pub const PERSONALITY_SYMBOL: &str = "wasmwright_personality";
