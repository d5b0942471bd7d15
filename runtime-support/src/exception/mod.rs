//! Exceptions: made, thrown, released. Linked only into programs that throw.
//!
//! A throw walks the frames of translated code once, from the innermost outwards, and goes on at
//! the first landing pad: these compare tags themselves and throw again what they do not handle.
//! Where translated code ends, at the entry of a protected call, the exception is a trap; but who made the
//! call may ask for it, and have it go on in another instance ([`host`]). Traps themselves never pass
//! through here, so no handler sees one.

mod dwarf;
mod frame;
mod heap;
mod host;
mod landing_pad;
mod trace;

pub use heap::Heap;
pub use host::{wasmwright_exception_adopt, wasmwright_exception_left, wasmwright_exception_thrown};
pub use trace::Trace;

use wasmwright_abi::exception::{Exception, TagRecord};
use wasmwright_abi::instance::InstanceHeader;
use wasmwright_abi::trap::Trap;

use crate::arch::{self, FrameRegisters, Registers};
use crate::store::Store;
use crate::{sys, trap};

pub use crate::arch::wasmwright_throw;

/// Room for an exception of a tag, or null where there is none. Its values are not written yet.
///
/// # Safety
/// Only compiled code of `instance` may call it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmwright_exception_new(instance: *mut InstanceHeader, tag: *mut TagRecord) -> u64 {
    // SAFETY: the store of an instance is live, and compiled code waits for this call.
    unsafe {
        let store = (*instance).store.cast::<Store>();
        (*store).trace.forget();
        heap::allocate(store, tag).map_or(0, |exception| exception as u64)
    }
}

/// The module is done with an exception, unless a handler keeps a reference to it.
///
/// # Safety
/// Only compiled code of `instance` may call it, with an exception that it caught.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmwright_exception_release(
    instance: *mut InstanceHeader,
    exception: *mut Exception,
) -> u32 {
    // SAFETY: as above.
    unsafe { heap::release((*instance).store.cast::<Store>(), exception) };
    0
}

/// See [`wasmwright_abi::exception::PERSONALITY_SYMBOL`].
#[unsafe(no_mangle)]
pub extern "C" fn wasmwright_personality() -> u32 {
    /// `_URC_CONTINUE_UNWIND` of the Itanium C++ ABI.
    const GO_ON: u32 = 8;
    GO_ON
}

/// Unwinds from `registers`, those of the call that throws, to a landing pad: leaves them as it
/// expects them and returns the exception.
///
/// # Safety
/// Only [`wasmwright_throw`] may call it.
pub unsafe extern "C" fn unwind(
    instance: *mut InstanceHeader,
    exception: *mut Exception,
    registers: &mut Registers,
) -> *mut Exception {
    let code = arch::compiled_code();
    let index = frame::Index::of_image();
    let thrower = FrameRegisters::at_call(
        registers.program_counter,
        registers.stack_pointer,
        arch::preserved_frame_pointer(registers),
    );
    // SAFETY: the store of an instance is live, and compiled code waits for this call.
    let trace = unsafe { trace_of((*instance).store.cast::<Store>()) };
    let mut is_first = true;
    loop {
        // The return address may be the first of the next function: the call lies before it.
        let address = registers.program_counter.wrapping_sub(1);
        if !code.contains(address) {
            break;
        }
        // SAFETY: translated code called with these registers.
        let left = unsafe {
            let function = index.and_then(|index| index.find(address));
            let Some(function) = function else { no_table() };
            let Some(row) = function.row(address) else { no_table() };
            let Some(frame) = registers.frame(&row) else { no_table() };
            if core::mem::take(&mut is_first) {
                trace.begin(exception, frame, address);
            } else {
                trace.left(address);
            }
            if let Some(pad) = landing_pad::find(&function, address) {
                registers.program_counter = pad;
                registers.stack_pointer += row.argument_bytes;
                trace.caught(exception, frame);
                return exception;
            }
            registers.leave(&row)
        };
        if left.is_none() {
            no_table();
        }
    }
    // SAFETY: the exception is live, and so is the store whose code threw it.
    unsafe {
        let store = (*instance).store.cast::<Store>();
        if !(*store).activation.is_null() {
            heap::leave(store, exception);
            trap::raise(store, Trap::UncaughtException, &[], &thrower)
        }
        let name = (*(*exception).tag).name.as_slice();
        heap::release(store, exception);
        (*store).trace.end();
        trap::raise(store, Trap::UncaughtException, &[b" (tag `", name, b"`)"], &thrower)
    }
}

/// The store's trace, with room if backtraces are told.
///
/// # Safety
/// The store must be live, and nothing else look at its trace meanwhile.
unsafe fn trace_of<'a>(store: *mut Store) -> &'a mut Trace {
    // SAFETY: by this function's contract.
    unsafe {
        let is_told = (*store).program().backtrace.is_some();
        let stack = (*store).stack.usable;
        let trace = &mut (*store).trace;
        if is_told {
            trace.reserve(stack);
        }
        trace
    }
}

/// Only a compiler's or a linker's defect leads here.
#[cold]
fn no_table() -> ! {
    sys::report(&[b"internal error: an exception met a frame without unwind information, please report it"]);
    sys::exit_process(wasmwright_abi::trap::TRAP_EXIT_STATUS)
}
