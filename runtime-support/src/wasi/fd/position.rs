//! The place in a file: `fd_seek`, `fd_tell`.

use rustix::fs::SeekFrom;

use super::super::errno::Errno;
use super::super::table::Entry;
use super::super::{Call, rights, wasi_functions};

/// From where `fd_seek` counts.
#[derive(Clone, Copy, Debug)]
pub enum Whence {
    /// The start of the file.
    Start,
    /// Where it is now.
    Current,
    /// The end of the file.
    End,
}

/// A descriptor that has positions and these rights.
pub fn seekable(call: &Call<'_>, fd: u32, rights: u64) -> Result<Entry, Errno> {
    let entry = call.context.table.get(fd)?;
    if entry.is_directory() {
        return Err(Errno::BADF);
    }
    if rights::of_type(entry.filetype) & rights::FD_SEEK == 0 {
        return Err(Errno::SPIPE);
    }
    Call::expect_rights(entry, rights)
}

/// Moves the place and writes the new one.
pub fn seek(call: &Call<'_>, fd: u32, offset: i64, whence: Whence, result: u32) -> Result<(), Errno> {
    call.memory.expect_room::<u64>(result)?;
    let entry = seekable(call, fd, rights::FD_SEEK)?;
    let to = match whence {
        Whence::Start => SeekFrom::Start(u64::try_from(offset).map_err(|_| Errno::INVAL)?),
        Whence::Current => SeekFrom::Current(offset),
        Whence::End => SeekFrom::End(offset),
    };
    call.memory.write(result, rustix::fs::seek(entry.host(), to)?)
}

wasi_functions! { "wasi_snapshot_preview1":
    /// Moves the place in a file.
    fn fd_seek(call, fd: u32, offset: i64, whence: u32, result: u32) {
        let whence = match whence {
            0 => Whence::Start,
            1 => Whence::Current,
            2 => Whence::End,
            _ => return Err(Errno::INVAL),
        };
        seek(call, fd, offset, whence, result)
    }

    /// Writes the place in a file.
    fn fd_tell(call, fd: u32, result: u32) {
        let entry = seekable(call, fd, rights::FD_TELL)?;
        call.memory.write(result, rustix::fs::tell(entry.host())?)
    }
}
