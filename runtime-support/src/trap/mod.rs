//! Traps: the functions that compiled code calls, one per row of [`wasmwright_abi::trap`], and
//! what a trap does: it ends the innermost protected call, or else the process.
//!
//! To add a trap: a row in the ABI's table, a row below.

pub mod signal;

use wasmwright_abi::instance::InstanceHeader;
use wasmwright_abi::trap::{TRAP_EXIT_STATUS, Trap};

use crate::store::{self, Store};
use crate::{arch, sys};

/// Abandons the computation. `details` follow the trap's message where it is reported.
///
/// # Safety
/// Compiled code of `store` must be running, with no frame of the runtime that needs to clean up
/// between it and the innermost [`crate::call::call`].
#[cold]
pub unsafe fn raise(store: *mut Store, trap: Trap, details: &[&[u8]]) -> ! {
    // SAFETY: a store is live as long as its code runs.
    let activation = unsafe { (*store).activation };
    if activation.is_null() {
        report_and_end(trap, details);
    }
    // SAFETY: the activation is that of a call that has not returned.
    unsafe { arch::resume(activation, trap as u32) }
}

/// One line on standard error, then the end of the process with the status of a trap.
#[cold]
pub fn report_and_end(trap: Trap, details: &[&[u8]]) -> ! {
    let mut parts: [&[u8]; 7] = [b""; 7];
    parts[0] = b"trap: ";
    parts[1] = trap.message().as_bytes();
    for (part, detail) in parts.iter_mut().skip(2).zip(details) {
        *part = detail;
    }
    sys::report(&parts);
    sys::exit_process(TRAP_EXIT_STATUS)
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
            #[cold]
            #[unsafe(no_mangle)]
            pub unsafe extern "C" fn $symbol(_instance: *mut InstanceHeader) -> ! {
                // SAFETY: compiled code runs only while its store is the current one.
                unsafe { raise(store::current(), Trap::$trap, &[]) }
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
}

/// Raises [`Trap::UnknownImport`] and names the import.
///
/// # Safety
/// Only compiled code may call it; `name` must be `length` bytes.
#[cold]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmwright_unknown_import(
    _instance: *mut InstanceHeader,
    name: *mut u8,
    length: u64,
) -> u32 {
    // SAFETY: the compiler passes a constant of that length, and calls this from compiled code.
    unsafe {
        let name = core::slice::from_raw_parts(name, length as usize);
        raise(store::current(), Trap::UnknownImport, &[b": ", name])
    }
}

#[cfg(test)]
mod tests;
