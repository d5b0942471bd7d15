//! Type, flags and rights of descriptors: `fd_fdstat_*`.

use rustix::fs::OFlags;

use super::super::errno::Errno;
use super::super::table::entry_flag;
use super::super::types::{Fdstat, fdflags};
use super::super::{is_function, rights, wasi_functions};

/// `O_DSYNC`, which `rustix` confuses with `O_SYNC`.
const DATA_SYNC: OFlags = OFlags::from_bits_retain(0x1000);

/// Flags of WASI from those of Linux.
fn from_host(flags: OFlags) -> u32 {
    let pairs = [
        (OFlags::APPEND, fdflags::APPEND),
        (OFlags::NONBLOCK, fdflags::NONBLOCK),
        (DATA_SYNC, fdflags::DSYNC),
        (OFlags::SYNC, fdflags::SYNC),
    ];
    pairs.iter().fold(0, |result, &(host, guest)| if flags.contains(host) { result | guest } else { result })
}

/// Flags of Linux from those of WASI, as `path_open` takes them.
pub fn to_host(flags: u32) -> Result<OFlags, Errno> {
    if flags & !fdflags::ALL != 0 {
        return Err(Errno::INVAL);
    }
    let pairs = [
        (fdflags::APPEND, OFlags::APPEND),
        (fdflags::NONBLOCK, OFlags::NONBLOCK),
        (fdflags::DSYNC, DATA_SYNC),
        (fdflags::SYNC | fdflags::RSYNC, OFlags::SYNC),
    ];
    Ok(pairs.iter().fold(
        OFlags::empty(),
        |result, &(guest, host)| if flags & guest != 0 { result | host } else { result },
    ))
}

wasi_functions! { "wasi_snapshot_preview1":
    /// Writes type, flags and rights of a descriptor.
    fn fd_fdstat_get(call, fd: u32, result: u32) {
        let entry = call.context.table.get(fd)?;
        let none = is_function(&entry);
        let flags = if none { OFlags::empty() } else { rustix::fs::fcntl_getfl(entry.host())? };
        call.memory.write(result, Fdstat {
            filetype: entry.filetype,
            flags: from_host(flags) as u16,
            rights_base: entry.rights_base,
            rights_inheriting: entry.rights_inheriting,
            ..Fdstat::default()
        })
    }

    /// Sets `APPEND` and `NONBLOCK`. The others are fixed when a file is opened.
    fn fd_fdstat_set_flags(call, fd: u32, flags: u32) {
        let entry = call.file(fd, rights::FD_FDSTAT_SET_FLAGS)?;
        if flags & !(fdflags::APPEND | fdflags::NONBLOCK) != 0 {
            return Err(Errno::INVAL);
        }
        let changeable = OFlags::APPEND | OFlags::NONBLOCK;
        let kept = rustix::fs::fcntl_getfl(entry.host())? & !changeable;
        rustix::fs::fcntl_setfl(entry.host(), kept | to_host(flags)?)?;
        call.context.table.update(fd, |entry| {
            entry.flags &= !entry_flag::APPENDS;
            if flags & fdflags::APPEND != 0 {
                entry.flags |= entry_flag::APPENDS;
            }
        })
    }

    /// Takes rights away.
    fn fd_fdstat_set_rights(call, fd: u32, base: u64, inheriting: u64) {
        let entry = call.context.table.get(fd)?;
        if base & !entry.rights_base != 0 || inheriting & !entry.rights_inheriting != 0 {
            return Err(Errno::NOTCAPABLE);
        }
        call.context.table.update(fd, |entry| {
            entry.rights_base &= base;
            entry.rights_inheriting &= inheriting;
        })
    }
}
