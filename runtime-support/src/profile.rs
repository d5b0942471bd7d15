//! Profiles of execution: the counters of an instrumented program → a file in LLVM's raw format
//! (`.profraw`), which `llvm-profdata` reads.
//!
//! Every end of a process that is not a defect goes through [`end_process`]: a return, `proc_exit`, a
//! trap. A profile that cannot be written is told of and changes nothing else. Only programs that
//! record one link the writer.

#[cfg(feature = "start")]
mod write;

use crate::{store, sys};

/// Writes the profile, where the program records one, and ends the process.
pub fn end_process(status: i32) -> ! {
    let store = store::current();
    // SAFETY: a store that is current stays; its launch and its program are constants.
    unsafe {
        if !store.is_null()
            && let program = (*store).program()
            && let Some(write) = program.write_profile
        {
            write(program.profile, (*store).launch.environment);
        }
    }
    sys::exit_process(status)
}
