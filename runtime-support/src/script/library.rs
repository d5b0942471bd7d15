//! Scripts in a library: makes a store for the artifact in the process that loaded it, as start-up
//! does in an executable, and executes a script in it.

use core::ptr::copy_nonoverlapping;
use core::slice;

use wasmwright_abi::program::ProgramDescriptor;
use wasmwright_abi::script::OVERFLOW;

use crate::library;

unsafe extern "C" {
    /// The artifact's descriptor, [`wasmwright_abi::PROGRAM_SYMBOL`].
    static wasmwright_program: ProgramDescriptor;
}

/// [`wasmwright_abi::script::ScriptRun`].
///
/// # Safety
/// To be called once in a process. Both stretches must be valid for reads and writes, and no
/// other thread may touch them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmwright_script_run(
    script: *const u8,
    script_bytes: u64,
    outcomes: *mut u8,
    capacity_bytes: u64,
) -> u64 {
    let mut length = 0;
    let mut accept = |outcome: &[u8]| {
        let fits = outcome.len() <= capacity_bytes as usize - length;
        if fits {
            // SAFETY: there is room for it behind the ones before it.
            unsafe { copy_nonoverlapping(outcome.as_ptr(), outcomes.add(length), outcome.len()) };
            length += outcome.len();
        }
        fits
    };
    // SAFETY: by this function's contract.
    let complete = unsafe {
        let script = slice::from_raw_parts(script, script_bytes as usize);
        let Some(store) = library::new_store(&raw const wasmwright_program) else { return OVERFLOW };
        super::run(store, script, &mut accept)
    };
    if complete { length as u64 } else { OVERFLOW }
}
