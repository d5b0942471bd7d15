//! `fd_readdir`: the entries of a directory.
//!
//! A guest's cookie counts entries: `.` is 0, `..` is 1, what the kernel lists comes after. The
//! kernel names places by opaque offsets, so the descriptor remembers the last pair of both: a
//! program that reads on from where it was goes straight there (and misses nothing when it removes
//! entries meanwhile); one that goes elsewhere has the directory counted from the start.
//! Invariant: the buffer is filled to the last byte, cutting off the last entry, unless the
//! directory ended.

use core::ffi::CStr;

use rustix::fs::{AtFlags, FileType, SeekFrom};

use super::super::errno::Errno;
use super::super::host::{Listed, Listing};
use super::super::memory::GuestMemory;
use super::super::table::{DirectoryCursor, Entry};
use super::super::types::{Dirent, filetype};
use super::super::{Call, rights, wasi_functions};
use super::filestat::filetype_of;

/// Cookie of the first entry that the kernel lists.
const FIRST_LISTED: u64 = 2;

/// What is left of the guest's buffer.
struct Output<'a> {
    memory: GuestMemory<'a>,
    address: u32,
    left: u32,
}

impl Output<'_> {
    /// Writes an entry, or as much of it as fits; whether all of it did.
    fn write(&mut self, entry: &Dirent, name: &[u8]) -> Result<bool, Errno> {
        // SAFETY: a `Dirent` is all bytes, none of them padding.
        let head = unsafe { &*(&raw const *entry).cast::<[u8; size_of::<Dirent>()]>() };
        Ok(self.write_bytes(head)? && self.write_bytes(name)?)
    }

    fn write_bytes(&mut self, bytes: &[u8]) -> Result<bool, Errno> {
        let length = bytes.len().min(self.left as usize);
        self.memory.write_bytes(self.address, bytes.get(..length).unwrap_or(bytes))?;
        self.address += length as u32;
        self.left -= length as u32;
        Ok(length == bytes.len())
    }
}

/// Where the entry with that cookie is: the kernel's offset, and how many entries to skip from
/// there.
fn start_of(cursor: DirectoryCursor, cookie: u64) -> (u64, u64) {
    if cursor.cookie >= FIRST_LISTED && cookie >= cursor.cookie {
        (cursor.offset, cookie - cursor.cookie)
    } else {
        (0, cookie.saturating_sub(FIRST_LISTED))
    }
}

/// Writes `.` and `..`, as far as they come after the cookie; whether there is room for more. Both
/// have the number of the directory itself: what is above it is nobody's business.
fn write_dots(entry: &Entry, cookie: u64, output: &mut Output<'_>) -> Result<bool, Errno> {
    let inode = rustix::fs::fstat(entry.host())?.st_ino;
    for (number, name) in [(0, &b"."[..]), (1, b"..")] {
        if number < cookie {
            continue;
        }
        let (next, name_length) = (number + 1, name.len() as u32);
        let head = Dirent { next, inode, name_length, filetype: filetype::DIRECTORY, padding: [0; 3] };
        if !output.write(&head, name)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Writes what the kernel lists, from the cookie on. Returns the place behind the last entry that
/// was written whole.
fn write_listed(entry: &Entry, cookie: u64, output: &mut Output<'_>) -> Result<DirectoryCursor, Errno> {
    let (offset, mut skip) = start_of(entry.cursor, cookie);
    let mut cursor = DirectoryCursor { cookie: cookie.max(FIRST_LISTED) - skip, offset };
    rustix::fs::seek(entry.host(), SeekFrom::Start(offset))?;
    let mut listing = Listing::new(entry.host());
    while let Some(Listed { inode, offset, filetype, name }) = listing.next()? {
        if name == c"." || name == c".." {
            continue;
        }
        let after = DirectoryCursor { cookie: cursor.cookie + 1, offset };
        if skip > 0 {
            skip -= 1;
        } else {
            let filetype = type_of(entry, filetype, name);
            let (next, name) = (after.cookie, name.to_bytes());
            let head = Dirent { next, inode, name_length: name.len() as u32, filetype, padding: [0; 3] };
            if !output.write(&head, name)? {
                break;
            }
        }
        cursor = after;
    }
    Ok(cursor)
}

/// The type of a listed file; not every file system lists it.
fn type_of(directory: &Entry, listed: FileType, name: &CStr) -> u8 {
    if listed != FileType::Unknown {
        return filetype_of(listed.as_raw_mode());
    }
    let stat = rustix::fs::statat(directory.host(), name, AtFlags::SYMLINK_NOFOLLOW);
    stat.map_or(filetype::UNKNOWN, |stat| filetype_of(stat.st_mode))
}

fn read_directory(call: &Call<'_>, fd: u32, cookie: u64, output: &mut Output<'_>) -> Result<(), Errno> {
    let entry = call.directory(fd, rights::FD_READDIR)?;
    if cookie < FIRST_LISTED && !write_dots(&entry, cookie, output)? {
        return Ok(());
    }
    let cursor = write_listed(&entry, cookie, output)?;
    call.context.table.update(fd, |entry| entry.cursor = cursor)
}

wasi_functions! { "wasi_snapshot_preview1":
    /// Writes entries of a directory, from the one with the cookie on, and how many bytes they take.
    fn fd_readdir(call, fd: u32, buffer: u32, length: u32, cookie: u64, result: u32) {
        call.memory.expect_room::<u32>(result)?;
        call.memory.stretch(buffer, length.into())?;
        let mut output = Output { memory: call.memory, address: buffer, left: length };
        read_directory(call, fd, cookie, &mut output)?;
        call.memory.write(result, length - output.left)
    }
}
