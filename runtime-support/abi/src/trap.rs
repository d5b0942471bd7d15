//! The traps: what the specification calls them, and the function that compiled code calls.
//!
//! A trap function never returns. In artifacts of the `Passed` instance model its argument is the
//! instance whose code trapped; in the `Static` model the argument register is undefined. On x86-64
//! the stack pointer may have any multiple of 8 at the call: a frame for the sake of a trap would
//! cost every leaf function. Likewise on AArch64, where the call overwrites the link register: where
//! traps are told, x9 holds what was in it.

macro_rules! traps {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $symbol:literal, $message:literal;)*) => {
        /// Why a Wasm computation was abandoned. The number is the code that hosts see.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u32)]
        pub enum Trap { $($(#[$doc])* $name = $code,)* }

        impl Trap {
            /// Every trap, in the order of the codes.
            pub const ALL: &[Trap] = &[$(Trap::$name,)*];

            /// The function of the runtime that raises this trap.
            pub const fn symbol(self) -> &'static str {
                match self { $(Trap::$name => $symbol,)* }
            }

            /// The words that the specification's test suite uses for this trap.
            pub const fn message(self) -> &'static str {
                match self { $(Trap::$name => $message,)* }
            }

            /// The trap with this code.
            pub const fn from_code(code: u32) -> Option<Trap> {
                match code { $($code => Some(Trap::$name),)* _ => None }
            }
        }
    };
}

traps! {
    /// `unreachable` was executed.
    Unreachable = 1, "wasmwright_trap_unreachable", "unreachable";
    /// A load, store or bulk operation left its memory.
    MemoryOutOfBounds = 2, "wasmwright_trap_memory_out_of_bounds", "out of bounds memory access";
    /// A table operation left its table.
    TableOutOfBounds = 3, "wasmwright_trap_table_out_of_bounds", "out of bounds table access";
    /// `call_indirect` with an index beyond the table.
    UndefinedElement = 4, "wasmwright_trap_undefined_element", "undefined element";
    /// `call_indirect` through a null element.
    UninitializedElement = 5, "wasmwright_trap_uninitialized_element", "uninitialized element";
    /// `call_indirect` to a function of another type.
    IndirectCallTypeMismatch = 6, "wasmwright_trap_indirect_call_type_mismatch", "indirect call type mismatch";
    /// Integer division or remainder by zero.
    IntegerDivideByZero = 7, "wasmwright_trap_integer_divide_by_zero", "integer divide by zero";
    /// The quotient, or the integer nearest to a float, does not fit.
    IntegerOverflow = 8, "wasmwright_trap_integer_overflow", "integer overflow";
    /// A NaN converted to an integer.
    InvalidConversionToInteger = 9, "wasmwright_trap_invalid_conversion_to_integer", "invalid conversion to integer";
    /// The Wasm stack is used up.
    StackOverflow = 10, "wasmwright_trap_stack_overflow", "call stack exhausted";
    /// A null reference where a value was required.
    NullReference = 11, "wasmwright_trap_null_reference", "null reference";
    /// `call_ref` of a null function reference.
    NullFunctionReference = 12, "wasmwright_trap_null_function_reference", "null function reference";
    /// A cast to a type that the reference does not have.
    CastFailure = 13, "wasmwright_trap_cast_failure", "cast failure";
    /// An exception that nothing caught.
    UncaughtException = 14, "wasmwright_trap_uncaught_exception", "uncaught exception";
    /// An import that nobody provides was called (`--unknown-imports=trap`).
    UnknownImport = 15, "wasmwright_trap_unknown_import", "unknown import";
    /// An import is smaller at instantiation than its declared type demands.
    IncompatibleImport = 16, "wasmwright_trap_incompatible_import", "incompatible import type";
    /// An atomic access that is not aligned.
    UnalignedAtomic = 17, "wasmwright_trap_unaligned_atomic", "unaligned atomic";
    /// No room for another exception, or object, that is still referred to.
    HeapExhausted = 18, "wasmwright_trap_heap_exhausted", "heap exhausted";
    /// Another thread ended the call (`--interruptible`).
    Interrupted = 19, "wasmwright_trap_interrupted", "interrupted";
    /// All that could be spent on instructions is spent (`--fuel`).
    OutOfFuel = 20, "wasmwright_trap_out_of_fuel", "out of fuel";
}

/// The status with which a trap ends a process (`exit_group`), the one a shell shows for SIGABRT.
pub const TRAP_EXIT_STATUS: i32 = 134;
