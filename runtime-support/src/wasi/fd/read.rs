//! Reading: `fd_read`, `fd_pread`.
//!
//! Bytes go from the kernel straight into guest memory, as many buffers in one system call as a
//! [`Batch`] holds.

use super::super::errno::Errno;
#[cfg(not(feature = "start"))]
use super::super::functions::is_function;
use super::super::memory::{Batch, Vectors};
use super::super::types::filetype;
use super::super::{rights, wasi_functions};
use super::position::seekable;

/// Reads into the buffers, batch by batch, until one is not filled; how many bytes. Only where
/// `may_go_on`, as a stream might not have more yet.
fn read_batches(
    mut vectors: Vectors<'_>,
    may_go_on: bool,
    mut read: impl FnMut(&mut Batch<'_>, u64) -> Result<usize, Errno>,
) -> Result<u32, Errno> {
    let mut done = 0;
    loop {
        let outcome = vectors.next_batch().and_then(|mut batch| {
            let wanted = batch.bytes();
            let got = if wanted == 0 { 0 } else { read(&mut batch, u64::from(done))? as u64 };
            Ok((got as u32, got == wanted))
        });
        match outcome {
            Ok((got, filled)) => {
                done += got;
                if !filled || !may_go_on || vectors.is_empty() || done > u32::MAX / 4 {
                    return Ok(done);
                }
            }
            Err(_) if done > 0 => return Ok(done),
            Err(error) => return Err(error),
        }
    }
}

wasi_functions! { "wasi_snapshot_preview1":
    /// Reads from where the descriptor is.
    fn fd_read(call, fd: u32, buffers: u32, count: u32, result: u32) {
        let entry = call.file(fd, rights::FD_READ)?;
        call.memory.expect_room::<u32>(result)?;
        let vectors = call.memory.vectors(buffers, count)?;
        let is_file = entry.filetype == filetype::REGULAR_FILE;
        let done = read_batches(vectors, is_file, |batch, _| {
            #[cfg(not(feature = "start"))]
            if is_function(&entry) {
                return call.context.functions.transfer(&entry, batch);
            }
            Ok(rustix::io::readv(entry.host(), batch.to_read())?)
        })?;
        call.memory.write(result, done)
    }

    /// Reads from a place, without moving the descriptor's.
    fn fd_pread(call, fd: u32, buffers: u32, count: u32, offset: u64, result: u32) {
        let entry = seekable(call, fd, rights::FD_READ | rights::FD_SEEK)?;
        call.memory.expect_room::<u32>(result)?;
        let vectors = call.memory.vectors(buffers, count)?;
        let done = read_batches(vectors, true, |batch, done| {
            Ok(rustix::io::preadv(entry.host(), batch.to_read(), offset.saturating_add(done))?)
        })?;
        call.memory.write(result, done)
    }
}
