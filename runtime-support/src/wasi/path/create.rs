//! Making directories and symbolic links: `path_create_directory`, `path_symlink`.

use rustix::fs::Mode;

use super::super::sandbox::{PathBuffer, place};
use super::super::{refuse_read_only, rights, root, wasi_functions};
use super::refusal_of_slash;

/// The mode of a new directory, less the process's umask.
const DIRECTORY_MODE: Mode = Mode::from_raw_mode(0o777);

wasi_functions! { "wasi_snapshot_preview1":
    /// Makes a directory.
    fn path_create_directory(call, fd: u32, path: u32, length: u32) {
        let directory = call.directory(fd, rights::PATH_CREATE_DIRECTORY)?;
        refuse_read_only(&directory)?;
        let mut room = PathBuffer::new();
        let path = room.read(&call.memory, path, length)?;
        let place = place(root(call, &directory), path)?;
        Ok(rustix::fs::mkdirat(place.directory(), place.name(path), DIRECTORY_MODE)?)
    }

    /// Makes a symbolic link. Its target may be any relative text: that it does not lead outside
    /// is checked when it is followed.
    fn path_symlink(call, target: u32, target_length: u32, fd: u32, path: u32, length: u32) {
        let directory = call.directory(fd, rights::PATH_SYMLINK)?;
        refuse_read_only(&directory)?;
        let mut target_room = PathBuffer::new();
        let target = target_room.read(&call.memory, target, target_length)?;
        let mut room = PathBuffer::new();
        let path = room.read(&call.memory, path, length)?;
        let place = place(root(call, &directory), path)?;
        if place.trailing_slash() {
            return Err(refusal_of_slash(&place, path));
        }
        Ok(rustix::fs::symlinkat(target.as_c_str(), place.directory(), place.name(path))?)
    }
}
