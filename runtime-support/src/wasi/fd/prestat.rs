//! What was preopened: `fd_prestat_get`, `fd_prestat_dir_name`.

use core::slice;

use super::super::errno::Errno;
use super::super::table::{Entry, entry_flag};
use super::super::types::Prestat;
use super::super::wasi_functions;

/// The tag of a directory.
const DIRECTORY: u8 = 0;

/// A tag that WASI does not define: wasi-libc and others skip it and look at the next descriptor,
/// where an error would end their search for directories.
const SOCKET: u8 = 1;

/// The name under which a directory was preopened.
fn name(entry: &Entry) -> Option<&[u8]> {
    if entry.name.is_null() {
        return None;
    }
    // SAFETY: start-up set pointer and length to a string that stays.
    Some(unsafe { slice::from_raw_parts(entry.name, entry.name_length as usize) })
}

wasi_functions! { "wasi_snapshot_preview1":
    /// Writes what kind of preopened descriptor it is.
    fn fd_prestat_get(call, fd: u32, result: u32) {
        let entry = call.context.table.get(fd)?;
        let (tag, name_length) = match name(&entry) {
            Some(_) => (DIRECTORY, entry.name_length),
            None if entry.has(entry_flag::LISTENER) => (SOCKET, 0),
            None => return Err(Errno::BADF),
        };
        call.memory.write(result, Prestat { tag, name_length, ..Prestat::default() })
    }

    /// Writes the name of a preopened directory.
    fn fd_prestat_dir_name(call, fd: u32, buffer: u32, length: u32) {
        let entry = call.context.table.get(fd)?;
        let name = name(&entry).ok_or(Errno::NOTDIR)?;
        if entry.name_length > length {
            return Err(Errno::NAMETOOLONG);
        }
        call.memory.write_bytes(buffer, name)
    }
}
