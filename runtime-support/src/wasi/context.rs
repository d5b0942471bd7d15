//! State of WASI for a process: arguments, environment, descriptors. Built at start-up, before
//! any Wasm code runs.
//!
//! What enters: what the kernel handed to the process, the program's descriptor, and unless the
//! program is sealed `WASMWRIGHT_DIR` and `WASMWRIGHT_ENV`. What leaves: a [`Context`], or the end of
//! the process with status 1 and a message. Invariant: the guest reaches exactly what was granted:
//! the standard streams, the arguments, listed variables, listed directories and sockets.

use core::ffi::{CStr, c_char, c_void};
use core::slice;
use core::sync::atomic::AtomicBool;

use rustix::fd::{IntoRawFd, OwnedFd, RawFd};
use rustix::fs::{CWD, Mode, OFlags};
use wasmwright_abi::program::{Grant, GrantKind, ProgramDescriptor, WasiSetupFunction, program_flag};

use super::environ::{self, Environment};
use super::errno::Errno;
use super::fd::filestat::filetype_of;
use super::grants;
use super::host;
use super::listener;
use super::rights;
use super::table::{Entry, Table, entry_flag};
use super::types::filetype;
use crate::arena::Arena;
use crate::store::{Launch, Store};
use crate::sys;

/// Entries for which the table has room before it grows.
const FIRST_ENTRIES: u32 = 16;

/// See the module's documentation.
#[derive(Debug)]
pub struct Context {
    /// The guest's descriptors.
    pub table: Table,
    /// The guest's environment.
    pub environment: Environment,
    /// The arguments: pointers to strings that end in NUL.
    pub(super) arguments: *const *const u8,
    pub(super) argument_count: usize,
    /// Set once the kernel turned out to lack `openat2`.
    pub(super) lacks_openat2: AtomicBool,
    /// Standard streams that are functions of the host.
    #[cfg(not(feature = "start"))]
    pub(super) functions: super::functions::Functions,
}

impl Context {
    /// The arguments, the program's name first.
    pub fn arguments(&self) -> impl Iterator<Item = &[u8]> + Clone {
        // SAFETY: the kernel laid out that many pointers, to strings that end in NUL.
        unsafe { strings(self.arguments, self.argument_count) }
    }
}

/// Strings of the kernel's initial stack, where they stay.
///
/// # Safety
/// `first` must point to `count` pointers to strings that end in NUL and live during `'a`.
pub(super) unsafe fn strings<'a>(
    first: *const *const u8,
    count: usize,
) -> impl Iterator<Item = &'a [u8]> + Clone {
    // SAFETY: by this function's contract.
    (0..count).map(move |index| unsafe { string(*first.add(index)) })
}

/// # Safety
/// `start` must point to a string that ends in NUL and lives during `'a`.
pub(super) unsafe fn string<'a>(start: *const u8) -> &'a [u8] {
    let mut length = 0;
    // SAFETY: by this function's contract; the loop stops at the NUL.
    while unsafe { start.add(length).read_volatile() } != 0 {
        length += 1;
    }
    // SAFETY: `length` bytes precede the NUL.
    unsafe { slice::from_raw_parts(start, length) }
}

/// Why a program cannot start: parts of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What was to be done.
    pub action: &'static [u8],
    /// To what.
    pub subject: &'static [u8],
    /// Why it failed.
    pub reason: &'static [u8],
}

/// Opens the listening sockets that were granted. A parameter of the set-up, so that only programs
/// that have some link what it takes.
pub type OpenListeners = fn(&Table, &'static [Grant]) -> Result<(), Failure>;

/// Sets up WASI for the process. Start-up calls it where the program imports WASI.
///
/// # Safety
/// `store` must be the process's store, its `launch` filled in from what the kernel handed over.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmwright_wasi_setup(store: *mut c_void) {
    // SAFETY: by this function's contract.
    unsafe { set_up(store, |_, _| Ok(())) }
}

/// The same where the program was granted listening sockets.
///
/// # Safety
/// As for [`wasmwright_wasi_setup`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmwright_wasi_setup_with_listeners(store: *mut c_void) {
    // SAFETY: by this function's contract.
    unsafe { set_up(store, listener::open_all) }
}

/// The ABI's word for them.
const _: [WasiSetupFunction; 2] = [wasmwright_wasi_setup, wasmwright_wasi_setup_with_listeners];

/// # Safety
/// As for [`wasmwright_wasi_setup`].
unsafe fn set_up(store: *mut c_void, open_listeners: OpenListeners) {
    // SAFETY: by this function's contract.
    let store = unsafe { &mut *store.cast::<Store>() };
    // SAFETY: by this function's contract.
    match unsafe { build(&store.launch, store.program(), open_listeners, &mut store.arena) } {
        Ok(context) => store.wasi = context.cast(),
        Err(Failure { action, subject, reason }) => sys::fail(&[action, b" `", subject, b"`: ", reason]),
    }
}

/// Builds the context in the arena.
///
/// # Safety
/// As for [`wasmwright_wasi_setup`].
pub unsafe fn build(
    launch: &Launch,
    program: &'static ProgramDescriptor,
    open_listeners: OpenListeners,
    arena: &mut Arena,
) -> Result<*mut Context, Failure> {
    let (context, room) = (arena.allocate::<Context>(1), arena.allocate::<Entry>(FIRST_ENTRIES as usize));
    // SAFETY: the arena made the room.
    let table = unsafe { Table::new(room, FIRST_ENTRIES) };
    add_standard_streams(&table);

    // SAFETY: the compiler wrote the descriptor.
    let granted = unsafe { program.grants.as_slice() };
    // SAFETY: the kernel laid out the environment.
    let host = unsafe { environ::HostEnvironment::new(launch.environment) };
    let at_launch = |name: &[u8]| match program.flags & program_flag::SEALED {
        0 => host.value(name).unwrap_or(b""),
        _ => b"",
    };

    open_listeners(&table, granted)?;
    for grant in of_kind(granted, GrantKind::Directory) {
        // SAFETY: the compiler wrote the grant.
        let (host, guest) = unsafe { (grant.host.as_slice(), grant.guest.as_slice()) };
        let host = copy_string(host, arena);
        add_directory(&table, &grants::Directory { host, guest, read_only: grant.flag == 1 })?;
    }
    for line in grants::entries(at_launch(b"WASMWRIGHT_DIR")) {
        let room = room_for_string(line.len(), arena);
        let directory = grants::directory(line, room).ok_or(malformed(
            b"malformed entry of WASMWRIGHT_DIR",
            line,
            b"not of the form HOST[::GUEST][:ro]; a colon in a path is written \\:",
        ))?;
        add_directory(&table, &directory)?;
    }
    let inherit = program.flags & program_flag::INHERIT_ENVIRONMENT != 0;
    let environment = environ::build(host, inherit, granted, at_launch(b"WASMWRIGHT_ENV"), arena)?;

    let (arguments, argument_count) = (launch.arguments, launch.argument_count);
    // SAFETY: the arena made the room.
    unsafe {
        context.write(Context {
            table,
            environment,
            arguments,
            argument_count,
            lacks_openat2: AtomicBool::new(false),
            #[cfg(not(feature = "start"))]
            functions: super::functions::Functions::NONE,
        });
    }
    Ok(context)
}

/// The grants of a kind.
pub(super) fn of_kind(granted: &[Grant], kind: GrantKind) -> impl Iterator<Item = &Grant> {
    granted.iter().filter(move |grant| grant.kind == kind as u32)
}

/// A failure of an entry that was read at launch.
pub(super) fn malformed(action: &'static [u8], subject: &'static [u8], reason: &'static [u8]) -> Failure {
    Failure { action, subject, reason }
}

fn add_standard_streams(table: &Table) {
    for (number, access) in [(0, rights::FD_READ), (1, rights::FD_WRITE), (2, rights::FD_WRITE)] {
        let Some(filetype) = standard_stream(number) else {
            continue;
        };
        let rights = rights::of_type(filetype) & !(rights::FD_READ | rights::FD_WRITE) | access;
        let flags = entry_flag::STANDARD_STREAM;
        let entry = Entry { host: number, filetype, flags, rights_base: rights, ..Entry::FREE };
        table.insert_at(number as u32, entry);
    }
}

/// The type of a standard stream. One that is closed is opened to nothing, so that no file of the
/// guest gets its number and with it what the runtime reports on standard error.
fn standard_stream(number: RawFd) -> Option<u8> {
    // SAFETY: the number may stand for nothing, which the system call says.
    let stream = unsafe { host::borrow(number) };
    match rustix::fs::fstat(stream) {
        Ok(stat) => Some(filetype_of(stat.st_mode)),
        Err(_) => {
            let null = host::open(CWD, c"/dev/null", OFlags::RDWR, Mode::empty()).ok()?;
            let got = null.into_raw_fd();
            (got == number).then_some(filetype::CHARACTER_DEVICE)
        }
    }
}

pub(super) fn add_directory(table: &Table, directory: &grants::Directory<'static>) -> Result<(), Failure> {
    let host = directory.host;
    let failure = |error| Failure {
        action: b"cannot open the directory",
        subject: host.to_bytes(),
        reason: reason_of(error),
    };
    let opened = open_directory(host).map_err(|error| failure(error.into()))?;
    let mut entry = Entry::new(opened, filetype::DIRECTORY, rights::DIRECTORY, rights::DIRECTORY_INHERITING);
    entry.name = directory.guest.as_ptr();
    entry.name_length = directory.guest.len() as u32;
    if directory.read_only {
        entry.flags |= entry_flag::READ_ONLY;
    }
    table.insert(entry).map(drop).map_err(failure)
}

/// Opens a directory of the host. One that may be searched but not listed serves, too.
fn open_directory(host: &CStr) -> rustix::io::Result<OwnedFd> {
    let flags = OFlags::DIRECTORY | OFlags::CLOEXEC;
    match host::open(CWD, host, flags | OFlags::RDONLY, Mode::empty()) {
        Err(rustix::io::Errno::ACCESS) => host::open(CWD, host, flags | OFlags::PATH, Mode::empty()),
        outcome => outcome,
    }
}

/// Words for the errors that a user can act upon.
pub(super) fn reason_of(error: Errno) -> &'static [u8] {
    match error {
        Errno::NOENT => b"it does not exist",
        Errno::NOTDIR => b"it is not a directory",
        Errno::ACCES | Errno::PERM => b"permission denied",
        Errno::MFILE | Errno::NFILE => b"too many open files",
        Errno::LOOP => b"too many symbolic links",
        Errno::NAMETOOLONG => b"the path is too long",
        _ => b"the system refuses",
    }
}

/// Room for a string of that length and its NUL.
pub(super) fn room_for_string(length: usize, arena: &mut Arena) -> &'static mut [u8] {
    // SAFETY: the arena's room is zeroed, given out once and never freed.
    unsafe { slice::from_raw_parts_mut(arena.allocate::<u8>(length + 1), length + 1) }
}

/// A copy that ends in NUL.
pub(super) fn copy_string(text: &[u8], arena: &mut Arena) -> &'static CStr {
    let room = room_for_string(text.len(), arena);
    for (place, &byte) in room.iter_mut().zip(text) {
        *place = byte;
    }
    // SAFETY: the room is longer than the text and zeroed, so it ends in NUL.
    unsafe { CStr::from_ptr(room.as_ptr().cast::<c_char>()) }
}
