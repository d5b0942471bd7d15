//! Messages on standard error, without `core::fmt`: a few strings in one system call.

use rustix::fd::BorrowedFd;
use rustix::io::IoSlice;

/// Writes `wasmwright: `, the parts and a newline to standard error. What cannot be written is
/// dropped.
#[cold]
pub fn report(parts: &[&[u8]]) {
    const PARTS_AT_MOST: usize = 8;
    let mut slices = core::array::from_fn::<_, { PARTS_AT_MOST + 2 }, _>(|_| IoSlice::new(b""));
    slices[0] = IoSlice::new(b"wasmwright: ");
    for (slice, part) in slices[1..].iter_mut().zip(parts.iter().take(PARTS_AT_MOST)) {
        *slice = IoSlice::new(part);
    }
    slices[PARTS_AT_MOST + 1] = IoSlice::new(b"\n");
    let _ = rustix::io::writev(standard_error(), &slices);
}

/// Writes bytes to standard error. What cannot be written is dropped.
#[cold]
pub fn print_error(bytes: &[u8]) {
    let _ = rustix::io::write(standard_error(), bytes);
}

fn standard_error() -> BorrowedFd<'static> {
    // SAFETY: nobody closes standard error in a way that Rust tracks; if it is closed a write
    // fails, which is what we want.
    unsafe { BorrowedFd::borrow_raw(2) }
}

/// Writes all of the bytes to standard output; false if that fails.
pub fn print(mut bytes: &[u8]) -> bool {
    // SAFETY: as in `standard_error`.
    let standard_output = unsafe { BorrowedFd::borrow_raw(1) };
    while !bytes.is_empty() {
        match rustix::io::write(standard_output, bytes) {
            Ok(written) => bytes = bytes.get(written..).unwrap_or(&[]),
            Err(rustix::io::Errno::INTR) => {}
            Err(_) => return false,
        }
    }
    true
}

/// The decimal or hexadecimal digits of a number.
pub struct Digits {
    digits: [u8; 20],
    start: usize,
}

impl Digits {
    /// `number` in base ten.
    pub fn decimal(number: u64) -> Self {
        Self::new(number, 10)
    }

    /// `number` in base sixteen, without a prefix.
    pub fn hexadecimal(number: u64) -> Self {
        Self::new(number, 16)
    }

    fn new(mut number: u64, base: u64) -> Self {
        let mut digits = [0; 20];
        let mut start = digits.len();
        for (index, digit) in digits.iter_mut().enumerate().rev() {
            *digit = b"0123456789abcdef".get((number % base) as usize).copied().unwrap_or(b'?');
            number /= base;
            start = index;
            if number == 0 {
                break;
            }
        }
        Self { digits, start }
    }

    /// The digits.
    pub fn as_bytes(&self) -> &[u8] {
        self.digits.get(self.start..).unwrap_or(&[])
    }
}

#[cfg(test)]
mod tests {
    use super::Digits;

    #[test]
    fn numbers_are_written_in_full() {
        for (number, decimal, hexadecimal) in [
            (0, "0", "0"),
            (7, "7", "7"),
            (255, "255", "ff"),
            (u64::MAX, "18446744073709551615", "ffffffffffffffff"),
        ] {
            assert_eq!(Digits::decimal(number).as_bytes(), decimal.as_bytes());
            assert_eq!(Digits::hexadecimal(number).as_bytes(), hexadecimal.as_bytes());
        }
    }
}
