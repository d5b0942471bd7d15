//! Why there is no instance, in the words that the host reads.

use wasmwright_abi::library::{EXIT, Error, ErrorCode, MESSAGE_BYTES};
use wasmwright_abi::trap::Trap;

/// Parts of a message at most.
const PARTS: usize = 4;

/// See the module's documentation.
#[derive(Debug)]
pub struct Failure {
    code: ErrorCode,
    trap: u32,
    parts: [&'static [u8]; PARTS],
}

impl Failure {
    /// A failure that one sentence tells.
    pub const fn new(code: ErrorCode, message: &'static [u8]) -> Self {
        Self::of(code, [message, b"", b"", b""])
    }

    /// A failure whose message has several parts.
    pub const fn of(code: ErrorCode, parts: [&'static [u8]; PARTS]) -> Self {
        Self { code, trap: 0, parts }
    }

    /// Initialisation ended with what a call would have returned.
    pub fn abandoned(code: u32) -> Self {
        let why = match Trap::from_code(code) {
            Some(trap) => trap.message().as_bytes(),
            None if code == EXIT => b"the guest ended itself",
            None => b"a function of the host abandoned it",
        };
        let parts: [&[u8]; PARTS] = [b"initialisation: ", why, b"", b""];
        Self { trap: code, ..Self::of(ErrorCode::Trap, parts) }
    }

    /// Writes it down for the host, who may not want it.
    ///
    /// # Safety
    /// `error` must be null or writable.
    pub unsafe fn tell(&self, error: *mut Error) {
        if error.is_null() {
            return;
        }
        let mut message = [0; MESSAGE_BYTES];
        let bytes = self.parts.iter().flat_map(|part| part.iter());
        for (place, byte) in message[..MESSAGE_BYTES - 1].iter_mut().zip(bytes) {
            *place = *byte;
        }
        // SAFETY: by this function's contract.
        unsafe { error.write(Error { code: self.code as u32, trap: self.trap, message }) };
    }
}
