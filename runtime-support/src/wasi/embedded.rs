//! State of WASI for an instance of a library: what its host configured.
//!
//! What enters: a [`WasiConfiguration`], or nothing, which means no arguments, no environment, no
//! directories and the standard streams of the process. What leaves: a [`Context`] whose strings are
//! copies, or why there is none. Invariant: what this opens, [`close`] closes; descriptors of the host
//! stay open.

use core::ffi::{CStr, c_char};
use core::mem::MaybeUninit;
use core::ptr::{null, null_mut};
use core::slice;
use core::sync::atomic::AtomicBool;

use rustix::fd::BorrowedFd;
use wasmwright_abi::library::{WasiConfiguration, WasiDirectory};

use super::context::{Context, Failure, add_directory, copy_string, string};
use super::environ::{self, HostEnvironment};
use super::fd::filestat::filetype_of;
use super::functions::Functions;
use super::grants;
use super::rights;
use super::table::{Entry, Table, entry_flag};
use crate::arena::Arena;

/// Entries for which the table has room before it grows.
const FIRST_ENTRIES: u32 = 16;

const DEFAULT: WasiConfiguration = WasiConfiguration {
    argument_count: 0,
    arguments: null(),
    environment: null(),
    directory_count: 0,
    directories: null(),
    standard_streams: [0, 1, 2],
    input: None,
    output: None,
    error: None,
    user: null_mut(),
};

/// Builds the context.
///
/// # Safety
/// The configuration must be null or as its documentation says.
pub unsafe fn build(
    configuration: *const WasiConfiguration,
    arena: &mut Arena,
) -> Result<*mut Context, Failure> {
    // SAFETY: by this function's contract, here and below.
    let configuration = unsafe { configuration.as_ref() }.unwrap_or(&DEFAULT);
    let environment = if configuration.environment.is_null() {
        (&raw const NO_STRING).cast()
    } else {
        configuration.environment
    };
    // SAFETY: as above.
    let (count, size) = unsafe { measure(configuration, environment) };
    // Nothing below asks the system for memory, so nothing fails for want of it.
    if !arena.ensure(size) {
        return Err(Failure { action: b"no memory for", subject: b"WASI", reason: b"the system refuses" });
    }
    let room = arena.allocate::<Entry>(FIRST_ENTRIES as usize);
    // SAFETY: the arena made the room.
    let table = unsafe { Table::new(room, FIRST_ENTRIES) };
    // C libraries look for directories behind the standard streams, where these are closed, too.
    let functions = Functions::of(configuration);
    let mut missing = [false; 3];
    for (number, &descriptor) in configuration.standard_streams.iter().enumerate() {
        let entry = functions.entry(number).or_else(|| stream_entry(number, descriptor));
        missing[number] = entry.is_none();
        table.insert_at(number as u32, entry.unwrap_or(PLACEHOLDER));
    }
    // SAFETY: as above.
    if let Err(failure) = unsafe { add_directories(&table, configuration, arena) } {
        table.close_all();
        return Err(failure);
    }
    for (number, _) in missing.iter().enumerate().filter(|(_, missing)| **missing) {
        let _ = table.remove(number as u32);
    }
    // SAFETY: as above; the room is the arena's.
    unsafe {
        let arguments = copy_strings(configuration.arguments, configuration.argument_count, arena);
        let variables = copy_strings(environment, count, arena);
        let environment = environ::build(HostEnvironment::new(variables), true, &[], b"", arena)?;
        let context = arena.allocate::<MaybeUninit<Context>>(1).cast::<Context>();
        context.write(Context {
            table,
            environment,
            arguments,
            argument_count: configuration.argument_count,
            lacks_openat2: AtomicBool::new(false),
            functions,
        });
        Ok(context)
    }
}

/// An environment of no variables.
static NO_STRING: Null = Null(null());

#[repr(transparent)]
struct Null(*const u8);

// SAFETY: nothing writes it.
unsafe impl Sync for Null {}

/// Closes what the guest has open.
pub fn close(context: &Context) {
    context.table.close_all();
}

/// The number of variables, and at most how many bytes all that is built takes.
unsafe fn measure(configuration: &WasiConfiguration, environment: *const *const u8) -> (usize, usize) {
    /// For rounding and the NUL.
    const EACH: usize = 48;
    let mut size = 4096 + size_of::<Context>() + FIRST_ENTRIES as usize * size_of::<Entry>();
    let mut count = 0;
    // SAFETY: the host's arrays are as long as it says.
    unsafe {
        for index in 0..configuration.argument_count {
            size += string(*configuration.arguments.add(index)).len() + EACH;
        }
        while !(*environment.add(count)).is_null() {
            size += string(*environment.add(count)).len() + 2 * EACH;
            count += 1;
        }
        for directory in directories(configuration) {
            size += string(directory.host).len() + string(directory.guest).len() + 2 * EACH;
        }
    }
    (count, size)
}

unsafe fn directories(configuration: &WasiConfiguration) -> &[WasiDirectory] {
    if configuration.directory_count == 0 {
        return &[];
    }
    // SAFETY: the host says that there are so many.
    unsafe { slice::from_raw_parts(configuration.directories, configuration.directory_count) }
}

unsafe fn add_directories(
    table: &Table,
    configuration: &WasiConfiguration,
    arena: &mut Arena,
) -> Result<(), Failure> {
    // SAFETY: the host's strings end in NUL.
    unsafe {
        for directory in directories(configuration) {
            let host: &'static CStr = copy_string(string(directory.host), arena);
            let guest = copy_string(string(directory.guest), arena).to_bytes();
            add_directory(table, &grants::Directory { host, guest, read_only: directory.read_only != 0 })?;
        }
    }
    Ok(())
}

/// What keeps a number from being given out.
const PLACEHOLDER: Entry = Entry { host: 0, flags: entry_flag::STANDARD_STREAM, ..Entry::FREE };

/// The entry of a stream that is a descriptor of the host's; none where that is not open.
fn stream_entry(number: usize, descriptor: i32) -> Option<Entry> {
    if descriptor < 0 {
        return None;
    }
    // SAFETY: the number may stand for nothing, which the system call says.
    let status = rustix::fs::fstat(unsafe { BorrowedFd::borrow_raw(descriptor) }).ok()?;
    let filetype = filetype_of(status.st_mode);
    let access = if number == 0 { rights::FD_READ } else { rights::FD_WRITE };
    let rights = rights::of_type(filetype) & !(rights::FD_READ | rights::FD_WRITE) | access;
    let flags = entry_flag::STANDARD_STREAM;
    Some(Entry { host: descriptor, filetype, flags, rights_base: rights, ..Entry::FREE })
}

/// Copies of strings, then null.
unsafe fn copy_strings(first: *const *const u8, count: usize, arena: &mut Arena) -> *const *const u8 {
    let copies = arena.allocate::<*const u8>(count + 1);
    for index in 0..count {
        // SAFETY: the host has so many strings; the room is for one more.
        unsafe {
            let copy: *const c_char = copy_string(string(*first.add(index)), arena).as_ptr();
            copies.add(index).write(copy.cast());
        }
    }
    copies
}
