//! The protocol between the specification's test harness and the runtime's script interpreter
//! (feature `script` of the runtime, never shipped).
//!
//! A script is a sequence of encoded [`Operation`]s; the interpreter answers each with one encoded
//! [`Outcome`]. Numbers are little-endian. Invariant: an outcome begins with a byte other than 0,
//! so that outcomes in zeroed memory end where the interpreter stopped, even if it crashed.

use crate::instance::ValueSlot;

/// C function of a library that was linked with the interpreter: executes a script in this
/// process and returns the length of the outcomes, or [`OVERFLOW`].
pub const SCRIPT_RUN_SYMBOL: &str = "wasmwright_script_run";

/// Type of the function called [`SCRIPT_RUN_SYMBOL`].
pub type ScriptRun =
    unsafe extern "C" fn(script: *const u8, script_bytes: u64, outcomes: *mut u8, capacity_bytes: u64) -> u64;

/// What [`ScriptRun`] returns when the outcomes do not fit.
pub const OVERFLOW: u64 = u64::MAX;

/// Parameters or results of a function at most, in a script.
pub const MAXIMUM_SLOTS: usize = 256;

/// A step of a script. Modules are named by their index in
/// [`crate::program::ProgramDescriptor::modules`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation<'a> {
    /// Instantiate a module: its imports are filled, its segments written, its start function
    /// called. No results.
    Instantiate {
        /// Which.
        module: u32,
    },
    /// Call an exported function.
    Invoke {
        /// Module of which an instance has been made.
        module: u32,
        /// Name of the export.
        export: &'a [u8],
        /// As many slots as the function has parameters, encoded by [`slot_bytes`].
        arguments: &'a [u8],
    },
    /// Read an exported global: one result.
    Get {
        /// Module of which an instance has been made.
        module: u32,
        /// Name of the export.
        export: &'a [u8],
    },
}

/// What an operation led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome<'a> {
    /// 0, the code of a trap, or one of [`status`].
    pub status: u32,
    /// Encoded slots.
    pub results: &'a [u8],
}

/// Outcomes of operations that could not be tried. Above all codes of traps.
pub mod status {
    /// It returned.
    pub const RETURNED: u32 = 0;
    /// No such module, or none that is instantiated.
    pub const NO_SUCH_MODULE: u32 = 0x1_0001;
    /// No such export of that kind.
    pub const NO_SUCH_EXPORT: u32 = 0x1_0002;
    /// Number of arguments and parameters differ, or there are more than
    /// [`super::MAXIMUM_SLOTS`] of them.
    pub const WRONG_ARGUMENTS: u32 = 0x1_0003;
    /// The runtime could not get memory for the instance.
    pub const OUT_OF_RESOURCES: u32 = 0x1_0004;
}

const INSTANTIATE: u8 = 1;
const INVOKE: u8 = 2;
const GET: u8 = 3;
const OUTCOME: u8 = 0xA5;

/// Bytes of an encoded slot.
pub const SLOT_BYTES: usize = size_of::<ValueSlot>();

/// The encoding of a slot.
pub fn slot_bytes(slot: ValueSlot) -> [u8; SLOT_BYTES] {
    let mut bytes = [0; SLOT_BYTES];
    let (low, high) = bytes.split_at_mut(8);
    low.copy_from_slice(&slot[0].to_le_bytes());
    high.copy_from_slice(&slot[1].to_le_bytes());
    bytes
}

/// The slots in an encoding; an incomplete last one is left out.
pub fn slots(bytes: &[u8]) -> impl ExactSizeIterator<Item = ValueSlot> + '_ {
    bytes.as_chunks::<SLOT_BYTES>().0.iter().map(|chunk| {
        let number = u128::from_le_bytes(*chunk);
        [number as u64, (number >> 64) as u64]
    })
}

impl<'a> Operation<'a> {
    /// Appends the encoding.
    pub fn encode(&self, out: &mut impl Extend<u8>) {
        match *self {
            Self::Instantiate { module } => put_head(out, INSTANTIATE, module),
            Self::Invoke { module, export, arguments } => {
                put_head(out, INVOKE, module);
                put_bytes(out, export);
                put_bytes(out, arguments);
            }
            Self::Get { module, export } => {
                put_head(out, GET, module);
                put_bytes(out, export);
            }
        }
    }

    /// Takes the next operation off `input`. None at its end, and where it is no encoding.
    pub fn decode(input: &mut &'a [u8]) -> Option<Self> {
        let kind = take(input, 1)?[0];
        let module = take_u32(input)?;
        match kind {
            INSTANTIATE => Some(Self::Instantiate { module }),
            INVOKE => {
                Some(Self::Invoke { module, export: take_bytes(input)?, arguments: take_bytes(input)? })
            }
            GET => Some(Self::Get { module, export: take_bytes(input)? }),
            _ => None,
        }
    }
}

/// Bytes that come before the slots of an encoded outcome.
pub const OUTCOME_HEAD_BYTES: usize = 9;

impl<'a> Outcome<'a> {
    /// Appends the encoding.
    pub fn encode(&self, out: &mut impl Extend<u8>) {
        put_head(out, OUTCOME, self.status);
        put_bytes(out, self.results);
    }

    /// Takes the next outcome off `input`. None at its end, and where it is no encoding.
    pub fn decode(input: &mut &'a [u8]) -> Option<Self> {
        if take(input, 1)?[0] != OUTCOME {
            return None;
        }
        Some(Self { status: take_u32(input)?, results: take_bytes(input)? })
    }
}

fn put_head(out: &mut impl Extend<u8>, kind: u8, number: u32) {
    out.extend([kind]);
    out.extend(number.to_le_bytes());
}

fn put_bytes(out: &mut impl Extend<u8>, bytes: &[u8]) {
    out.extend((bytes.len() as u32).to_le_bytes());
    out.extend(bytes.iter().copied());
}

fn take<'a>(input: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    input.split_off(..length)
}

fn take_u32(input: &mut &[u8]) -> Option<u32> {
    Some(u32::from_le_bytes(*take(input, 4)?.first_chunk()?))
}

fn take_bytes<'a>(input: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = take_u32(input)?;
    take(input, length as usize)
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::vec::Vec;

    #[test]
    fn operations_survive_their_encoding() {
        let arguments = slot_bytes([1 << 63, 7]);
        let script = [
            Operation::Instantiate { module: 3 },
            Operation::Invoke { module: u32::MAX, export: b"\0f", arguments: &arguments },
            Operation::Invoke { module: 0, export: b"", arguments: &[] },
            Operation::Get { module: 1, export: "é".as_bytes() },
        ];
        let mut bytes = Vec::new();
        script.iter().for_each(|operation| operation.encode(&mut bytes));
        let mut rest = &bytes[..];
        for operation in script {
            assert_eq!(Operation::decode(&mut rest), Some(operation));
        }
        assert_eq!((Operation::decode(&mut rest), rest), (None, &[][..]));
        assert_eq!(slots(&arguments).collect::<Vec<_>>(), [[1 << 63, 7]]);
    }

    #[test]
    fn outcomes_end_at_zeroed_memory() {
        let results = [slot_bytes([5, 0]), slot_bytes([0, 9])].concat();
        let outcomes = [Outcome { status: 2, results: &[] }, Outcome { status: 0, results: &results }];
        let mut bytes = Vec::new();
        outcomes.iter().for_each(|outcome| outcome.encode(&mut bytes));
        assert_eq!(bytes.len(), 2 * OUTCOME_HEAD_BYTES + results.len());
        bytes.extend([0; 64]);
        let mut rest = &bytes[..];
        assert_eq!(Outcome::decode(&mut rest), Some(outcomes[0]));
        assert_eq!(Outcome::decode(&mut rest), Some(outcomes[1]));
        assert_eq!(Outcome::decode(&mut rest), None);
    }

    #[test]
    fn truncated_bytes_decode_to_nothing() {
        let mut bytes = Vec::new();
        Operation::Invoke { module: 0, export: b"name", arguments: &[0; 16] }.encode(&mut bytes);
        for length in 0..bytes.len() {
            assert_eq!(Operation::decode(&mut &bytes[..length]), None, "{length} bytes");
        }
    }
}
