//! Standard streams that are functions of a library's host.
//!
//! What enters: buffers of the guest. What leaves: how many bytes a function of the host has moved, or
//! its error number. Invariant: no function gets more than a buffer that lies in the guest's memory, and
//! is not believed that it moved more; an entry of the table that stands for one names no descriptor of
//! the process, whatever system call meets it.

use core::ffi::c_void;
use core::ptr::null_mut;

use rustix::fd::RawFd;
use wasmwright_abi::library::{StreamFunction, WasiConfiguration};

use super::errno::Errno;
use super::memory::Batch;
use super::rights;
use super::table::{Entry, entry_flag};
use super::types::filetype;

/// What an entry has in place of a descriptor, plus the stream's number: more than Linux gives out.
const FIRST: RawFd = RawFd::MAX - 2;

/// The functions of an instance, by the numbers of their streams.
#[derive(Debug)]
pub struct Functions {
    streams: [Option<StreamFunction>; 3],
    /// What each gets first.
    user: *mut c_void,
}

impl Functions {
    /// Where all streams are descriptors.
    pub const NONE: Self = Self { streams: [None; 3], user: null_mut() };

    /// Those that a host configured.
    pub fn of(configuration: &WasiConfiguration) -> Self {
        let WasiConfiguration { input, output, error, user, .. } = *configuration;
        Self { streams: [input, output, error], user }
    }

    /// The entry of a stream, if it is a function.
    pub fn entry(&self, number: usize) -> Option<Entry> {
        self.streams[number]?;
        let access = if number == 0 { rights::FD_READ } else { rights::FD_WRITE };
        Some(Entry {
            host: FIRST + number as RawFd,
            filetype: filetype::UNKNOWN,
            flags: entry_flag::STANDARD_STREAM,
            rights_base: access | rights::FD_FILESTAT_GET | rights::POLL_FD_READWRITE,
            ..Entry::FREE
        })
    }

    /// Has the function of an entry move bytes: into the first buffer, for it may not have more yet;
    /// out of all buffers, until one is not taken whole.
    pub fn transfer(&self, entry: &Entry, batch: &Batch<'_>) -> Result<usize, Errno> {
        let number = (entry.host - FIRST) as usize;
        let function = self.streams.get(number).copied().flatten().ok_or(Errno::BADF)?;
        let mut total = 0;
        for (start, length) in batch.buffers() {
            let mut done = 0;
            // SAFETY: the buffer is inside the memory; the host's function is such as its header says.
            let code = unsafe { function(self.user, start, length, &mut done) };
            match Errno::of_host(code) {
                Some(error) if total == 0 => return Err(error),
                Some(_) => break,
                None if done > length => return Err(Errno::IO),
                None => total += done,
            }
            if number == 0 || done < length {
                break;
            }
        }
        Ok(total)
    }
}

/// Whether an entry stands for a function.
pub fn is_function(entry: &Entry) -> bool {
    entry.host >= FIRST
}
