//! Traps: the functions that compiled code calls, one per row of [`wasmwright_abi::trap`], and
//! what a trap does: it ends the innermost protected call, or else the process.
//!
//! To add a trap: a row in the ABI's table, a row below.

#[cfg(feature = "start")]
pub mod backtrace;
pub mod signal;

use wasmwright_abi::instance::InstanceHeader;
use wasmwright_abi::library::EXIT;
use wasmwright_abi::trap::{TRAP_EXIT_STATUS, Trap};

use core::ptr::from_ref;

use crate::arch::{self, FrameRegisters};
use crate::profile;
use crate::store::{self, Store};
use crate::sys;

/// Abandons the computation. `details` follow the trap's message where it is reported.
///
/// # Safety
/// Compiled code of `store` must be running, with these registers, and with no frame of the runtime
/// that needs to clean up between it and the innermost [`crate::call::call`].
#[cold]
pub unsafe fn raise(store: *mut Store, trap: Trap, details: &[&[u8]], registers: &FrameRegisters) -> ! {
    // SAFETY: a store is live as long as its code runs.
    unsafe {
        let activation = (*store).activation;
        if activation.is_null() {
            report_and_end(&*store, trap, details, registers);
        }
        // The activation is that of a call that has not returned.
        arch::resume(activation, trap as u32)
    }
}

/// Reports a trap and where it happened, and ends the process with the status of a trap.
///
/// # Safety
/// `registers` must be those of code that runs for the store.
#[cold]
pub unsafe fn report_and_end(store: &Store, trap: Trap, details: &[&[u8]], registers: &FrameRegisters) -> ! {
    report(trap, details);
    // SAFETY: by this function's contract.
    unsafe { end_with_backtrace(store, registers) }
}

/// The rest of it.
///
/// # Safety
/// As for [`report_and_end`].
#[cold]
unsafe fn end_with_backtrace(store: &Store, registers: &FrameRegisters) -> ! {
    if let Some(backtrace) = store.program().backtrace {
        // SAFETY: by this function's contract.
        unsafe { backtrace(from_ref(store).cast(), from_ref(registers).cast()) };
    }
    profile::end_process(TRAP_EXIT_STATUS)
}

/// One line on standard error.
#[cold]
fn report(trap: Trap, details: &[&[u8]]) {
    let mut parts: [&[u8]; 7] = [b""; 7];
    parts[0] = b"trap: ";
    parts[1] = trap.message().as_bytes();
    for (part, detail) in parts.iter_mut().skip(2).zip(details) {
        *part = detail;
    }
    sys::report(&parts);
}

/// Reports a trap that is no longer where it happened, and ends the process.
#[cold]
pub fn report_late(trap: Trap) -> ! {
    report(trap, &[]);
    profile::end_process(TRAP_EXIT_STATUS)
}

/// Where the functions below go, with their caller's registers.
///
/// # Safety
/// Only they may jump here.
#[cold]
pub(crate) unsafe extern "C" fn raise_in_compiled_code(
    return_address: usize,
    trap: Trap,
    stack_pointer: usize,
    frame_pointer: usize,
    instance: *mut InstanceHeader,
    link_register: usize,
) -> ! {
    let at_call = FrameRegisters::at_call(return_address, stack_pointer, frame_pointer);
    let registers = FrameRegisters { return_address: link_register, ..at_call };
    // SAFETY: compiled code called.
    unsafe {
        let store = store_of_caller(instance);
        #[cfg(not(feature = "start"))]
        let trap = crate::library::meant(store, instance, trap);
        raise(store, trap, &[], &registers)
    }
}

/// The store for which compiled code runs that passed `instance`, which means something only where
/// instances are made at run time.
///
/// # Safety
/// Compiled code must be waiting.
unsafe fn store_of_caller(instance: *mut InstanceHeader) -> *mut Store {
    if cfg!(feature = "start") {
        return store::current();
    }
    // SAFETY: the instance of running code is live.
    unsafe { (*instance).store.cast() }
}

/// Abandons the computation with a code of the host's.
///
/// # Safety
/// Only compiled code of the instance may call it, after a function of the host returned that code.
#[unsafe(naked)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmwright_raise(_instance: *mut InstanceHeader, _code: u32) -> u32 {
    arch::raise_named!(raise_for_host)
}

/// Where the function above goes, with its caller's registers.
#[cold]
unsafe extern "C" fn raise_for_host(
    return_address: usize,
    code: u32,
    _: u64,
    stack_pointer: usize,
    frame_pointer: usize,
    instance: *mut InstanceHeader,
) -> ! {
    // SAFETY: the store of running code is live, and its activation that of a call that has not
    // returned.
    unsafe {
        let store = store_of_caller(instance);
        let activation = (*store).activation;
        if cfg!(feature = "start") && activation.is_null() {
            let registers = FrameRegisters::at_call(return_address, stack_pointer, frame_pointer);
            end_for_host(&*store, code, &registers);
        }
        arch::resume(activation, code)
    }
}

/// Ends the process as the host wants it: nobody is left whom the code could be told.
///
/// # Safety
/// As for [`report_and_end`].
#[cold]
unsafe fn end_for_host(store: &Store, code: u32, registers: &FrameRegisters) -> ! {
    if code == EXIT {
        profile::end_process(store.exit_status as i32);
    }
    match Trap::from_code(code) {
        // SAFETY: by this function's contract.
        Some(trap) => unsafe { report_and_end(store, trap, &[], registers) },
        None => {
            let number = sys::Digits::decimal(code.into());
            sys::report(&[b"trap: a function of the host returned code ", number.as_bytes()]);
            // SAFETY: as above.
            unsafe { end_with_backtrace(store, registers) }
        }
    }
}

/// Defines the function of each trap, and proves at compile time that the table is complete and
/// that the symbols are the ABI's.
macro_rules! trap_functions {
    ($($symbol:ident = $trap:ident;)*) => {
        $(
            /// Raises the trap of this name. The instance is not looked at where the process has
            /// one store.
            ///
            /// # Safety
            /// Only compiled code may call it.
            #[unsafe(naked)]
            #[unsafe(no_mangle)]
            pub unsafe extern "C" fn $symbol(_instance: *mut InstanceHeader) -> ! {
                arch::raise_trap!(Trap::$trap)
            }
        )*

        const _: () = {
            let rows: &[(Trap, &str)] = &[$((Trap::$trap, stringify!($symbol))),*];
            assert!(rows.len() == Trap::ALL.len());
            let mut index = 0;
            while index < rows.len() {
                assert!(rows[index].0 as u32 == Trap::ALL[index] as u32);
                assert!(crate::same_text(rows[index].1, rows[index].0.symbol()));
                index += 1;
            }
        };
    };
}

trap_functions! {
    wasmwright_trap_unreachable = Unreachable;
    wasmwright_trap_memory_out_of_bounds = MemoryOutOfBounds;
    wasmwright_trap_table_out_of_bounds = TableOutOfBounds;
    wasmwright_trap_undefined_element = UndefinedElement;
    wasmwright_trap_uninitialized_element = UninitializedElement;
    wasmwright_trap_indirect_call_type_mismatch = IndirectCallTypeMismatch;
    wasmwright_trap_integer_divide_by_zero = IntegerDivideByZero;
    wasmwright_trap_integer_overflow = IntegerOverflow;
    wasmwright_trap_invalid_conversion_to_integer = InvalidConversionToInteger;
    wasmwright_trap_stack_overflow = StackOverflow;
    wasmwright_trap_null_reference = NullReference;
    wasmwright_trap_null_function_reference = NullFunctionReference;
    wasmwright_trap_cast_failure = CastFailure;
    wasmwright_trap_uncaught_exception = UncaughtException;
    wasmwright_trap_unknown_import = UnknownImport;
    wasmwright_trap_incompatible_import = IncompatibleImport;
    wasmwright_trap_unaligned_atomic = UnalignedAtomic;
    wasmwright_trap_heap_exhausted = HeapExhausted;
    wasmwright_trap_interrupted = Interrupted;
    wasmwright_trap_out_of_fuel = OutOfFuel;
}

/// Raises [`Trap::UnknownImport`] and names the import.
///
/// # Safety
/// Only compiled code may call it; `name` must be `length` bytes.
#[unsafe(naked)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmwright_unknown_import(
    _instance: *mut InstanceHeader,
    _name: *mut u8,
    _length: u64,
) -> u32 {
    arch::raise_named!(raise_unknown_import)
}

/// Where the function above goes, with its caller's registers.
#[cold]
unsafe extern "C" fn raise_unknown_import(
    return_address: usize,
    name: *const u8,
    length: u64,
    stack_pointer: usize,
    frame_pointer: usize,
    instance: *mut InstanceHeader,
) -> ! {
    let registers = FrameRegisters::at_call(return_address, stack_pointer, frame_pointer);
    // SAFETY: the compiler passes a constant of that length, and calls this from compiled code.
    unsafe {
        let name = core::slice::from_raw_parts(name, length as usize);
        raise(store_of_caller(instance), Trap::UnknownImport, &[b": ", name], &registers)
    }
}

#[cfg(test)]
mod tests;
