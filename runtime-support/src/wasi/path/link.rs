//! Hard links, and the text of symbolic ones: `path_link`, `path_readlink`.

use rustix::fs::AtFlags;

use super::super::errno::Errno;
use super::super::sandbox::{PathBuffer, link_room, link_target, place, place_of_target};
use super::super::{refuse_read_only, rights, root, wasi_functions};
use super::{follows, refusal_of_slash};

wasi_functions! { "wasi_snapshot_preview1":
    /// Gives a file another name. As in Wasmtime, symbolic links are never followed. Both ends must
    /// be writable: else a file of a read-only grant could be changed under its new name.
    fn path_link(
        call, old_fd: u32, lookup_flags: u32, old_path: u32, old_length: u32, new_fd: u32, new_path: u32,
        new_length: u32,
    ) {
        let old_directory = call.directory(old_fd, rights::PATH_LINK_SOURCE)?;
        let new_directory = call.directory(new_fd, rights::PATH_LINK_TARGET)?;
        refuse_read_only(&old_directory)?;
        refuse_read_only(&new_directory)?;
        if follows(lookup_flags)? {
            return Err(Errno::INVAL);
        }
        let mut old_room = PathBuffer::new();
        let old_path = old_room.read(&call.memory, old_path, old_length)?;
        let mut new_room = PathBuffer::new();
        let new_path = new_room.read(&call.memory, new_path, new_length)?;
        if old_path.as_bytes().ends_with(b"/") {
            // Only a directory can be meant, and a directory has no second name.
            place_of_target(root(call, &old_directory), old_path)?;
            return Err(Errno::PERM);
        }
        let old = place(root(call, &old_directory), old_path)?;
        let new = place(root(call, &new_directory), new_path)?;
        if new.trailing_slash() {
            return Err(refusal_of_slash(&new, new_path));
        }
        let (old_name, new_name) = (old.name(old_path), new.name(new_path));
        Ok(rustix::fs::linkat(old.directory(), old_name, new.directory(), new_name, AtFlags::empty())?)
    }

    /// Writes the target of a symbolic link, as much of it as there is room for, and how much that
    /// is. An absolute target is not told, as in Wasmtime.
    fn path_readlink(call, fd: u32, path: u32, length: u32, buffer: u32, buffer_length: u32, result: u32) {
        let directory = call.directory(fd, rights::PATH_READLINK)?;
        call.memory.expect_room::<u32>(result)?;
        let mut room = PathBuffer::new();
        let path = room.read(&call.memory, path, length)?;
        if path.as_bytes().ends_with(b"/") {
            // Not the link, but the directory behind it.
            place_of_target(root(call, &directory), path)?;
            return Err(Errno::INVAL);
        }
        let place = place(root(call, &directory), path)?;
        let mut target_room = link_room();
        let target = link_target(place.directory(), place.name(path), &mut target_room)?;
        let written = target.get(..buffer_length as usize).unwrap_or(target);
        call.memory.write_bytes(buffer, written)?;
        call.memory.write(result, written.len() as u32)
    }
}
