//! Attributes of files by path: `path_filestat_get`, `path_filestat_set_times`.

use rustix::fs::{AtFlags, Stat};

use super::super::errno::Errno;
use super::super::fd::filestat::timestamps;
use super::super::sandbox::{PathBuffer, Place, place, place_of_target};
use super::super::types::Filestat;
use super::super::{Call, refuse_read_only, rights, root, sandbox, wasi_functions};
use super::follows;

/// The place of a file, and what it is.
fn locate<'a>(
    root: sandbox::Root<'a>,
    path: &mut PathBuffer,
    follow: bool,
) -> Result<(Place<'a>, Stat), Errno> {
    if follow || path.as_bytes().ends_with(b"/") {
        return place_of_target(root, path);
    }
    let place = place(root, path)?;
    let stat = place.stat(path)?;
    Ok((place, stat))
}

/// The attributes of a file.
pub fn of_path(
    call: &Call<'_>,
    fd: u32,
    lookup_flags: u32,
    path: u32,
    length: u32,
) -> Result<Filestat, Errno> {
    let follow = follows(lookup_flags)?;
    let directory = call.directory(fd, rights::PATH_FILESTAT_GET)?;
    let mut room = PathBuffer::new();
    let path = room.read(&call.memory, path, length)?;
    let (_, stat) = locate(root(call, &directory), path, follow)?;
    Ok(Filestat::from(&stat))
}

wasi_functions! { "wasi_snapshot_preview1":
    /// Writes the attributes of a file.
    fn path_filestat_get(call, fd: u32, lookup_flags: u32, path: u32, length: u32, result: u32) {
        call.memory.write(result, of_path(call, fd, lookup_flags, path, length)?)
    }

    /// Sets times of a file.
    fn path_filestat_set_times(
        call, fd: u32, lookup_flags: u32, path: u32, length: u32, accessed: u64, modified: u64, flags: u32,
    ) {
        let follow = follows(lookup_flags)?;
        let times = timestamps(accessed, modified, flags)?;
        let directory = call.directory(fd, rights::PATH_FILESTAT_SET_TIMES)?;
        refuse_read_only(&directory)?;
        let mut room = PathBuffer::new();
        let path = room.read(&call.memory, path, length)?;
        let (place, _) = locate(root(call, &directory), path, follow)?;
        Ok(rustix::fs::utimensat(place.directory(), place.name(path), &times, AtFlags::SYMLINK_NOFOLLOW)?)
    }
}
