//! The syntax of grants that are read at launch: lines of `WASMWRIGHT_DIR` and `WASMWRIGHT_ENV`,
//! the same as of `--dir` and `--env`.
//!
//! What enters: bytes of an environment variable. What leaves: the parts of an entry, or `None`
//! for a malformed one. Nothing here is granted or opened.

use core::ffi::CStr;

/// `HOST[::GUEST][:ro]`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Directory<'a> {
    /// The directory's path in the host.
    pub host: &'a CStr,
    /// Its name in the guest.
    pub guest: &'a [u8],
    /// Whether nothing may be changed in it.
    pub read_only: bool,
}

/// The entries of a variable: its lines but empty ones.
pub fn entries(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|&byte| byte == b'\n').filter(|line| !line.is_empty())
}

/// Reads `HOST[::GUEST][:ro]`, where `\:` is a colon in a path. `room` takes the paths without
/// those backslashes and must be longer than `text`.
pub fn directory<'a>(text: &[u8], room: &'a mut [u8]) -> Option<Directory<'a>> {
    let parts = split_at_colons(text, room)?;
    let room = &*room;
    let (guest, read_only) = match (parts.get(room, 1), parts.get(room, 2), parts.get(room, 3)) {
        (None, ..) => (None, false),
        (Some(b"ro"), None, _) => (None, true),
        (Some(b""), Some(guest), None) => (Some(guest), false),
        (Some(b""), Some(guest), Some(b"ro")) => (Some(guest), true),
        _ => return None,
    };
    let host = parts.get(room, 0)?;
    let guest = guest.unwrap_or(host);
    if host.is_empty() || guest.is_empty() {
        return None;
    }
    // Every part is followed by a zero.
    let host = CStr::from_bytes_with_nul(room.get(..=host.len())?).ok()?;
    Some(Directory { host, guest, read_only })
}

/// Reads `NAME[=VALUE]`.
pub fn variable(text: &[u8]) -> Option<(&[u8], Option<&[u8]>)> {
    let mut halves = text.splitn(2, |&byte| byte == b'=');
    let name = halves.next().filter(|name| !name.is_empty())?;
    Some((name, halves.next()))
}

/// The most parts that an entry has: host, nothing, guest, flag.
const PARTS: usize = 4;

/// Ends of the parts in the room, as many as there are.
struct Parts {
    ends: [usize; PARTS],
    count: usize,
}

impl Parts {
    fn get<'a>(&self, room: &'a [u8], index: usize) -> Option<&'a [u8]> {
        if index >= self.count {
            return None;
        }
        let start = match index.checked_sub(1) {
            Some(previous) => self.ends.get(previous)? + 1,
            None => 0,
        };
        room.get(start..*self.ends.get(index)?)
    }
}

/// Splits at the colons that no backslash precedes, and takes those backslashes away.
fn split_at_colons(text: &[u8], room: &mut [u8]) -> Option<Parts> {
    let mut parts = Parts { ends: [0; PARTS], count: 0 };
    let mut written = 0;
    let mut bytes = text.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        let byte = match byte {
            b':' => {
                *parts.ends.get_mut(parts.count)? = written;
                parts.count += 1;
                0
            }
            b'\\' if bytes.next_if_eq(&b':').is_some() => b':',
            other => other,
        };
        *room.get_mut(written)? = byte;
        written += 1;
    }
    *parts.ends.get_mut(parts.count)? = written;
    parts.count += 1;
    *room.get_mut(written)? = 0;
    Some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::{String, ToString};
    use std::vec::Vec;

    fn parse(text: &str) -> Option<(String, String, bool)> {
        let mut room = std::vec![0xff; text.len() + 1];
        let Directory { host, guest, read_only } = directory(text.as_bytes(), &mut room)?;
        let guest = std::str::from_utf8(guest).expect("it came from a string").to_string();
        Some((host.to_str().expect("it came from a string").to_string(), guest, read_only))
    }

    #[test]
    fn directories_have_a_host_a_guest_and_a_flag() {
        let expect = |text, host: &str, guest: &str, read_only| {
            assert_eq!(parse(text), Some((host.into(), guest.into(), read_only)), "{text}");
        };
        expect(".", ".", ".", false);
        expect("/a:ro", "/a", "/a", true);
        expect("/a::/b", "/a", "/b", false);
        expect("/a::/b:ro", "/a", "/b", true);
        expect("/a::ro", "/a", "ro", false);
        expect(r"a\:b::c\:ro", "a:b", "c:ro", false);
        expect(r"a\b\", r"a\b\", r"a\b\", false);
        expect(r"\:", ":", ":", false);
    }

    #[test]
    fn malformed_directories_are_refused() {
        for text in
            ["", ":ro", "::/b", "/a::", "/a:/b", "/a:rw", "/a::/b:rw", "/a::/b:ro:", "/a:::ro", ":", "::::::"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn variables_keep_later_equals_signs() {
        assert_eq!(variable(b"A"), Some((&b"A"[..], None)));
        assert_eq!(variable(b"A="), Some((&b"A"[..], Some(&b""[..]))));
        assert_eq!(variable(b"A=b=c"), Some((&b"A"[..], Some(&b"b=c"[..]))));
        assert_eq!(variable(b"=b"), None);
        assert_eq!(variable(b""), None);
    }

    #[test]
    fn entries_are_lines() {
        let lines: Vec<&[u8]> = entries(b"\na\nb::c\n\n").collect();
        assert_eq!(lines, [&b"a"[..], b"b::c"]);
        assert_eq!(entries(b"").count(), 0);
    }
}
