//! The trap table: where the code of an artifact comes from and how its frames are unwound, for the
//! report of a trap. Read as a whole when a trap is reported, never before.
//!
//! It consists of [`PARTS`] arrays of records. A record has up to [`COLUMNS`] numbers, and
//! [`FORMAT`] says how each column is coded. First come the lengths of all parts and that of the text
//! (numbers in the context [`LENGTH_CONTEXT`]), then the parts in order, then the text, byte by byte in
//! the context [`TEXT_CONTEXT`] plus the byte before (0 at the start of a string). All is coded by
//! [`crate::coding`].
//!
//! Strings, functions, source scopes and, but in rows, places are referred to by their position plus
//! 1; 0 is none.

/// Parts of the table.
pub mod part {
    /// Sorted strings: bytes shared with the one before, further bytes. The text has only these.
    pub const STRINGS: usize = 0;
    /// Unwind rules: the register from which the frame's address counts (0 the stack pointer, 1 the
    /// frame pointer, 2 unknown), how many words above it the frame's address is, how many words
    /// below the frame's address the caller's frame pointer is saved, and the return address; 0 for
    /// a register that is not saved.
    pub const RULES: usize = 1;
    /// Functions: module, index, name.
    pub const FUNCTIONS: usize = 2;
    /// Functions that code comes from: function, steps back to the scope that it is inlined into
    /// (0 where it is not), place of that call.
    pub const SCOPES: usize = 3;
    /// Units of code: number of rows.
    pub const UNITS: usize = 4;
    /// Stretches of code: bytes, rule (a position), scope (a position), place: 0 for unknown, else 1
    /// plus the [`super::folded`] difference to that of the scope's last row that has one, or of
    /// any scope's where there is none yet, or to 0.
    pub const ROWS: usize = 5;
    /// Functions of the source: name, steps back to the scope that it is inlined into (0 where it
    /// is not), file and line of that call.
    pub const SOURCE_SCOPES: usize = 6;
    /// Places by module and offset: module, offset in it, and where the source is known its scope,
    /// file and line.
    pub const PLACES: usize = 7;
}

/// Number of parts.
pub const PARTS: usize = 8;

/// Columns of a record; further ones than its part has are 0.
pub const COLUMNS: usize = 5;

/// A record of any part.
pub type Record = [u32; COLUMNS];

/// How a column is coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Column {
    /// It is always 0.
    Unused,
    /// As it is.
    Plain,
    /// As the folded difference to the record before.
    Running,
}

use Column::{Plain, Running, Unused};

/// The columns of each part.
pub const FORMAT: [[Column; COLUMNS]; PARTS] = [
    [Plain, Plain, Unused, Unused, Unused],
    [Plain, Plain, Plain, Plain, Unused],
    [Running, Running, Plain, Unused, Unused],
    [Running, Plain, Plain, Unused, Unused],
    [Plain, Unused, Unused, Unused, Unused],
    [Plain, Running, Running, Plain, Unused],
    [Plain, Plain, Plain, Plain, Unused],
    [Running, Running, Running, Running, Running],
];

/// The context of a column. A number takes two.
pub const fn column_context(part: usize, column: usize) -> usize {
    2 * (part * COLUMNS + column)
}

/// The context of lengths.
pub const LENGTH_CONTEXT: usize = 2 * PARTS * COLUMNS;

/// The first context of text.
pub const TEXT_CONTEXT: usize = LENGTH_CONTEXT + 2;

/// Number of contexts.
pub const CONTEXTS: usize = TEXT_CONTEXT + 256;

/// Bytes of a word: frames are laid out in these.
pub const WORD_BYTES: u32 = 8;

/// A difference as a number that is small if the difference is, whatever its sign.
pub const fn folded(from: u32, to: u32) -> u32 {
    let difference = to.wrapping_sub(from);
    difference << 1 ^ ((difference as i32) >> 31) as u32
}

/// Undoes [`folded`].
pub const fn unfolded(from: u32, code: u32) -> u32 {
    from.wrapping_add(code >> 1 ^ (code & 1).wrapping_neg())
}
