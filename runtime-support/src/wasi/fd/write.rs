//! Writing: `fd_write`, `fd_pwrite`.
//!
//! Bytes go from guest memory straight to the kernel, as many buffers in one system call as a
//! [`Batch`] holds, so that what a program writes at once stays in
//! one piece on a pipe or a terminal.

use rustix::fs::OFlags;
use rustix::io::{IoSlice, ReadWriteFlags};

use super::super::errno::Errno;
#[cfg(not(feature = "start"))]
use super::super::functions::is_function;
use super::super::memory::{Batch, Vectors};
use super::super::table::{Entry, entry_flag};
use super::super::{rights, wasi_functions};
use super::position::seekable;

/// Writes the buffers, batch by batch, until one is not taken whole; how many bytes.
fn write_batches(
    mut vectors: Vectors<'_>,
    mut write: impl FnMut(&Batch<'_>, u64) -> Result<usize, Errno>,
) -> Result<u32, Errno> {
    let mut done = 0;
    loop {
        let outcome = vectors.next_batch().and_then(|batch| {
            let offered = batch.bytes();
            let taken = if offered == 0 { 0 } else { write(&batch, u64::from(done))? as u64 };
            Ok((taken as u32, taken == offered))
        });
        match outcome {
            Ok((taken, whole)) => {
                done += taken;
                if !whole || vectors.is_empty() || done > u32::MAX / 4 {
                    return Ok(done);
                }
            }
            Err(_) if done > 0 => return Ok(done),
            Err(error) => return Err(error),
        }
    }
}

/// `RWF_NOAPPEND`: write at the offset although the file is open for appending.
const NOT_APPENDING: ReadWriteFlags = ReadWriteFlags::from_bits_retain(0x20);

/// Whether what is written goes to the end.
fn appends(entry: &Entry) -> Result<bool, Errno> {
    if entry.has(entry_flag::STANDARD_STREAM) {
        return Ok(rustix::fs::fcntl_getfl(entry.host())?.contains(OFlags::APPEND));
    }
    Ok(entry.has(entry_flag::APPENDS))
}

/// Writes at a place of a file that is open for appending, where Linux's `pwrite` would append.
#[cold]
fn write_at_despite_append(entry: &Entry, batch: &[IoSlice<'_>], offset: u64) -> rustix::io::Result<usize> {
    let file = entry.host();
    match rustix::io::pwritev2(file, batch, offset, NOT_APPENDING) {
        // Kernels before 6.9.
        Err(rustix::io::Errno::OPNOTSUPP | rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => {}
        outcome => return outcome,
    }
    let flags = rustix::fs::fcntl_getfl(file)?;
    rustix::fs::fcntl_setfl(file, flags & !OFlags::APPEND)?;
    let outcome = rustix::io::pwritev(file, batch, offset);
    rustix::fs::fcntl_setfl(file, flags)?;
    outcome
}

wasi_functions! { "wasi_snapshot_preview1":
    /// Writes where the descriptor is.
    fn fd_write(call, fd: u32, buffers: u32, count: u32, result: u32) {
        let entry = call.file(fd, rights::FD_WRITE)?;
        call.memory.expect_room::<u32>(result)?;
        let vectors = call.memory.vectors(buffers, count)?;
        let done = write_batches(vectors, |batch, _| {
            #[cfg(not(feature = "start"))]
            if is_function(&entry) {
                return call.context.functions.transfer(&entry, batch);
            }
            Ok(rustix::io::writev(entry.host(), batch.to_write())?)
        })?;
        call.memory.write(result, done)
    }

    /// Writes at a place, without moving the descriptor's.
    fn fd_pwrite(call, fd: u32, buffers: u32, count: u32, offset: u64, result: u32) {
        let entry = seekable(call, fd, rights::FD_WRITE | rights::FD_SEEK)?;
        call.memory.expect_room::<u32>(result)?;
        let vectors = call.memory.vectors(buffers, count)?;
        let appends = appends(&entry)?;
        let done = write_batches(vectors, |batch, done| {
            let offset = offset.saturating_add(done);
            let batch = batch.to_write();
            Ok(if appends {
                write_at_despite_append(&entry, batch, offset)
            } else {
                rustix::io::pwritev(entry.host(), batch, offset)
            }?)
        })?;
        call.memory.write(result, done)
    }
}
