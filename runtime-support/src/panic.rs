//! A panic is a defect of the runtime: it says where, and ends the process as an abort would.
//!
//! The message of the panic is not formatted, which would bring `core::fmt` into every program.

use core::panic::PanicInfo;

use wasmwright_abi::trap::TRAP_EXIT_STATUS;

use crate::sys;

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    if let Some(place) = info.location() {
        let line = sys::Digits::decimal(place.line().into());
        let message = info.message().as_str().unwrap_or("panic");
        sys::report(&[
            b"internal error: a defect of the runtime, please report it: ",
            message.as_bytes(),
            b" (",
            place.file().as_bytes(),
            b":",
            line.as_bytes(),
            b")",
        ]);
    }
    sys::exit_process(TRAP_EXIT_STATUS)
}
