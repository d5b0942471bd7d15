//! Attributes of files: type, size, times. `fd_filestat_*`, and what `path_filestat_*` shares.

use rustix::fs::{FileType, Stat, Timespec, Timestamps, UTIME_NOW, UTIME_OMIT};

use super::super::errno::Errno;
use super::super::types::{Filestat, NANOSECONDS, filetype, fstflags};
use super::super::{Call, is_function, refuse_read_only, rights, wasi_functions};

/// The type of a file from its mode.
pub fn filetype_of(mode: u32) -> u8 {
    match FileType::from_raw_mode(mode) {
        FileType::RegularFile => filetype::REGULAR_FILE,
        FileType::Directory => filetype::DIRECTORY,
        FileType::Symlink => filetype::SYMBOLIC_LINK,
        FileType::CharacterDevice => filetype::CHARACTER_DEVICE,
        FileType::BlockDevice => filetype::BLOCK_DEVICE,
        FileType::Socket => filetype::SOCKET_STREAM,
        _ => filetype::UNKNOWN,
    }
}

#[allow(clippy::unnecessary_cast, reason = "the fields' types differ between architectures")]
impl From<&Stat> for Filestat {
    fn from(stat: &Stat) -> Self {
        Self {
            device: stat.st_dev as u64,
            inode: stat.st_ino as u64,
            filetype: filetype_of(stat.st_mode),
            padding: [0; 7],
            links: stat.st_nlink as u64,
            size: stat.st_size as u64,
            accessed: timestamp(stat.st_atime as i64, stat.st_atime_nsec as u64),
            modified: timestamp(stat.st_mtime as i64, stat.st_mtime_nsec as u64),
            changed: timestamp(stat.st_ctime as i64, stat.st_ctime_nsec as u64),
        }
    }
}

/// Nanoseconds since 1970, the only times that WASI can tell.
fn timestamp(seconds: i64, nanoseconds: u64) -> u64 {
    let seconds = u64::try_from(seconds).unwrap_or(0);
    seconds.saturating_mul(NANOSECONDS).saturating_add(nanoseconds)
}

/// The times to set, from arguments and flags of WASI.
pub fn timestamps(accessed: u64, modified: u64, flags: u32) -> Result<Timestamps, Errno> {
    if flags & !fstflags::ALL != 0 {
        return Err(Errno::INVAL);
    }
    let time = |time: u64, set: u32, now: u32| match (flags & set != 0, flags & now != 0) {
        (true, true) => Err(Errno::INVAL),
        (true, false) => {
            Ok(Timespec { tv_sec: (time / NANOSECONDS) as i64, tv_nsec: (time % NANOSECONDS) as _ })
        }
        (false, true) => Ok(Timespec { tv_sec: 0, tv_nsec: UTIME_NOW }),
        (false, false) => Ok(Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT }),
    };
    Ok(Timestamps {
        last_access: time(accessed, fstflags::ATIM, fstflags::ATIM_NOW)?,
        last_modification: time(modified, fstflags::MTIM, fstflags::MTIM_NOW)?,
    })
}

/// The attributes of a descriptor.
pub fn of_descriptor(call: &Call<'_>, fd: u32) -> Result<Filestat, Errno> {
    let entry = call.entry(fd, rights::FD_FILESTAT_GET)?;
    if is_function(&entry) {
        return Ok(Filestat { filetype: entry.filetype, ..Filestat::default() });
    }
    let stat = rustix::fs::fstat(entry.host())?;
    Ok(Filestat { filetype: entry.filetype, ..Filestat::from(&stat) })
}

wasi_functions! { "wasi_snapshot_preview1":
    /// Writes the attributes of a descriptor.
    fn fd_filestat_get(call, fd: u32, result: u32) {
        call.memory.write(result, of_descriptor(call, fd)?)
    }

    /// Sets the size of a file; what is new is zero.
    fn fd_filestat_set_size(call, fd: u32, size: u64) {
        let entry = call.file(fd, rights::FD_FILESTAT_SET_SIZE)?;
        refuse_read_only(&entry)?;
        Ok(rustix::fs::ftruncate(entry.host(), size)?)
    }

    /// Sets times of a descriptor.
    fn fd_filestat_set_times(call, fd: u32, accessed: u64, modified: u64, flags: u32) {
        let entry = call.entry(fd, rights::FD_FILESTAT_SET_TIMES)?;
        refuse_read_only(&entry)?;
        Ok(rustix::fs::futimens(entry.host(), &timestamps(accessed, modified, flags)?)?)
    }
}
