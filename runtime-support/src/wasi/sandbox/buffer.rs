//! A path from the guest, on its way through the sandbox.
//!
//! What enters: address and length in guest memory. What leaves: text in memory of ours, which the
//! guest cannot change once it is checked. Invariants: it is not empty, not absolute, UTF-8 as WASI
//! demands, and no NUL is in it; the byte after it is NUL.

use core::ffi::CStr;
use core::mem::MaybeUninit;
use core::ptr::copy_nonoverlapping;
use core::slice;

use super::super::errno::Errno;
use super::super::memory::GuestMemory;

/// The longest path that Linux takes, its NUL included.
pub const PATH_BYTES: usize = 4096;

/// See the module's documentation.
pub struct PathBuffer {
    bytes: [MaybeUninit<u8>; PATH_BYTES],
    length: usize,
}

/// Where the last component of a path lies, and what precedes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Split {
    /// Length of what precedes it, without the slashes between; 0 if nothing does.
    pub parent_length: usize,
    /// First byte of the last component.
    pub start: usize,
    /// One past its last byte.
    pub end: usize,
    /// Whether slashes follow it.
    pub trailing_slash: bool,
}

impl PathBuffer {
    /// Without a path yet.
    pub const fn new() -> Self {
        Self { bytes: [const { MaybeUninit::uninit() }; PATH_BYTES], length: 0 }
    }

    /// Takes a path out of guest memory.
    pub fn read(&mut self, memory: &GuestMemory<'_>, address: u32, length: u32) -> Result<&mut Self, Errno> {
        let text = memory.stretch(address, length.into())?;
        if length as usize >= PATH_BYTES {
            return Err(Errno::NAMETOOLONG);
        }
        // SAFETY: the stretch is inside the guest's memory, and the buffer is longer.
        unsafe { copy_nonoverlapping(text, self.bytes.as_mut_ptr().cast(), length as usize) };
        self.end_at(length as usize);
        self.check()?;
        Ok(self)
    }

    /// Refuses what is not a path beneath a directory.
    fn check(&self) -> Result<(), Errno> {
        let text = self.as_bytes();
        if text.contains(&0) {
            return Err(Errno::INVAL);
        }
        if core::str::from_utf8(text).is_err() {
            return Err(Errno::ILSEQ);
        }
        match text.first() {
            None => Err(Errno::NOENT),
            Some(b'/') => Err(Errno::PERM),
            Some(_) => Ok(()),
        }
    }

    /// The text.
    pub fn as_bytes(&self) -> &[u8] {
        // SAFETY: `length` is less than the buffer's, and that many bytes are written.
        unsafe { slice::from_raw_parts(self.bytes.as_ptr().cast(), self.length) }
    }

    /// The text for a system call.
    pub fn as_c_str(&self) -> &CStr {
        self.c_str(0, self.length)
    }

    /// A part of the text, which must be followed by a NUL.
    pub fn c_str(&self, start: usize, end: usize) -> &CStr {
        debug_assert!(start <= end && end <= self.length);
        // SAFETY: callers name parts inside the text that they ended by NUL (`end_at`); the text
        // itself has none.
        unsafe {
            let start_of_part = self.bytes.as_ptr().cast::<u8>().add(start);
            CStr::from_bytes_with_nul_unchecked(slice::from_raw_parts(start_of_part, end + 1 - start))
        }
    }

    /// Cuts the text off.
    fn end_at(&mut self, length: usize) {
        if let Some(end) = self.bytes.get_mut(length) {
            end.write(0);
            self.length = length;
        }
    }

    /// Writes a NUL behind a part of the text, over the slash that was there.
    fn terminate(&mut self, end: usize) {
        if let Some(end) = self.bytes.get_mut(end) {
            end.write(0);
        }
    }

    /// Divides the text into the last component and what precedes it, each ended by NUL. The
    /// slashes behind the last component are lost.
    pub fn split(&mut self) -> Split {
        let text = self.as_bytes();
        let is_name = |byte: &u8| *byte != b'/';
        let end = text.iter().rposition(is_name).map_or(0, |last| last + 1);
        let body = text.get(..end).unwrap_or(&[]);
        let start = body.iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1);
        let before = body.get(..start).unwrap_or(&[]);
        let parent_length = before.iter().rposition(is_name).map_or(0, |last| last + 1);
        let trailing_slash = end < text.len();
        self.end_at(end);
        if parent_length > 0 {
            self.terminate(parent_length);
        }
        Split { parent_length, start, end, trailing_slash }
    }

    /// Undoes [`split`](Self::split) with another text as the last component.
    pub fn replace_last(&mut self, split: &Split, text: &[u8]) -> Result<(), Errno> {
        let start = if split.parent_length > 0 { split.parent_length + 1 } else { 0 };
        let length = start + text.len();
        // Room for a trailing slash and the NUL.
        if length + 2 > PATH_BYTES {
            return Err(Errno::NAMETOOLONG);
        }
        // SAFETY: checked just above; `text` is not in the buffer, which is borrowed for change.
        unsafe {
            let bytes = self.bytes.as_mut_ptr().cast::<u8>();
            if start > 0 {
                bytes.add(start - 1).write(b'/');
            }
            copy_nonoverlapping(text.as_ptr(), bytes.add(start), text.len());
            bytes.add(length).write(b'/');
        }
        self.end_at(if split.trailing_slash { length + 1 } else { length });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::String;
    use std::vec::Vec;
    use wasmwright_abi::instance::MemoryRecord;

    fn read(text: &[u8]) -> Result<PathBuffer, Errno> {
        let mut bytes = Vec::from(text);
        let record = MemoryRecord {
            base: bytes.as_mut_ptr(),
            length_bytes: bytes.len() as u64,
            maximum_bytes: 0,
            mapped_bytes: 0,
            page_size_log2: 16,
            strategy: 0,
            reserved_below_bytes: 0,
        };
        // SAFETY: the record describes the vector.
        let memory = unsafe { GuestMemory::new(&record) };
        let mut path = PathBuffer::new();
        path.read(&memory, 0, text.len() as u32)?;
        Ok(path)
    }

    #[test]
    fn only_relative_text_without_nul_is_a_path() {
        assert_eq!(read(b"a/b").map(|path| path.as_c_str() == c"a/b"), Ok(true));
        assert_eq!(read(b"").map(drop), Err(Errno::NOENT));
        assert_eq!(read(b"/a").map(drop), Err(Errno::PERM));
        assert_eq!(read(b"a\0").map(drop), Err(Errno::INVAL));
        assert_eq!(read(b"a\xff").map(drop), Err(Errno::ILSEQ));
        assert_eq!(read(&[b'a'; PATH_BYTES]).map(drop), Err(Errno::NAMETOOLONG));
        assert_eq!(read(&[b'a'; PATH_BYTES - 1]).map(drop), Ok(()));
    }

    #[test]
    fn paths_split_and_join() {
        let cases = [
            ("a", "", "a", false),
            ("a//", "", "a", true),
            ("a/b", "a", "b", false),
            ("a//b///", "a", "b", true),
            ("./../c", "./..", "c", false),
            ("a/b/c", "a/b", "c", false),
        ];
        for (text, parent, name, slash) in cases {
            let mut path = read(text.as_bytes()).expect("a path");
            let split = path.split();
            assert_eq!(path.c_str(0, split.parent_length).to_str(), Ok(parent), "{text}");
            assert_eq!(path.c_str(split.start, split.end).to_str(), Ok(name), "{text}");
            assert_eq!(split.trailing_slash, slash, "{text}");

            path.replace_last(&split, b"x/y").expect("it fits");
            let mut expected = String::from(parent);
            expected.push_str(if parent.is_empty() { "x/y" } else { "/x/y" });
            expected.push_str(if slash { "/" } else { "" });
            assert_eq!(path.as_c_str().to_str(), Ok(expected.as_str()), "{text}");
        }
    }

    #[test]
    fn a_replacement_that_does_not_fit_is_refused() {
        let mut path = read(b"a/b").expect("a path");
        let split = path.split();
        assert_eq!(path.replace_last(&split, &[b'x'; PATH_BYTES - 4]), Ok(()));
        assert_eq!(path.replace_last(&split, &[b'x'; PATH_BYTES - 3]), Err(Errno::NAMETOOLONG));
    }
}
