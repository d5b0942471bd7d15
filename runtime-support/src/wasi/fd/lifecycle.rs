//! Closing and renumbering descriptors.

use super::super::wasi_functions;

wasi_functions! { "wasi_snapshot_preview1":
    /// Closes a descriptor.
    fn fd_close(call, fd: u32) {
        call.context.table.remove(fd)?.close();
        Ok(())
    }

    /// Moves a descriptor to the number of another one, which is closed.
    fn fd_renumber(call, from: u32, to: u32) {
        if let Some(replaced) = call.context.table.renumber(from, to)? {
            replaced.close();
        }
        Ok(())
    }
}
