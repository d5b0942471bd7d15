//! What a file takes of its medium: `fd_advise`, `fd_allocate`, `fd_datasync`, `fd_sync`.

use core::num::NonZeroU64;

use rustix::fs::{Advice, FallocateFlags};

use super::super::errno::Errno;
use super::super::{refuse_read_only, rights, wasi_functions};

wasi_functions! { "wasi_snapshot_preview1":
    /// Says how a file will be used.
    fn fd_advise(call, fd: u32, offset: u64, length: u64, advice: u32) {
        let entry = call.file(fd, rights::FD_ADVISE)?;
        let advice = match advice {
            0 => Advice::Normal,
            1 => Advice::Sequential,
            2 => Advice::Random,
            3 => Advice::WillNeed,
            4 => Advice::DontNeed,
            5 => Advice::NoReuse,
            _ => return Err(Errno::INVAL),
        };
        Ok(rustix::fs::fadvise(entry.host(), offset, NonZeroU64::new(length), advice)?)
    }

    /// Reserves room on the medium, making the file longer if need be.
    fn fd_allocate(call, fd: u32, offset: u64, length: u64) {
        let entry = call.file(fd, rights::FD_ALLOCATE)?;
        refuse_read_only(&entry)?;
        Ok(rustix::fs::fallocate(entry.host(), FallocateFlags::empty(), offset, length)?)
    }

    /// Waits until the data is on the medium.
    fn fd_datasync(call, fd: u32) {
        let entry = call.file(fd, rights::FD_DATASYNC)?;
        Ok(rustix::fs::fdatasync(entry.host())?)
    }

    /// Waits until data and attributes are on the medium.
    fn fd_sync(call, fd: u32) {
        let entry = call.file(fd, rights::FD_SYNC)?;
        Ok(rustix::fs::fsync(entry.host())?)
    }
}
