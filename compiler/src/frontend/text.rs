//! Binary or text → binary. What is not text passes through unread.

use crate::error::{Error, Location, Result};
use std::borrow::Cow;

/// First bytes of every binary module.
const MAGIC: &[u8] = b"\0asm";

/// The binary form of a module in either form.
pub fn to_binary(bytes: &[u8]) -> Result<Cow<'_, [u8]>> {
    if bytes.is_empty() {
        let message = "there are no bytes, a module has at least eight".into();
        return Err(Error::Malformed { message, location: Location::at(0) });
    }
    if bytes.starts_with(MAGIC) {
        return Ok(Cow::Borrowed(bytes));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| {
        let message = "neither a WebAssembly binary, which begins with \"\\0asm\", nor text";
        Error::Malformed { message: message.into(), location: Location::at(0) }
    })?;
    wat::parse_str(text).map(Cow::Owned).map_err(|error| Error::Text(one_line(&error.to_string())))
}

/// Makes wat's message of several lines (what, `--> FILE:LINE:COLUMN`, the line itself) one line.
fn one_line(message: &str) -> String {
    let mut lines = message.lines();
    let what = lines.next().unwrap_or_default().trim();
    let place = lines.find_map(|line| {
        let mut parts = line.trim().strip_prefix("--> ")?.rsplit(':');
        let (column, line) = (parts.next()?, parts.next()?);
        Some(format!(" (line {line}, column {column})"))
    });
    format!("not WebAssembly text: {what}{}", place.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::to_binary;

    fn error(bytes: &[u8]) -> String {
        to_binary(bytes).expect_err("these bytes are no module").to_string()
    }

    #[test]
    fn binaries_pass_and_text_is_encoded() {
        assert_eq!(&*to_binary(b"\0asm anything").unwrap(), b"\0asm anything");
        assert_eq!(&*to_binary(b"(module)").unwrap(), b"\0asm\x01\0\0\0");
    }

    #[test]
    fn what_is_neither_is_told_in_one_line() {
        assert_eq!(error(b""), "there are no bytes, a module has at least eight (at offset 0x0)");
        assert!(error(b"\xff\xfe\0\0").starts_with("neither a WebAssembly binary"));
        assert_eq!(error(b"hello\n"), "not WebAssembly text: expected `(` (line 1, column 1)");
        assert!(error(b"(module\n (func $f\n (call $g)))").ends_with("(line 3, column 8)"));
    }
}
