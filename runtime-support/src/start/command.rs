//! The entry of a command: `_start`, without arguments or results.

use core::ffi::c_void;

use wasmwright_abi::instance::ValueSlot;

use crate::call::{OnTrap, call};
use crate::store::Store;

/// The body of `EntryKind::Command`: the status of a command that returns is 0.
///
/// # Safety
/// Start-up calls it, with the store, once the program is instantiated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmwright_entry_command(store: *mut c_void) -> i32 {
    let store = store.cast::<Store>();
    let mut slots: [ValueSlot; 1] = [[0; 2]];
    // SAFETY: the compiler checked that the entry's export is a function without parameters and
    // results. A trap ends the process, so the result says nothing.
    unsafe {
        let program = (*store).program();
        let module = program.modules.start.add(program.entry_module as usize);
        let export = (*module).exports.start.add(program.entry_export as usize);
        if let Some(function) = (*export).invoke {
            let instance = (*store).instance(program.entry_module as usize);
            let _ = call(store, function, instance, slots.as_mut_ptr(), OnTrap::EndProcess);
        }
    }
    0
}
