//! What an artifact tells the runtime about itself: constant descriptors, written by the
//! compiler's `metadata/`, found by the runtime at [`crate::PROGRAM_SYMBOL`].
//!
//! Pointers in them are ordinary relocated addresses. Strings are UTF-8 without a terminator.

use core::ffi::c_void;

use crate::instance::{InstanceHeader, ValueSlot};
use crate::profile::{ProfileDescriptor, WriteProfileFunction};

/// A constant array.
#[repr(C)]
#[derive(Debug)]
pub struct ConstSlice<T> {
    /// First element; any value when `length` is 0.
    pub start: *const T,
    /// Number of elements.
    pub length: u64,
}

/// A constant string.
pub type ConstStr = ConstSlice<u8>;

impl<T> ConstSlice<T> {
    /// The elements.
    ///
    /// # Safety
    /// The descriptor must be one that the compiler wrote and the loader relocated.
    pub const unsafe fn as_slice(&self) -> &[T] {
        if self.length == 0 {
            return &[];
        }
        // SAFETY: the compiler wrote `length` elements at `start`.
        unsafe { core::slice::from_raw_parts(self.start, self.length as usize) }
    }
}

/// Compiled entry in C convention: arguments are read from `slots`, results written over them
/// from the first slot on. `slots` holds as many as the larger of both.
pub type InvokeFunction = unsafe extern "C" fn(*mut InstanceHeader, slots: *mut ValueSlot);

/// Runs what instantiation leaves to run time: globals, segments, the start function. C
/// convention.
pub type InitializeFunction = unsafe extern "C" fn(*mut InstanceHeader);

/// The whole artifact.
#[repr(C)]
#[derive(Debug)]
pub struct ProgramDescriptor {
    /// [`crate::ABI_VERSION`].
    pub abi_version: u32,
    /// Bits of [`program_flag`].
    pub flags: u32,
    /// Index into `modules` of the module that `entry_export` belongs to.
    pub entry_module: u32,
    /// Index into that module's `exports`.
    pub entry_export: u32,
    /// What the code needs of the processor.
    pub cpu: CpuNeeds,
    /// What to do once the modules are instantiated: address of [`EntryKind::symbol`]. The link
    /// drops the entries that a program does not name.
    pub entry: Option<EntryFunction>,
    /// Address of [`crate::wasi::SETUP_SYMBOL`], or its variant with listeners, where the program
    /// imports WASI, else null.
    pub wasi_setup: Option<WasiSetupFunction>,
    /// The same for libraries, which make and close it with each instance: null where there is none.
    pub library_wasi: LibraryWasi,
    /// Address of [`HANDLE_FAULTS_SYMBOL`] in libraries whose memories have guard pages, else null:
    /// then nothing in the library has to do with signals.
    pub handle_faults: Option<HandleFaultsFunction>,
    /// Size of the stack on which Wasm runs, without its guard. In libraries, how much of the calling
    /// thread's it may use.
    pub stack_bytes: u64,
    /// In libraries: what an instance may spend on instructions at first, if its host says nothing else.
    pub fuel: u64,
    /// The linked modules, in the order in which they are instantiated.
    pub modules: ConstSlice<ModuleDescriptor>,
    /// What the program may reach, as granted at compile time.
    pub grants: ConstSlice<Grant>,
    /// Address of [`BACKTRACE_SYMBOL`] where there is a trap table, else null.
    pub backtrace: Option<BacktraceFunction>,
    /// [`crate::trap_table`].
    pub trap_table: ConstSlice<u8>,
    /// Where the code of each unit begins, in the order of the table; ascending.
    pub code: ConstSlice<*const c_void>,
    /// Address of [`crate::profile::WRITE_PROFILE_SYMBOL`] where the program records a profile, else
    /// null.
    pub write_profile: Option<WriteProfileFunction>,
    /// What it writes; null where there is none.
    pub profile: *const ProfileDescriptor,
}

/// What code needs of the processor, in the terms of its architecture.
#[repr(C)]
#[derive(Debug)]
pub struct CpuNeeds {
    /// x86-64: the level, 1 to 4 for x86-64-v1 to v4; 0 where nothing is checked.
    pub level: u32,
    /// Must be 0.
    pub reserved: u32,
    /// AArch64: bits of the auxiliary vector's `AT_HWCAP` and `AT_HWCAP2`.
    pub capabilities: [u64; 2],
    /// Names of these bits from the lowest one on, a space between each two.
    pub names: ConstStr,
}

impl CpuNeeds {
    /// Nothing.
    pub const NONE: Self = Self {
        level: 0,
        reserved: 0,
        capabilities: [0; 2],
        names: ConstSlice { start: core::ptr::null(), length: 0 },
    };
}

/// Functions of the runtime, for the instances of a library.
#[repr(C)]
#[derive(Debug)]
pub struct LibraryWasi {
    /// Gets the store, the host's structure of imports (or null), and room for the runtime's own
    /// description of a failure; whether there is one.
    pub set_up:
        Option<unsafe extern "C" fn(store: *mut c_void, imports: *const u8, failure: *mut c_void) -> u32>,
    /// Gets the store. Closes what the guest has open.
    pub close: Option<unsafe extern "C" fn(store: *mut c_void)>,
}

impl LibraryWasi {
    /// Nothing.
    pub const NONE: Self = Self { set_up: None, close: None };

    /// Symbols of the two.
    pub const SYMBOLS: [&str; 2] = ["wasmwright_library_wasi_set_up", "wasmwright_library_wasi_close"];
}

/// Makes faults of the library's code traps, from the first call on.
pub type HandleFaultsFunction = unsafe extern "C" fn();

/// Symbol of the [`HandleFaultsFunction`].
pub const HANDLE_FAULTS_SYMBOL: &str = "wasmwright_library_handle_faults";

/// Prints the frames of the Wasm code that trapped. `registers` are the runtime's own, opaque here.
pub type BacktraceFunction = unsafe extern "C" fn(store: *const c_void, registers: *const c_void);

/// Symbol of the [`BacktraceFunction`].
pub const BACKTRACE_SYMBOL: &str = "wasmwright_backtrace";

/// The runtime's body of an [`EntryKind`]. Gets the runtime's store, returns the exit status.
pub type EntryFunction = unsafe extern "C" fn(store: *mut c_void) -> i32;

/// Makes the state that WASI functions find in the store.
pub type WasiSetupFunction = unsafe extern "C" fn(store: *mut c_void);

/// How a program begins once its modules are instantiated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// Nothing: a library, or a module that only has a start function.
    None,
    /// Call the export (`_start`) without arguments, then exit with 0.
    Command,
    /// Call `_initialize` if the module exports it, then the export with the process's arguments
    /// parsed by type, and print its results.
    Invoke,
    /// Execute a script of calls (tests only). Nothing is instantiated before it.
    Script,
}

impl EntryKind {
    /// The function of the runtime for [`ProgramDescriptor::entry`]; `None` leaves that null.
    pub const fn symbol(self) -> Option<&'static str> {
        match self {
            EntryKind::None => None,
            EntryKind::Command => Some("wasmwright_entry_command"),
            EntryKind::Invoke => Some("wasmwright_entry_invoke"),
            EntryKind::Script => Some("wasmwright_entry_script"),
        }
    }
}

/// Bits of [`ProgramDescriptor::flags`].
pub mod program_flag {
    /// Grants at launch (`WASMWRIGHT_DIR`, `WASMWRIGHT_ENV`) are ignored.
    pub const SEALED: u32 = 1 << 0;
    /// The whole environment of the process is the guest's.
    pub const INHERIT_ENVIRONMENT: u32 = 1 << 1;
    /// The entry instantiates the modules itself ([`super::EntryKind::Script`]).
    pub const ENTRY_INSTANTIATES: u32 = 1 << 2;
    /// Memories are checked by comparison, on request (`--bounds-checks=explicit`).
    pub const EXPLICIT_CHECKS: u32 = 1 << 3;
    /// Calls can be ended from other threads (`--interruptible`).
    pub const INTERRUPTIBLE: u32 = 1 << 4;
}

/// One capability.
#[repr(C)]
#[derive(Debug)]
pub struct Grant {
    /// The [`GrantKind`].
    pub kind: u32,
    /// Directories: 1 for read-only. Variables: 1 when the value is taken at launch.
    pub flag: u32,
    /// Directory: host path. Variable: name. Listener: address.
    pub host: ConstStr,
    /// Directory: guest path. Variable: value.
    pub guest: ConstStr,
}

/// Kinds of [`Grant`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum GrantKind {
    /// `--dir`
    Directory = 0,
    /// `--env`
    Variable = 1,
    /// `--tcplisten`
    Listener = 2,
}

/// One module of the program.
#[repr(C)]
#[derive(Debug)]
pub struct ModuleDescriptor {
    /// The module's name, for messages.
    pub name: ConstStr,
    /// The instance record where there is one at link time (`Static`), else null: then an
    /// instance is made of `instance_bytes` zero bytes.
    pub instance: *mut InstanceHeader,
    /// Size of the instance record.
    pub instance_bytes: u64,
    /// Offset of the memory record that goes to [`InstanceHeader::memory`], or of the import slot
    /// that points to it if `host_memory_is_import`; `u64::MAX` for none.
    pub host_memory_offset: u64,
    /// See `host_memory_offset`.
    pub host_memory_is_import: u64,
    /// Memories that the module defines.
    pub memories: ConstSlice<MemoryDescriptor>,
    /// Tables that the module defines.
    pub tables: ConstSlice<TableDescriptor>,
    /// Tags that the module defines.
    pub tags: ConstSlice<TagDescriptor>,
    /// Segments with a record in the instance. Empty where the record is initialised at link
    /// time.
    pub segments: ConstSlice<SegmentDescriptor>,
    /// Function references to be written into the instance (`Passed`), consecutive from
    /// `function_references_offset`.
    pub function_references: ConstSlice<FunctionReferenceDescriptor>,
    /// See `function_references`.
    pub function_references_offset: u64,
    /// Import slots to be filled from instances of this program (`Passed`).
    pub imports: ConstSlice<ImportDescriptor>,
    /// Imports to be filled from what a host hands over (`Passed`).
    pub host_imports: ConstSlice<crate::library::HostImport>,
    /// What the module exports.
    pub exports: ConstSlice<ExportDescriptor>,
    /// See [`InitializeFunction`]; none when there is nothing left to do.
    pub initialize: Option<InitializeFunction>,
}

/// A memory to create at start-up or instantiation.
#[repr(C)]
#[derive(Debug)]
pub struct MemoryDescriptor {
    /// Offset of its [`crate::instance::MemoryRecord`] in the instance.
    pub record_offset: u64,
    /// Length at the start.
    pub minimum_bytes: u64,
    /// See [`crate::instance::MemoryRecord::maximum_bytes`].
    pub maximum_bytes: u64,
    /// log2 of the page size.
    pub page_size_log2: u32,
    /// The [`crate::instance::BoundsStrategy`].
    pub strategy: u32,
    /// Address space under guard pages.
    pub reservation: crate::instance::Reservation,
    /// Initial contents; all else is zero. Ascending and disjoint.
    pub images: ConstSlice<DataImage>,
}

/// A stretch of a memory's initial contents.
#[repr(C)]
#[derive(Debug)]
pub struct DataImage {
    /// First byte in the memory.
    pub offset: u64,
    /// The bytes. Where `movable`, both `bytes` and `offset` are multiples of 64 KiB, the section
    /// is writable and used by nothing else up to the next multiple of 64 KiB, and start-up may
    /// move its pages into the memory. Instances of libraries map copies of them.
    pub bytes: ConstSlice<u8>,
    /// 1 if the pages may be moved, else they are copied.
    pub movable: u64,
}

/// A table to create.
#[repr(C)]
#[derive(Debug)]
pub struct TableDescriptor {
    /// Offset of its [`crate::instance::TableRecord`] in the instance.
    pub record_offset: u64,
    /// Elements at the start, all null.
    pub minimum: u64,
    /// Elements at most.
    pub maximum: u64,
    /// Elements known at link time: exactly `minimum` of them, writable, used in place. Null
    /// where there are none: then room is mapped at start.
    pub image: *mut u64,
}

/// A tag to create.
#[repr(C)]
#[derive(Debug)]
pub struct TagDescriptor {
    /// Offset of its [`crate::exception::TagRecord`] in the instance.
    pub record_offset: u64,
    /// See [`crate::exception::TagRecord::ty`].
    pub ty: *const crate::instance::TypeRecord,
    /// See [`crate::exception::TagRecord::value_count`].
    pub value_count: u64,
    /// Its name, for messages.
    pub name: ConstStr,
}

/// A passive or declared segment of an instance made at run time.
#[repr(C)]
#[derive(Debug)]
pub struct SegmentDescriptor {
    /// Offset of its [`crate::instance::SegmentRecord`] in the instance.
    pub record_offset: u64,
    /// Data: the bytes. Elements: `u32` indices, 0 for null, n for function reference n - 1 of
    /// the instance.
    pub start: *const u8,
    /// Bytes or elements.
    pub length: u64,
    /// Elements: offset in the instance of room for `length` elements; `u64::MAX` for data.
    pub elements_offset: u64,
}

/// A [`crate::instance::FunctionReference`] of an instance made at run time.
#[repr(C)]
#[derive(Debug)]
pub struct FunctionReferenceDescriptor {
    /// Code, in the convention of compiled functions.
    pub code: *const c_void,
    /// Address of the type's symbol.
    pub type_id: *const c_void,
}

/// An import slot: `*(instance + slot_offset) = instances[provider] + provider_offset`.
#[repr(C)]
#[derive(Debug)]
pub struct ImportDescriptor {
    /// Offset of the slot in the importing instance.
    pub slot_offset: u64,
    /// Index in [`ProgramDescriptor::modules`] of the module that defines the item.
    pub provider: u64,
    /// Offset of the item in the provider's record.
    pub provider_offset: u64,
}

/// Kinds of exports, numbered as in the binary format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum ExportKind {
    /// A function.
    Function = 0,
    /// A table.
    Table = 1,
    /// A memory.
    Memory = 2,
    /// A global.
    Global = 3,
    /// A tag.
    Tag = 4,
}

/// One export.
#[repr(C)]
#[derive(Debug)]
pub struct ExportDescriptor {
    /// Its name.
    pub name: ConstStr,
    /// The [`ExportKind`].
    pub kind: u32,
    /// Functions: 0. Else the index in [`ProgramDescriptor::modules`] of the module that defines
    /// the item (which differs from this one where an import is exported again).
    pub provider: u32,
    /// Functions: 0. Else the offset of the item in its provider's record.
    pub offset: u64,
    /// Functions: types of the parameters. Globals: their type. A byte each, as in the binary
    /// format (0x7F i32, 0x7E i64, 0x7D f32, 0x7C f64, 0x7B v128, 0x70 funcref, 0x6F externref,
    /// 0x69 exnref;
    /// other references as the nearer of the last two).
    pub parameters: ConstStr,
    /// Functions: types of the results.
    pub results: ConstStr,
    /// Functions: the entry.
    pub invoke: Option<InvokeFunction>,
}
