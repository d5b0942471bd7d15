//! `wasi_unstable`, where its layouts differ from `wasi_snapshot_preview1`: attributes of files
//! have a narrower count of links, `fd_seek` numbers its directions otherwise, clock subscriptions
//! have an identifier of their own. All other functions are shared.

use super::errno::Errno;
use super::fd::filestat::of_descriptor;
use super::fd::position::{Whence, seek};
use super::path::attributes::of_path;
use super::poll::{self, Source};
use super::types::{Filestat, UnstableFilestat, UnstableSubscription};
use super::wasi_functions;

impl From<Filestat> for UnstableFilestat {
    fn from(stat: Filestat) -> Self {
        Self {
            device: stat.device,
            inode: stat.inode,
            filetype: stat.filetype,
            padding: [0; 3],
            links: u32::try_from(stat.links).unwrap_or(u32::MAX),
            size: stat.size,
            accessed: stat.accessed,
            modified: stat.modified,
            changed: stat.changed,
        }
    }
}

impl From<UnstableSubscription> for poll::Request {
    fn from(subscription: UnstableSubscription) -> Self {
        let source = Source {
            number: subscription.identifier as u32,
            clock: subscription.clock,
            timeout: subscription.timeout,
            flags: subscription.flags,
        };
        Self { userdata: subscription.userdata, kind: subscription.kind, source }
    }
}

wasi_functions! { "wasi_unstable":
    /// Writes the attributes of a descriptor.
    fn fd_filestat_get(call, fd: u32, result: u32) {
        call.memory.write(result, UnstableFilestat::from(of_descriptor(call, fd)?))
    }

    /// Moves the place in a file.
    fn fd_seek(call, fd: u32, offset: i64, whence: u32, result: u32) {
        let whence = match whence {
            0 => Whence::Current,
            1 => Whence::End,
            2 => Whence::Start,
            _ => return Err(Errno::INVAL),
        };
        seek(call, fd, offset, whence, result)
    }

    /// Writes the attributes of a file.
    fn path_filestat_get(call, fd: u32, lookup_flags: u32, path: u32, length: u32, result: u32) {
        let stat = of_path(call, fd, lookup_flags, path, length)?;
        call.memory.write(result, UnstableFilestat::from(stat))
    }

    /// Waits for the first of some events.
    fn poll_oneoff(call, subscriptions: u32, events: u32, count: u32, result: u32) {
        poll::wait::<UnstableSubscription>(call, subscriptions, events, count, result)
    }
}
