//! `path_rename`.

use super::super::errno::Errno;
use super::super::fd::filestat::filetype_of;
use super::super::sandbox::{PathBuffer, place};
use super::super::types::filetype;
use super::super::{refuse_read_only, rights, root, wasi_functions};

wasi_functions! { "wasi_snapshot_preview1":
    /// Moves a file or directory to another name, over what has that name.
    fn path_rename(
        call, old_fd: u32, old_path: u32, old_length: u32, new_fd: u32, new_path: u32, new_length: u32,
    ) {
        let old_directory = call.directory(old_fd, rights::PATH_RENAME_SOURCE)?;
        let new_directory = call.directory(new_fd, rights::PATH_RENAME_TARGET)?;
        refuse_read_only(&old_directory)?;
        refuse_read_only(&new_directory)?;
        let mut old_room = PathBuffer::new();
        let old_path = old_room.read(&call.memory, old_path, old_length)?;
        let mut new_room = PathBuffer::new();
        let new_path = new_room.read(&call.memory, new_path, new_length)?;
        let old = place(root(call, &old_directory), old_path)?;
        let new = place(root(call, &new_directory), new_path)?;
        if old.trailing_slash() || new.trailing_slash() {
            let stat = old.stat(old_path)?;
            if filetype_of(stat.st_mode) != filetype::DIRECTORY {
                return Err(Errno::NOTDIR);
            }
        }
        let (old_name, new_name) = (old.name(old_path), new.name(new_path));
        Ok(rustix::fs::renameat(old.directory(), old_name, new.directory(), new_name)?)
    }
}
