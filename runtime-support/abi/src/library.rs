//! Libraries: what a host in C hands over and gets back, and the functions that every library has;
//! and those of them that functions of the host have in a program, too.
//!
//! The header that the compiler writes for a library takes its constants and prototypes from here;
//! the runtime uses the same structures. In C texts `$` stands for the library's name.

use core::ffi::c_void;

use crate::program::ConstStr;
use crate::runtime_function::AbiType;

/// What a call returns besides 0 and the codes of [`crate::trap::Trap`]: the guest ended itself
/// (`proc_exit`), or an import of the host asked for it.
pub const EXIT: u32 = 0x100;

/// Least of the codes by which imports of a host may abandon the calls that led to them. Calls
/// return them as they are.
pub const FIRST_HOST_CODE: u32 = 0x1000;

/// Bytes of [`Error::message`].
pub const MESSAGE_BYTES: usize = 240;

/// Why there is no instance. Filled in only where there is none.
#[repr(C)]
#[derive(Debug)]
pub struct Error {
    /// An [`ErrorCode`].
    pub code: u32,
    /// [`ErrorCode::Trap`]: what a call would have returned. Else 0.
    pub trap: u32,
    /// A sentence, ended by NUL.
    pub message: [u8; MESSAGE_BYTES],
}

macro_rules! error_codes {
    ($($(#[doc = $doc:literal])* $name:ident = $code:literal, $constant:literal;)*) => {
        /// Kinds of [`Error`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u32)]
        pub enum ErrorCode { $($(#[doc = $doc])* $name = $code,)* }

        /// Of each kind: number, constant of the header, documentation.
        pub const ERROR_CODES: &[(u32, &str, &str)] = &[$(($code, $constant, concat!($($doc),*)),)*];
    };
}

error_codes! {
    /// The system has no memory left.
    OutOfMemory = 1, "OUT_OF_MEMORY";
    /// The address space of a memory cannot be reserved; explicit bounds checks need none.
    AddressSpace = 2, "ADDRESS_SPACE";
    /// An import is null.
    MissingImport = 3, "MISSING_IMPORT";
    /// A memory, a table or a tag is not of the imported type.
    IncompatibleImport = 4, "INCOMPATIBLE_IMPORT";
    /// Initialisation trapped, or ended itself.
    Trap = 5, "TRAP";
    /// The processor lacks what the code was compiled for.
    Processor = 6, "PROCESSOR";
    /// WASI could not be set up as configured.
    Wasi = 7, "WASI";
    /// A memory or a table begins larger than the limits allow.
    Limit = 8, "LIMIT";
}

/// An import that a host provides.
#[repr(C)]
#[derive(Debug)]
pub struct HostImport {
    /// The [`HostImportKind`].
    pub kind: u32,
    /// What [`HostImportKind`] says of it; else 0.
    pub detail: u32,
    /// Offset of its member in the structure of imports.
    pub member_offset: u64,
    /// Offset in the instance of the slot (or of the global itself) that gets it.
    pub slot_offset: u64,
    /// Memories (bytes) and tables (elements): the least length.
    pub minimum: u64,
    /// Memories and tables: what their own maximum must not exceed.
    pub maximum: u64,
    /// Memories under guard pages: what their reservation has at least.
    pub reservation: crate::instance::Reservation,
    /// Tags: the type.
    pub ty: *const crate::instance::TypeRecord,
    /// Module and name, for messages.
    pub name: ConstStr,
}

/// Kinds of [`HostImport`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum HostImportKind {
    /// Address of a function; the slot gets it.
    Function = 0,
    /// Address of a [`crate::instance::MemoryRecord`] with guard pages; the slot gets it. `detail`
    /// is log2 of the page size.
    GuardedMemory = 1,
    /// Likewise, explicitly checked.
    ExplicitMemory = 2,
    /// Address of a [`crate::instance::TableRecord`]; the slot gets it. `detail` is 1 where elements
    /// refer to functions: those of an instance that is freed become null.
    Table = 3,
    /// Address of a mutable global's value; the slot gets it. `detail` is 1 where the value refers to
    /// a function, as for tables.
    GlobalAddress = 4,
    /// The value of an immutable global; `detail` bytes of it are copied.
    GlobalValue = 5,
    /// Address of a [`crate::exception::TagRecord`]; the slot gets it.
    Tag = 6,
}

/// Offset in every structure of imports of the pointer that functions of the host get first.
pub const USER_OFFSET: u64 = 0;

/// Offset in every structure of imports of the [`WasiConfiguration`].
pub const WASI_OFFSET: u64 = 8;

/// Offset in every structure of imports of the [`Limits`].
pub const LIMITS_OFFSET: u64 = 16;

/// Offset in every structure of imports of the first import.
pub const FIRST_IMPORT_OFFSET: u64 = 24;

/// What an instance may use at most, besides what the module says. 0 is no such limit.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Length of each memory that the module defines.
    pub memory_bytes: u64,
    /// Length of each table that the module defines.
    pub table_elements: u64,
    /// Bytes of the calling thread's stack, instead of the artifact's own number.
    pub stack_bytes: u64,
    /// What may be spent on instructions at first, instead of the artifact's own number.
    pub fuel: u64,
}

impl Limits {
    /// Nothing but what the module says.
    pub const NONE: Self = Self { memory_bytes: 0, table_elements: 0, stack_bytes: 0, fuel: 0 };
}

/// What WASI gives to an instance. Everything is copied or opened when the instance is made.
#[repr(C)]
#[derive(Debug)]
pub struct WasiConfiguration {
    /// Number of arguments, the program's name included.
    pub argument_count: usize,
    /// Strings ended by NUL.
    pub arguments: *const *const u8,
    /// `NAME=VALUE` strings ended by NUL, then null; or null.
    pub environment: *const *const u8,
    /// Number of `directories`.
    pub directory_count: usize,
    /// What is opened.
    pub directories: *const WasiDirectory,
    /// Descriptors that serve as standard input, output and error; negative for none. They stay the
    /// host's.
    pub standard_streams: [i32; 3],
    /// What is standard input instead of a descriptor.
    pub input: Option<StreamFunction>,
    /// What is standard output instead of a descriptor.
    pub output: Option<StreamFunction>,
    /// What is standard error instead of a descriptor.
    pub error: Option<StreamFunction>,
    /// What each of these functions gets first.
    pub user: *mut c_void,
}

/// An exception as hosts see it.
#[repr(C)]
#[derive(Debug)]
pub struct HostException {
    /// Its tag.
    pub tag: *const crate::exception::TagRecord,
    /// Number of `values`.
    pub value_count: usize,
    /// What it carries.
    pub values: *const crate::instance::ValueSlot,
}

/// A standard stream that is a function of the host: gets `user`, a buffer (which output only reads), its
/// length in bytes, and where to put how many bytes it has moved. Returns 0 or an error number of
/// WASI's.
pub type StreamFunction = unsafe extern "C" fn(*mut c_void, *mut u8, usize, *mut usize) -> u32;

/// A directory that an instance may open files in.
#[repr(C)]
#[derive(Debug)]
pub struct WasiDirectory {
    /// Path on the host, ended by NUL.
    pub host: *const u8,
    /// Path that the guest sees, ended by NUL.
    pub guest: *const u8,
    /// Other than 0: the guest may only read.
    pub read_only: i32,
}

/// C declarations that all libraries of a process share. `$` is nothing here.
pub const SHARED_DECLARATIONS: &str = include_str!("library.h");

/// A function that libraries have besides their own.
#[derive(Clone, Copy, Debug)]
pub struct LibraryFunction {
    /// What follows `wasmwright_$_` in its name.
    pub name: &'static str,
    /// The runtime's function that does it.
    pub symbol: &'static str,
    /// Whether the runtime's function gets the address of the program's descriptor first.
    pub takes_program: bool,
    /// Types of its parameters.
    pub parameters: &'static [AbiType],
    /// Type of its result.
    pub result: Option<AbiType>,
    /// Its declaration in C but for the name, which stands for `@`.
    pub declaration: &'static str,
    /// For the header.
    pub documentation: &'static str,
}

macro_rules! library_functions {
    ($(#[doc = $doc:literal])* $functions:ident: $($name:literal, $symbol:literal, $takes_program:literal, ($($parameter:ident),*) $(-> $result:ident)?,
       $declaration:literal, $documentation:literal;)*) => {
        $(#[doc = $doc])*
        pub const $functions: &[LibraryFunction] = &[$(LibraryFunction {
            name: $name,
            symbol: $symbol,
            takes_program: $takes_program,
            parameters: &[$(AbiType::$parameter),*],
            result: library_functions!(@result $($result)?),
            declaration: $declaration,
            documentation: $documentation,
        },)*];
    };
    (@result) => { None };
    (@result $result:ident) => { Some(AbiType::$result) };
}

library_functions! {
    /// Those of every library alone.
    FUNCTIONS:
    "instantiate", "wasmwright_library_instantiate", true, (Pointer, Pointer) -> Pointer,
    "wasmwright_$_t *@(const wasmwright_$_imports_t *imports, wasmwright_$_error_t *error)",
    "Makes an instance. `imports` may be null where the module needs none; it is not used after\n\
     the return, but what its members point to is. Returns null where there is no instance, and then\n\
     fills in `error` unless that is null. Any number of threads may do this at once.";
    "free", "wasmwright_library_free", false, (Pointer),
    "void @(wasmwright_$_t *instance)",
    "Gives back all that an instance has; null does nothing. No call of it may be running. What refers\n\
     to its functions in tables and globals that it imports from you becomes null. Other copies of such\n\
     references, in tables, globals and variables of other instances or of yours, do not, and must not be\n\
     used any more: free an instance after those that may have such.";
    "exit_status", "wasmwright_library_exit_status", false, (Pointer) -> I32,
    "uint32_t @(const wasmwright_$_t *instance)",
    "The status with which the guest ended itself, after a call returned WASMWRIGHT_EXIT.";
    "set_stack_size", "wasmwright_library_set_stack_size", false, (Pointer, I64),
    "void @(wasmwright_$_t *instance, uint64_t bytes)",
    "From the next outermost call on, the guest may use so much of the calling thread's stack, which\n\
     must have 128 KiB more than that left.";
    "memory_create", "wasmwright_library_memory_create", true, (I64, I64) -> Pointer,
    "wasmwright_memory_t *@(uint64_t initial_bytes, uint64_t maximum_bytes)",
    "Makes a memory for instances of this library to import; null where the system has no room.\n\
     Lengths are multiples of 65536.";
    "memory_destroy", "wasmwright_library_memory_destroy", false, (Pointer),
    "void @(wasmwright_memory_t *memory)",
    "Gives a memory back that wasmwright_$_memory_create made. No instance may use it any more.";
    "table_create", "wasmwright_library_table_create", false, (I64, I64) -> Pointer,
    "wasmwright_table_t *@(uint64_t initial, uint64_t maximum)",
    "Makes a table of null references for instances of this library to import; null where the system\n\
     has no room.";
    "table_destroy", "wasmwright_library_table_destroy", false, (Pointer),
    "void @(wasmwright_table_t *table)",
    "Gives a table back that wasmwright_$_table_create made. No instance may use it any more.";
}

library_functions! {
    /// Those of every library, and of programs that are linked with functions of a host.
    HOST_FUNCTIONS:
    "exit", "wasmwright_library_exit", false, (Pointer, I32) -> I32,
    "wasmwright_trap_t @(wasmwright_$_t *instance, uint32_t status)",
    "For functions of the host: `return` what this returns to end the calls that led there, as the\n\
     guest's own exit with that status would.";
    "memory_size", "wasmwright_library_memory_size", false, (Pointer) -> I64,
    "uint64_t @(const wasmwright_memory_t *memory)",
    "Length of a memory in bytes.";
    "memory_data", "wasmwright_library_memory_data", false, (Pointer) -> Pointer,
    "uint8_t *@(const wasmwright_memory_t *memory)",
    "Address of a memory's byte 0. It may change when an explicitly checked memory grows; what lies\n\
     beyond the length must not be touched.";
    "memory_grow", "wasmwright_library_memory_grow", false, (Pointer, I64) -> I32,
    "bool @(wasmwright_memory_t *memory, uint64_t pages)",
    "Makes a memory longer by so many of its pages; false where that is not allowed or the system has\n\
     no room.";
    "memory_read", "wasmwright_library_memory_read", false, (Pointer, I64, Pointer, I64) -> I32,
    "bool @(const wasmwright_memory_t *memory, uint64_t address, void *to, size_t bytes)",
    "Copies out of a memory; false, and nothing is copied, where that is not all inside it.";
    "memory_write", "wasmwright_library_memory_write", false, (Pointer, I64, Pointer, I64) -> I32,
    "bool @(wasmwright_memory_t *memory, uint64_t address, const void *from, size_t bytes)",
    "Copies into a memory; false, and nothing is copied, where that is not all inside it.";
    "table_size", "wasmwright_library_table_size", false, (Pointer) -> I64,
    "uint64_t @(const wasmwright_table_t *table)",
    "Length of a table in elements.";
    "table_grow", "wasmwright_library_table_grow", false, (Pointer, I64, Pointer) -> I32,
    "bool @(wasmwright_table_t *table, uint64_t elements, wasmwright_reference_t value)",
    "Makes a table longer by so many elements of that value; false where that is not allowed or the\n\
     system has no room.";
    "table_get", "wasmwright_library_table_get", false, (Pointer, I64, Pointer) -> I32,
    "bool @(const wasmwright_table_t *table, uint64_t index, wasmwright_reference_t *value)",
    "Reads an element; false where there is none.";
    "table_set", "wasmwright_library_table_set", false, (Pointer, I64, Pointer) -> I32,
    "bool @(wasmwright_table_t *table, uint64_t index, wasmwright_reference_t value)",
    "Writes an element; false where there is none. A table of functions holds references that came\n\
     from instances, of this library or of others, that are not freed.";
}

library_functions! {
    /// Those of libraries that throw, or handle exceptions.
    THROWING_FUNCTIONS:
    "exception", "wasmwright_library_exception", false, (Pointer, Pointer) -> I32,
    "bool @(const wasmwright_$_t *instance, wasmwright_exception_t *exception)",
    "The exception for which a call of the instance returned WASMWRIGHT_TRAP_UNCAUGHT_EXCEPTION; false where\n\
     there is none. Its values stay where they are until the instance is called again or freed.";
    "throw", "wasmwright_library_throw", false, (Pointer, Pointer) -> I32,
    "wasmwright_trap_t @(wasmwright_$_t *instance, const wasmwright_exception_t *exception)",
    "For functions of the host: `return` what this returns to throw an exception in the instance that\n\
     called, such as the one that a call of another instance ended with. The tag must be that of a live\n\
     instance as long as this one may have the exception, the values of the tag's types.";
}

library_functions! {
    /// Those of libraries whose calls can be ended from other threads.
    INTERRUPTIBLE_FUNCTIONS:
    "interrupt", "wasmwright_library_interrupt", false, (Pointer),
    "void @(wasmwright_$_t *instance)",
    "Ends the call that is running, or else the next one, with WASMWRIGHT_TRAP_INTERRUPTED: at a call\n\
     or the next round of a loop, so not while a function of yours, a system call or one instruction on\n\
     much memory takes its time. Of calls within calls it ends the innermost one that runs or begins\n\
     to. Any thread may call this, and a signal handler, while the instance lives.";
    "interrupt_clear", "wasmwright_library_interrupt_clear", false, (Pointer),
    "void @(wasmwright_$_t *instance)",
    "Takes back an interruption that no call has met yet. To be called as other functions of the\n\
     instance are.";
}

library_functions! {
    /// Those of libraries that count instructions.
    METERED_FUNCTIONS:
    "fuel_get", "wasmwright_library_fuel_get", false, (Pointer) -> I64,
    "uint64_t @(const wasmwright_$_t *instance)",
    "What the instance may still spend: one unit for each instruction of the module that is executed,\n\
     but for `nop`, `block`, `loop`, `else`, `end` and what begins and ends handlers. The same at every\n\
     optimisation level. 0 after WASMWRIGHT_TRAP_OUT_OF_FUEL.";
    "fuel_set", "wasmwright_library_fuel_set", false, (Pointer, I64),
    "void @(wasmwright_$_t *instance, uint64_t units)",
    "Sets what the instance may spend. Functions of yours may do so during a call.";
    "fuel_add", "wasmwright_library_fuel_add", false, (Pointer, I64),
    "void @(wasmwright_$_t *instance, uint64_t units)",
    "Adds to what the instance may spend.";
}

/// Compiled code's entry for a call from the host, of a library or in a program: instance, entry of the export
/// ([`crate::program::InvokeFunction`]), slots. Returns what the call returns to the host.
pub const CALL_SYMBOL: &str = "wasmwright_library_call";
