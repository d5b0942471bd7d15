//! `path_remove_directory`, `path_unlink_file`.

use rustix::fs::AtFlags;

use super::super::errno::Errno;
use super::super::sandbox::{PathBuffer, place};
use super::super::{refuse_read_only, rights, root, wasi_functions};
use super::refusal_of_slash;

wasi_functions! { "wasi_snapshot_preview1":
    /// Removes an empty directory.
    fn path_remove_directory(call, fd: u32, path: u32, length: u32) {
        let directory = call.directory(fd, rights::PATH_REMOVE_DIRECTORY)?;
        refuse_read_only(&directory)?;
        let mut room = PathBuffer::new();
        let path = room.read(&call.memory, path, length)?;
        let place = place(root(call, &directory), path)?;
        Ok(rustix::fs::unlinkat(place.directory(), place.name(path), AtFlags::REMOVEDIR)?)
    }

    /// Removes what is not a directory.
    fn path_unlink_file(call, fd: u32, path: u32, length: u32) {
        let directory = call.directory(fd, rights::PATH_UNLINK_FILE)?;
        refuse_read_only(&directory)?;
        let mut room = PathBuffer::new();
        let path = room.read(&call.memory, path, length)?;
        let place = place(root(call, &directory), path)?;
        if place.trailing_slash() {
            return Err(match refusal_of_slash(&place, path) {
                Errno::EXIST => Errno::ISDIR,
                other => other,
            });
        }
        Ok(rustix::fs::unlinkat(place.directory(), place.name(path), AtFlags::empty())?)
    }
}
