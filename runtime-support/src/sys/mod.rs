//! The operating system, as the rest of the runtime sees it. The only module that knows Linux
//! (WASI's host calls, which are system calls by nature, go through `rustix` themselves).
//!
//! What enters: addresses and sizes in bytes. What leaves: `None` or `false` where the system
//! refused; nothing here ends the process but the functions that return `!`.

#[cfg(all(feature = "script", feature = "start"))]
mod input;
mod map;
mod output;
mod signal;

#[cfg(all(feature = "script", feature = "start"))]
pub use input::*;
pub use map::*;
pub use output::*;
pub use signal::*;

use crate::arch;

/// Ends the process, all threads of it, with `status & 255`.
pub fn exit_process(status: i32) -> ! {
    const EXIT_GROUP: usize = if cfg!(target_arch = "x86_64") { 231 } else { 94 };
    loop {
        // SAFETY: exit_group takes one integer, touches no memory of ours and does not return.
        unsafe { arch::system_call(EXIT_GROUP, [status as usize, 0, 0, 0]) };
    }
}

/// Ends the process for a reason that the user can act upon: one line on standard error,
/// `wasmwright: ` and the parts, and status 1.
#[cold]
pub fn fail(parts: &[&[u8]]) -> ! {
    report(parts);
    exit_process(1)
}
