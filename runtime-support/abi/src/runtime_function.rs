//! The functions that compiled code calls in the runtime, other than traps and WASI. C
//! convention. None of them traps: one that can fail says so and compiled code raises the trap,
//! so that the place of a trap is always in compiled code.

/// Types of parameters and results in this crate's tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AbiType {
    /// 32-bit integer.
    I32,
    /// 64-bit integer.
    I64,
    /// Address.
    Pointer,
}

/// Calls `$receiver!` with the table: `name, "symbol", (parameters) -> result;` rows. The types
/// are `u32`, `u64` and pointers, so that the runtime can check its bodies against them.
#[macro_export]
macro_rules! for_each_runtime_function {
    ($receiver:ident) => {
        $receiver! {
            /// `memory.grow`: the length before in pages, or `u64::MAX` where it cannot grow.
            MemoryGrow, "wasmwright_memory_grow", (*mut MemoryRecord, u64) -> u64;
            /// `table.grow` by that many elements of that value: the length before, or `u64::MAX`.
            TableGrow, "wasmwright_table_grow", (*mut TableRecord, u64, u64) -> u64;
            /// `table.fill` (table, start, value, count): 0, or 1 when out of bounds.
            TableFill, "wasmwright_table_fill", (*mut TableRecord, u64, u64, u64) -> u32;
            /// `table.copy` (to, from, to start, from start, count): 0, or 1 when out of bounds.
            TableCopy, "wasmwright_table_copy", (*mut TableRecord, *mut TableRecord, u64, u64, u64) -> u32;
            /// `table.init` (table, segment, table start, segment start, count): 0, or 1 when out
            /// of bounds.
            TableInit, "wasmwright_table_init", (*mut TableRecord, *mut SegmentRecord, u64, u64, u64) -> u32;
            /// Active element segment of a static instance (table, elements, table start, count):
            /// 0, or 1 when out of bounds.
            TableWrite, "wasmwright_table_write", (*mut TableRecord, *mut u64, u64, u64) -> u32;
            /// A call of an import that nobody provides (instance, name, name's length): never
            /// returns.
            UnknownImport, "wasmwright_unknown_import", (*mut InstanceHeader, *mut u8, u64) -> u32;
            /// Abandons the computation with what an import of the host returned instead of 0: never
            /// returns.
            Raise, "wasmwright_raise", (*mut InstanceHeader, u32) -> u32;
            /// Room for an exception of a tag: its address, or 0 where there is none.
            ExceptionNew, "wasmwright_exception_new", (*mut InstanceHeader, *mut TagRecord) -> u64;
            /// A handler is done with an exception.
            ExceptionRelease, "wasmwright_exception_release", (*mut InstanceHeader, *mut Exception) -> u32;
            /// The exception that goes on after a function of the host returned that code, which is not 0:
            /// its address, or 0 where none does.
            ExceptionThrown, "wasmwright_exception_thrown", (*mut InstanceHeader, u32) -> u64;
            /// The exception that left a call for this instance which returned that code: its address, or
            /// 0 where none did.
            ExceptionLeft, "wasmwright_exception_left", (*mut InstanceHeader, u32) -> u64;
            /// The same exception for this instance as one, perhaps null, that left a call for another
            /// one: its address, or 0 where there is none.
            ExceptionAdopt, "wasmwright_exception_adopt", (*mut InstanceHeader, *mut Exception) -> u64;
            /// Unwinds to the nearest landing pad outside of the function that calls it, or traps:
            /// never returns.
            Throw, "wasmwright_throw", (*mut InstanceHeader, *mut Exception) -> u32;
        }
    };
}

macro_rules! abi_type {
    (u32) => {
        AbiType::I32
    };
    (u64) => {
        AbiType::I64
    };
    (*mut $pointee:ident) => {
        AbiType::Pointer
    };
}

macro_rules! define {
    ($($(#[$doc:meta])* $name:ident, $symbol:literal,
       ($($(*mut $pointee:ident)? $($scalar:ident)?),*) -> $result:ident;)*) => {
        /// A function of the runtime that compiled code calls.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum RuntimeFunction { $($(#[$doc])* $name,)* }

        impl RuntimeFunction {
            /// All of them.
            pub const ALL: &[RuntimeFunction] = &[$(RuntimeFunction::$name,)*];

            /// Its symbol.
            pub const fn symbol(self) -> &'static str {
                match self { $(RuntimeFunction::$name => $symbol,)* }
            }

            /// Types of its parameters.
            pub const fn parameters(self) -> &'static [AbiType] {
                match self {
                    $(RuntimeFunction::$name => &[$($(abi_type!(*mut $pointee))? $(abi_type!($scalar))?),*],)*
                }
            }

            /// Type of its result.
            pub const fn result(self) -> AbiType {
                match self { $(RuntimeFunction::$name => abi_type!($result),)* }
            }
        }
    };
}

for_each_runtime_function!(define);

/// Library functions that LLVM may call from compiled code and that the runtime therefore
/// provides. The link fails on any other undefined symbol.
pub const LIBRARY_CALLS: &[&str] = &[
    "memcpy",
    "memmove",
    "memset",
    "memcmp",
    "bcmp",
    "floor",
    "floorf",
    "ceil",
    "ceilf",
    "trunc",
    "truncf",
    "rint",
    "rintf",
    "nearbyint",
    "nearbyintf",
    "roundeven",
    "roundevenf",
    "fma",
    "fmaf",
    // 128-bit division: LLVM's loop passes compute trip counts with it.
    "__udivti3",
    "__umodti3",
    "__divti3",
    "__modti3",
];
