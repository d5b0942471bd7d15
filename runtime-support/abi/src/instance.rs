//! The record of a module instance and the records inside it.
//!
//! An instance is one block of memory: an [`InstanceHeader`], [arguments](ARGUMENTS_OFFSET), then
//! the parts that the compiler's `plan/instance_layout.rs` lays out from the module: memory records, table records, import
//! slots, segment records, function references (where instances are made at run time), globals.
//! Invariant: a record never moves while its instance lives, so code may keep pointers into it.

use crate::program::ModuleDescriptor;

/// The fixed head of every instance record. Host functions get a pointer to the caller's.
#[repr(C, align(16))]
#[derive(Debug)]
pub struct InstanceHeader {
    /// State shared by the instances that call one another: activation, stack, WASI. Opaque to
    /// compiled code; the runtime sets it before the first call.
    pub store: *mut core::ffi::c_void,
    /// The memory that host functions read and write: the one exported as `memory`, else memory
    /// 0, else null.
    pub memory: *mut MemoryRecord,
    /// What the module is.
    pub module: *const ModuleDescriptor,
    /// Where instances are made at run time: the stack pointer below which compiled code traps
    /// ([`crate::trap::Trap::StackOverflow`]). Set at the outermost call. [`INTERRUPTED`] while another
    /// thread wants the call to end.
    pub stack_limit: u64,
    /// Where instances are made at run time: what may still be spent on instructions, below 0 when
    /// more was spent than there was. One number for all instances of a store.
    pub fuel: *mut i64,
    /// In libraries: the instance that the host knows, that of the last module, which functions of the
    /// host get.
    pub root: *mut InstanceHeader,
    /// In libraries: the reference of the call that is about to be made, for code that begins a call
    /// for another instance of the host's. Nothing runs in between.
    pub called: *const FunctionReference,
}

/// A [`InstanceHeader::stack_limit`] that every stack pointer is below, for which loops look as well
/// in code that can be interrupted: all ones.
pub const INTERRUPTED: u64 = u64::MAX;

/// Offset in an instance of the slots through which arguments travel that a program with tail
/// calls cannot pass in registers. The caller writes them right before the call and the callee
/// reads them first of all, so nothing runs in between. They are the slots of the callee's instance
/// (`Passed`) or of the program's first (`Static`): both sides know these, and no two threads
/// share them.
pub const ARGUMENTS_OFFSET: u64 = size_of::<InstanceHeader>() as u64;

/// How accesses to a memory are kept inside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum BoundsStrategy {
    /// The whole address range is reserved (a [`Reservation`]); what lies beyond the current length
    /// is inaccessible and an access there is a fault. `base` never changes.
    GuardPages = 0,
    /// Code compares with `length_bytes` before each access. `base` may change when the memory
    /// grows.
    Explicit = 1,
}

/// A linear memory.
#[repr(C)]
#[derive(Debug)]
pub struct MemoryRecord {
    /// Address of byte 0.
    pub base: *mut u8,
    /// Current length.
    pub length_bytes: u64,
    /// The length beyond which `memory.grow` fails: the least of the declared maximum, the
    /// implementation's cap and the policy of the host.
    pub maximum_bytes: u64,
    /// Bytes from `base` that are mapped for this memory (the reservation above the base under
    /// guard pages).
    pub mapped_bytes: u64,
    /// log2 of the page size, 16 unless the module says otherwise.
    pub page_size_log2: u32,
    /// The [`BoundsStrategy`].
    pub strategy: u32,
    /// Inaccessible bytes below `base` that belong to this memory.
    pub reserved_below_bytes: u64,
}

/// A table. Its elements are 8 bytes each: a pointer to a [`FunctionReference`], or the opaque
/// value of an `externref`; null is 0.
#[repr(C)]
#[derive(Debug)]
pub struct TableRecord {
    /// The elements. May change when the table grows.
    pub elements: *mut u64,
    /// Current length in elements.
    pub length: u64,
    /// The length beyond which `table.grow` fails.
    pub maximum: u64,
    /// Elements for which there is room at `elements`.
    pub capacity: u64,
}

/// What stands for a function type in an artifact whose instances are made at run time: one for each type
/// and library, so that equal addresses are equal types. Types of different libraries are the same if
/// both members are.
#[repr(C)]
#[derive(Debug)]
pub struct TypeRecord {
    /// [`crate::ABI_VERSION`] of the library. First in every version.
    pub abi_version: u64,
    /// A digest of the type, the same whatever modules it comes from.
    pub identity: [u64; 2],
    /// Calls functions of the library of this type for other instances, those of other libraries too. Null
    /// where no reference of this type leaves the library.
    pub call: Option<CallReference>,
}

/// Begins a call of the function that a reference is to, for its instance, by the runtime of its library. The
/// slots are as many as parameters or results, whichever are more, and one more, which is the callee's: they
/// hold the arguments, and the results afterwards. Returns what a call returns to the host; where that is not
/// 0, the first slot is the address of the [`Exception`](crate::exception::Exception) that left the call, or 0.
/// It stays until the callee's instance is called again.
pub type CallReference =
    unsafe extern "C" fn(reference: *const FunctionReference, slots: *mut ValueSlot) -> u32;

/// What a non-null `funcref` points to.
#[repr(C)]
#[derive(Debug)]
pub struct FunctionReference {
    /// Code, in the convention of compiled functions.
    pub code: *const core::ffi::c_void,
    /// Address of the symbol that stands for the canonical function type.
    pub type_id: *const core::ffi::c_void,
    /// The instance that the code takes as its first argument (`Passed` model), else null.
    pub instance: *mut InstanceHeader,
}

/// An element or data segment that `table.init` or `memory.init` may name. Dropping it sets
/// `length` to 0.
#[repr(C)]
#[derive(Debug)]
pub struct SegmentRecord {
    /// Elements (8 bytes each) or bytes.
    pub start: *const u8,
    /// Length in elements or bytes.
    pub length: u64,
}

/// Bytes of a global of any type but `v128`, which takes twice as many and is aligned to them.
pub const GLOBAL_BYTES: u64 = 8;

/// A value as it crosses between host and compiled code: integers zero-extended, floats by their
/// bits, references as in tables, vectors in both halves.
pub type ValueSlot = [u64; 2];

/// A 32-bit memory never grows beyond this many bytes, so that an executed access proves that its
/// address cannot wrap (2^32 - 64 KiB).
pub const MEMORY_CAP_BYTES: u64 = (1 << 32) - (1 << 16);

/// How far compiled code lets a recurrence of addresses run beyond the 4 GiB above the base of a
/// memory, and below its base, before it adds constants: inaccessible bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct WideningRoom {
    /// Beyond the first 4 GiB.
    pub above_bytes: u64,
    /// Below the base.
    pub below_bytes: u64,
}

impl WideningRoom {
    /// Where a process has few memories: a counter of 32 bits in steps of up to 16 bytes needs no
    /// test.
    pub const EXECUTABLE: Self = Self { above_bytes: 64 << 30, below_bytes: 64 << 30 };

    /// Where a process may have thousands.
    pub const LIBRARY: Self = Self { above_bytes: 4 << 30, below_bytes: 0 };
}

/// Address space of a memory with guard pages. All of it belongs to the memory; what is not
/// memory is inaccessible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Reservation {
    /// Bytes below the base.
    pub below_bytes: u64,
    /// Bytes from the base upwards.
    pub above_bytes: u64,
}

impl Reservation {
    /// Where every access is compared.
    pub const NONE: Self = Self { below_bytes: 0, above_bytes: 0 };

    /// Below, room and a guard for negative constants; above, 4 GiB of memory, room, 4 GiB for
    /// immediate offsets, a tail for constants and the widest access.
    pub const fn around(room: WideningRoom) -> Self {
        Self {
            below_bytes: room.below_bytes + (64 << 10),
            above_bytes: (4 << 30) + room.above_bytes + (4 << 30) + (128 << 10),
        }
    }

    /// All of it.
    pub const fn bytes(self) -> u64 {
        self.below_bytes + self.above_bytes
    }
}
