//! What the C parts of rustc's `compiler_builtins` for AArch64 expect of a C library, in the
//! builds of some distributions: they ask for the processor's features and protect their stack.
//!
//! Their constructors (`.init_array`) are never run, so atomic operations take the form that every
//! processor has.

use wasmwright_abi::trap::TRAP_EXIT_STATUS;

use crate::sys;

const AT_HWCAP: u64 = 16;
const AT_HWCAP2: u64 = 26;

/// What protected functions put on the stack and look at again.
#[unsafe(no_mangle)]
static __stack_chk_guard: u64 = 0x00c3_5a96_e1f0_780d;

/// A protected function found its stack overwritten.
#[cold]
#[unsafe(no_mangle)]
extern "C" fn __stack_chk_fail() -> ! {
    sys::report(&[b"internal error: a defect of the runtime, please report it: stack overwritten"]);
    sys::exit_process(TRAP_EXIT_STATUS)
}

/// An entry of the auxiliary vector, of those that tell the processor's features; else 0.
#[unsafe(no_mangle)]
extern "C" fn getauxval(kind: u64) -> u64 {
    let (features, more_features) = rustix::param::linux_hwcap();
    match kind {
        AT_HWCAP => features as u64,
        AT_HWCAP2 => more_features as u64,
        _ => 0,
    }
}
