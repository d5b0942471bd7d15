//! Structures and constants of WASI preview 1, as they lie in guest memory.
//!
//! Invariant: size and offset of every field are those of the specification's witx document
//! (asserted below). Structures cross into guest memory by value and unaligned, so padding is
//! spelled out as fields: no uninitialised byte of ours reaches the guest.

use core::mem::offset_of;

/// File types.
pub mod filetype {
    /// Pipes, and whatever WASI has no name for.
    pub const UNKNOWN: u8 = 0;
    /// Block device.
    pub const BLOCK_DEVICE: u8 = 1;
    /// Character device.
    pub const CHARACTER_DEVICE: u8 = 2;
    /// Directory.
    pub const DIRECTORY: u8 = 3;
    /// Regular file.
    pub const REGULAR_FILE: u8 = 4;
    /// Datagram socket.
    pub const SOCKET_DGRAM: u8 = 5;
    /// Stream socket.
    pub const SOCKET_STREAM: u8 = 6;
    /// Symbolic link.
    pub const SYMBOLIC_LINK: u8 = 7;
}

/// Flags of a descriptor.
pub mod fdflags {
    /// Every write goes to the end.
    pub const APPEND: u32 = 1 << 0;
    /// Writes complete when the data is on the medium.
    pub const DSYNC: u32 = 1 << 1;
    /// Reads and writes do not wait.
    pub const NONBLOCK: u32 = 1 << 2;
    /// Reads wait like writes.
    pub const RSYNC: u32 = 1 << 3;
    /// Writes complete when data and metadata are on the medium.
    pub const SYNC: u32 = 1 << 4;
    /// All of them.
    pub const ALL: u32 = (1 << 5) - 1;
}

/// How `path_open` opens.
pub mod oflags {
    /// Create the file if it does not exist.
    pub const CREAT: u32 = 1 << 0;
    /// Fail if it is not a directory.
    pub const DIRECTORY: u32 = 1 << 1;
    /// Fail if it exists.
    pub const EXCL: u32 = 1 << 2;
    /// Cut it to nothing.
    pub const TRUNC: u32 = 1 << 3;
    /// All of them.
    pub const ALL: u32 = (1 << 4) - 1;
}

/// The one lookup flag: follow a symbolic link in the last component.
pub const SYMLINK_FOLLOW: u32 = 1 << 0;

/// Which timestamps to set, and to what.
pub mod fstflags {
    /// Set the time of the last access to the argument.
    pub const ATIM: u32 = 1 << 0;
    /// Set it to now.
    pub const ATIM_NOW: u32 = 1 << 1;
    /// Set the time of the last modification to the argument.
    pub const MTIM: u32 = 1 << 2;
    /// Set it to now.
    pub const MTIM_NOW: u32 = 1 << 3;
    /// All of them.
    pub const ALL: u32 = (1 << 4) - 1;
}

/// Clocks.
pub mod clockid {
    /// Wall clock.
    pub const REALTIME: u32 = 0;
    /// Clock that never goes back.
    pub const MONOTONIC: u32 = 1;
    /// CPU time of the process.
    pub const PROCESS_CPUTIME: u32 = 2;
    /// CPU time of the thread.
    pub const THREAD_CPUTIME: u32 = 3;
}

/// Nanoseconds in a second.
pub const NANOSECONDS: u64 = 1_000_000_000;

/// Types of events.
pub mod eventtype {
    /// A point in time has come.
    pub const CLOCK: u8 = 0;
    /// A descriptor can be read.
    pub const FD_READ: u8 = 1;
    /// A descriptor can be written.
    pub const FD_WRITE: u8 = 2;
}

/// Flag of an event on a descriptor: the peer has closed it.
pub const EVENT_HANGUP: u16 = 1 << 0;
/// Flag of a clock subscription: its timeout is a point in time, not a duration.
pub const CLOCK_ABSOLUTE: u16 = 1 << 0;

/// Values that may lie in guest memory.
///
/// # Safety
/// Every bit pattern must be a value, and no byte may be padding.
pub unsafe trait GuestValue: Copy {}

// SAFETY: integers.
unsafe impl GuestValue for u8 {}
// SAFETY: integers.
unsafe impl GuestValue for u16 {}
// SAFETY: integers.
unsafe impl GuestValue for u32 {}
// SAFETY: integers.
unsafe impl GuestValue for u64 {}

macro_rules! guest_structures {
    ($($(#[$doc:meta])* struct $name:ident($size:literal) { $($field:ident: $type:ty = $offset:literal,)* })*) => {$(
        $(#[$doc])*
        #[repr(C)]
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        #[allow(missing_docs, reason = "the names are those of the specification")]
        pub struct $name { $(pub $field: $type,)* }

        // SAFETY: integers and arrays of them; the assertion shows that they fill the structure.
        unsafe impl GuestValue for $name {}

        const _: () = {
            assert!(size_of::<$name>() == $size);
            assert!(0 $(+ size_of::<$type>())* == $size);
            $(assert!(offset_of!($name, $field) == $offset);)*
        };
    )*};
}

guest_structures! {
    /// Element of a list of buffers.
    struct Iovec(8) {
        buffer: u32 = 0,
        length: u32 = 4,
    }

    /// What `fd_fdstat_get` writes.
    struct Fdstat(24) {
        filetype: u8 = 0,
        padding: u8 = 1,
        flags: u16 = 2,
        padding_2: u32 = 4,
        rights_base: u64 = 8,
        rights_inheriting: u64 = 16,
    }

    /// What `fd_prestat_get` writes.
    struct Prestat(8) {
        tag: u8 = 0,
        padding: [u8; 3] = 1,
        name_length: u32 = 4,
    }

    /// Head of an entry of `fd_readdir`; the name follows.
    struct Dirent(24) {
        next: u64 = 0,
        inode: u64 = 8,
        name_length: u32 = 16,
        filetype: u8 = 20,
        padding: [u8; 3] = 21,
    }

    /// What `fd_filestat_get` and `path_filestat_get` write.
    struct Filestat(64) {
        device: u64 = 0,
        inode: u64 = 8,
        filetype: u8 = 16,
        padding: [u8; 7] = 17,
        links: u64 = 24,
        size: u64 = 32,
        accessed: u64 = 40,
        modified: u64 = 48,
        changed: u64 = 56,
    }

    /// [`Filestat`] of `wasi_unstable`: its count of links is narrower.
    struct UnstableFilestat(56) {
        device: u64 = 0,
        inode: u64 = 8,
        filetype: u8 = 16,
        padding: [u8; 3] = 17,
        links: u32 = 20,
        size: u64 = 24,
        accessed: u64 = 32,
        modified: u64 = 40,
        changed: u64 = 48,
    }

    /// What `poll_oneoff` reads. The words are a union: for a clock its number, the timeout, the
    /// precision and flags; for a descriptor its number.
    struct Subscription(48) {
        userdata: u64 = 0,
        kind: u8 = 8,
        padding: [u8; 7] = 9,
        number: u32 = 16,
        padding_2: u32 = 20,
        timeout: u64 = 24,
        precision: u64 = 32,
        flags: u16 = 40,
        padding_3: [u16; 3] = 42,
    }

    /// [`Subscription`] of `wasi_unstable`: a clock has an identifier of its own in front, so its
    /// number comes a word later. That of a descriptor is the low half of `identifier`.
    struct UnstableSubscription(56) {
        userdata: u64 = 0,
        kind: u8 = 8,
        padding: [u8; 7] = 9,
        identifier: u64 = 16,
        clock: u32 = 24,
        padding_2: u32 = 28,
        timeout: u64 = 32,
        precision: u64 = 40,
        flags: u16 = 48,
        padding_3: [u16; 3] = 50,
    }

    /// What `poll_oneoff` writes, in both versions.
    struct Event(32) {
        userdata: u64 = 0,
        error: u16 = 8,
        kind: u8 = 10,
        padding: [u8; 5] = 11,
        bytes: u64 = 16,
        flags: u16 = 24,
        padding_2: [u16; 3] = 26,
    }
}
