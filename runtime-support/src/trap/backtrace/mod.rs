//! The backtrace of a trap: the frames of Wasm code from the one that trapped outwards.
//!
//! What enters are the registers at the trap and the artifact's trap table; what leaves are lines
//! on standard error. It runs on a stack that may be used up or on the signal stack, in a process
//! that is about to end: it allocates one mapping, never frees it, and gives up silently where
//! something is not as it should be. Only programs with a trap table link it.

mod print;
mod table;
mod unwind;

use core::ffi::c_void;

use crate::arch::FrameRegisters;
use crate::store::Store;
use print::Printer;
use table::Table;
use unwind::Unwinder;

/// Frames that are told of at either end of a deep stack.
const FRAMES_AT_EITHER_END: usize = 24;

/// A frame that may be told of.
#[derive(Clone, Copy, Default)]
struct Frame {
    program_counter: usize,
    /// Functions in the frames before it.
    number: u32,
}

/// [`wasmwright_abi::program::BACKTRACE_SYMBOL`]
///
/// # Safety
/// `store` must be the live [`Store`] whose code trapped, `registers` those at the trap.
#[cold]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmwright_backtrace(store: *const c_void, registers: *const c_void) {
    // SAFETY: by this function's contract.
    let (store, registers) = unsafe { (&*store.cast::<Store>(), *registers.cast::<FrameRegisters>()) };
    let program = store.program();
    // SAFETY: the table is the compiler's.
    let Some(table) = (unsafe { Table::read(program) }) else { return };
    // The frames that an exception left are gone, and noted.
    let mut noted = store.trace.uncaught().iter();
    let mut unwinder =
        noted.as_slice().is_empty().then(|| Unwinder::new(&table, store.stack.usable, registers));
    let mut next = || match &mut unwinder {
        Some(unwinder) => unwinder.next(),
        None => noted.next().copied(),
    };
    // The first frames, then the last ones in turn.
    let mut frames = [Frame::default(); 2 * FRAMES_AT_EITHER_END];
    let (mut count, mut number) = (0, 0);
    while let Some(program_counter) = next() {
        if let Some(frame) = frames.get_mut(slot(count)) {
            *frame = Frame { program_counter, number };
        }
        count += 1;
        number += table.depth(program_counter);
    }
    let mut printer = Printer::new(&table, program);
    let last = count.saturating_sub(FRAMES_AT_EITHER_END).max(FRAMES_AT_EITHER_END);
    for position in 0..count {
        let told = position < FRAMES_AT_EITHER_END || position >= last;
        if let Some(frame) = frames.get(slot(position)).filter(|_| told) {
            printer.frame(frame);
        } else if position == FRAMES_AT_EITHER_END {
            printer.omission();
        }
    }
}

/// Where the frame at that position is kept.
fn slot(position: usize) -> usize {
    match position.checked_sub(FRAMES_AT_EITHER_END) {
        None => position,
        Some(later) => FRAMES_AT_EITHER_END + later % FRAMES_AT_EITHER_END,
    }
}
