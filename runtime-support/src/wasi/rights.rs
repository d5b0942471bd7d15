//! Rights: what may be done through a descriptor (`base`) and through descriptors opened from it
//! (`inheriting`).
//!
//! What a descriptor can do follows from its file's type, from the access that `path_open` was
//! asked for and from the rights inherited; `fd_fdstat_set_rights` takes some away. As in
//! Wasmtime, the rights that a program asks `path_open` for decide only whether the file is read
//! or written: programs in the wild ask for too few or too many.
//! Invariant: rights never grow, and a descriptor opened from another has no right that the
//! other does not pass on.

use super::types::filetype;

macro_rules! rights {
    ($($name:ident = $bit:literal,)*) => {
        $(#[allow(missing_docs, reason = "the names are those of the specification")]
          pub const $name: u64 = 1 << $bit;)*
        /// Every right that exists.
        pub const ALL: u64 = 0 $(| $name)*;
    };
}

rights! {
    FD_DATASYNC = 0,
    FD_READ = 1,
    FD_SEEK = 2,
    FD_FDSTAT_SET_FLAGS = 3,
    FD_SYNC = 4,
    FD_TELL = 5,
    FD_WRITE = 6,
    FD_ADVISE = 7,
    FD_ALLOCATE = 8,
    PATH_CREATE_DIRECTORY = 9,
    PATH_CREATE_FILE = 10,
    PATH_LINK_SOURCE = 11,
    PATH_LINK_TARGET = 12,
    PATH_OPEN = 13,
    FD_READDIR = 14,
    PATH_READLINK = 15,
    PATH_RENAME_SOURCE = 16,
    PATH_RENAME_TARGET = 17,
    PATH_FILESTAT_GET = 18,
    PATH_FILESTAT_SET_SIZE = 19,
    PATH_FILESTAT_SET_TIMES = 20,
    FD_FILESTAT_GET = 21,
    FD_FILESTAT_SET_SIZE = 22,
    FD_FILESTAT_SET_TIMES = 23,
    PATH_SYMLINK = 24,
    PATH_REMOVE_DIRECTORY = 25,
    PATH_UNLINK_FILE = 26,
    POLL_FD_READWRITE = 27,
    SOCK_SHUTDOWN = 28,
    SOCK_ACCEPT = 29,
}

/// What one can do with a directory.
pub const DIRECTORY: u64 = PATH_CREATE_DIRECTORY
    | PATH_CREATE_FILE
    | PATH_LINK_SOURCE
    | PATH_LINK_TARGET
    | PATH_OPEN
    | FD_READDIR
    | PATH_READLINK
    | PATH_RENAME_SOURCE
    | PATH_RENAME_TARGET
    | PATH_FILESTAT_GET
    | PATH_FILESTAT_SET_SIZE
    | PATH_FILESTAT_SET_TIMES
    | FD_FILESTAT_GET
    | FD_FILESTAT_SET_TIMES
    | PATH_SYMLINK
    | PATH_REMOVE_DIRECTORY
    | PATH_UNLINK_FILE;

/// What one can do with a stream: a terminal, a pipe, a socket.
const STREAM: u64 = FD_READ | FD_WRITE | FD_FDSTAT_SET_FLAGS | FD_FILESTAT_GET | POLL_FD_READWRITE;

/// What one can do with a file that has positions.
const FILE: u64 = STREAM
    | FD_DATASYNC
    | FD_SEEK
    | FD_SYNC
    | FD_TELL
    | FD_ADVISE
    | FD_ALLOCATE
    | FD_FILESTAT_SET_SIZE
    | FD_FILESTAT_SET_TIMES;

/// What a preopened directory passes on.
pub const DIRECTORY_INHERITING: u64 = DIRECTORY | FILE;

/// What one can do with a listening socket.
pub const LISTENER: u64 = SOCK_ACCEPT | FD_FDSTAT_SET_FLAGS | FD_FILESTAT_GET | POLL_FD_READWRITE;

/// What one can do with a connection.
pub const CONNECTION: u64 = STREAM | SOCK_SHUTDOWN;

/// What one can do with a file of that type.
pub fn of_type(filetype: u8) -> u64 {
    match filetype {
        filetype::DIRECTORY => DIRECTORY,
        filetype::SOCKET_STREAM | filetype::SOCKET_DGRAM => CONNECTION,
        // wasi-libc takes a character device that can be positioned for something else than a
        // terminal.
        filetype::CHARACTER_DEVICE => STREAM | FD_SYNC | FD_DATASYNC,
        filetype::UNKNOWN => STREAM,
        _ => FILE,
    }
}
