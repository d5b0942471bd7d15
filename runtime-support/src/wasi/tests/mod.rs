//! Tests of the functions, called as compiled code calls them: with an instance record, guest
//! addresses and numbers. The memory is a vector, the files are real ones in a directory of the
//! test's own.

mod agreement;
mod descriptors;
mod escapes;
mod files;
mod grants;
mod listing;
mod paths;
mod polling;
mod process_state;
mod sockets;
mod symbols;
mod unstable;

use core::ptr::null_mut;
use core::sync::atomic::{AtomicU32, Ordering};
use std::boxed::Box;
use std::ffi::CString;
use std::format;
use std::path::{Path, PathBuf};
use std::string::String;
use std::vec::Vec;

use wasmwright_abi::instance::{InstanceHeader, MemoryRecord};
use wasmwright_abi::program::{ConstSlice, CpuNeeds, Grant, GrantKind, ProgramDescriptor};

use super::context::{self, Context, Failure};
use super::errno::Errno;
use super::types::{Filestat, GuestValue, Iovec, SYMLINK_FOLLOW, fdflags, oflags};
use super::{fd, listener, path, rights};
use crate::arch::AddressRange;
use crate::arena::Arena;
use crate::exception::{Heap, Trace};
use crate::store::{Launch, Store, WasmStack};

/// A directory that is removed with what is in it.
pub struct Scratch(PathBuf);

impl Scratch {
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("wasmwright-wasi-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).expect("the temporary directory is writable");
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Makes a thing that stays, as what the kernel and the compiler hand over stays.
fn keep<T>(value: T) -> &'static mut T {
    Box::leak(Box::new(value))
}

fn keep_slice<T>(values: Vec<T>) -> ConstSlice<T> {
    let values = Vec::leak(values);
    ConstSlice { start: values.as_ptr(), length: values.len() as u64 }
}

fn keep_str(text: &str) -> ConstSlice<u8> {
    keep_slice(text.as_bytes().to_vec())
}

/// Pointers to strings, then null.
fn keep_strings(strings: &[&str]) -> *const *const u8 {
    let string = |text: &&str| CString::new(*text).expect("no NUL").into_raw().cast_const().cast::<u8>();
    let mut pointers: Vec<*const u8> = strings.iter().map(string).collect();
    pointers.push(core::ptr::null());
    Vec::leak(pointers).as_ptr()
}

pub fn directory_grant(host: &str, guest: &str, read_only: bool) -> Grant {
    let kind = GrantKind::Directory as u32;
    Grant { kind, flag: read_only.into(), host: keep_str(host), guest: keep_str(guest) }
}

pub fn variable_grant(name: &str, value: Option<&str>) -> Grant {
    let kind = GrantKind::Variable as u32;
    let (flag, value) = (value.is_none().into(), value.unwrap_or(""));
    Grant { kind, flag, host: keep_str(name), guest: keep_str(value) }
}

pub fn listener_grant(address: &str) -> Grant {
    Grant { kind: GrantKind::Listener as u32, flag: 0, host: keep_str(address), guest: keep_str("") }
}

/// How a process is launched.
#[derive(Default)]
pub struct Setting<'a> {
    pub arguments: &'a [&'a str],
    pub environment: &'a [&'a str],
    pub grants: Vec<Grant>,
    pub flags: u32,
}

impl Setting<'_> {
    /// Sets WASI up as start-up does.
    pub fn build(self) -> Result<Store, Failure> {
        let program = keep(ProgramDescriptor {
            abi_version: wasmwright_abi::ABI_VERSION,
            flags: self.flags,
            entry_module: 0,
            entry_export: 0,
            cpu: CpuNeeds::NONE,
            entry: None,
            wasi_setup: None,
            library_wasi: wasmwright_abi::program::LibraryWasi::NONE,
            handle_faults: None,
            stack_bytes: 0,
            fuel: 0,
            modules: keep_slice(Vec::new()),
            grants: keep_slice(self.grants),
            backtrace: None,
            trap_table: keep_slice(Vec::new()),
            code: keep_slice(Vec::new()),
            write_profile: None,
            profile: core::ptr::null(),
        });
        let launch = Launch {
            program,
            argument_count: self.arguments.len(),
            arguments: keep_strings(self.arguments),
            environment: keep_strings(self.environment),
            page_bytes: 4096,
        };
        let nowhere = AddressRange { start: 0, end: 0 };
        let mut store = Store {
            launch,
            activation: null_mut(),
            stack: WasmStack { guard: nowhere, usable: nowhere },
            instances: null_mut(),
            arena: Arena::empty(),
            exceptions: Heap::EMPTY,
            trace: Trace::EMPTY,
            wasi: null_mut(),
            exit_status: 0,
            #[cfg(not(feature = "start"))]
            library: crate::library::LibraryState::new(0),
        };
        // SAFETY: program, arguments and environment were made to stay.
        store.wasi =
            unsafe { context::build(&launch, program, listener::open_all, &mut store.arena) }?.cast();
        Ok(store)
    }
}

/// An error number, or success.
pub type Outcome<T = ()> = Result<T, u16>;

pub fn outcome(code: u32) -> Outcome {
    if code == 0 { Ok(()) } else { Err(code as u16) }
}

pub fn err<T>(errno: Errno) -> Outcome<T> {
    Err(errno.number())
}

/// A guest with a memory of its own, and what it was granted.
pub struct Guest {
    memory: Vec<u8>,
    next: u32,
    header: Box<InstanceHeader>,
    store: Box<Store>,
}

/// Bytes of a guest's memory.
pub const MEMORY_BYTES: usize = 1 << 20;

/// The descriptor of the first directory.
pub const DIR: u32 = 3;

impl Guest {
    pub fn new(setting: Setting<'_>) -> Self {
        let store = setting.build().unwrap_or_else(|failure| {
            panic!("{:?}", [failure.action, failure.subject, failure.reason].map(String::from_utf8_lossy))
        });
        let mut store = Box::new(store);
        let mut memory = std::vec![0xAA; MEMORY_BYTES];
        let record = keep(MemoryRecord {
            base: memory.as_mut_ptr(),
            length_bytes: memory.len() as u64,
            maximum_bytes: memory.len() as u64,
            mapped_bytes: memory.len() as u64,
            page_size_log2: 16,
            strategy: 0,
            reserved_below_bytes: 0,
        });
        let header = Box::new(InstanceHeader {
            store: (&raw mut *store).cast(),
            memory: record,
            module: core::ptr::null(),
            stack_limit: 0,
            fuel: null_mut(),
            root: null_mut(),
            called: core::ptr::null(),
        });
        // Not aligned for anything.
        Self { memory, next: 1, header, store }
    }

    /// A guest with one directory, empty, and its path in the host.
    pub fn with_directory() -> (Self, Scratch) {
        let scratch = Scratch::new();
        let grants = std::vec![directory_grant(scratch.path().to_str().expect("UTF-8"), "/sandbox", false)];
        (Self::new(Setting { grants, ..Setting::default() }), scratch)
    }

    /// A guest with one directory, once for each way to resolve paths.
    pub fn each_way(test: impl Fn(&mut Guest, &Path)) {
        for lacks_openat2 in [false, true] {
            let (mut guest, scratch) = Self::with_directory();
            guest.context().lacks_openat2.store(lacks_openat2, Ordering::Relaxed);
            test(&mut guest, scratch.path());
        }
    }

    pub fn context(&self) -> &Context {
        // SAFETY: `build` made it, and it stays.
        unsafe { &*self.store.wasi.cast::<Context>() }
    }

    pub fn caller(&mut self) -> *mut InstanceHeader {
        &raw mut *self.header
    }

    /// Takes the memory away.
    pub fn without_memory(&mut self) {
        self.header.memory = null_mut();
    }

    /// Forgets what was allocated in the memory.
    pub fn reset(&mut self) {
        self.next = 1;
        self.memory.fill(0xAA);
    }

    /// Room in the memory, not aligned.
    pub fn room(&mut self, bytes: u32) -> u32 {
        let address = self.next;
        self.next += bytes + 1;
        assert!((self.next as usize) < MEMORY_BYTES, "the test uses too much memory");
        address
    }

    pub fn put(&mut self, bytes: &[u8]) -> u32 {
        let address = self.room(bytes.len() as u32);
        self.memory[address as usize..][..bytes.len()].copy_from_slice(bytes);
        address
    }

    pub fn get(&self, address: u32, bytes: u32) -> &[u8] {
        &self.memory[address as usize..][..bytes as usize]
    }

    pub fn value<T: GuestValue>(&self, address: u32) -> T {
        let bytes = self.get(address, size_of::<T>() as u32);
        // SAFETY: that many bytes lie there, and any bytes are a value.
        unsafe { bytes.as_ptr().cast::<T>().read_unaligned() }
    }

    pub fn put_value<T: GuestValue>(&mut self, value: T) -> u32 {
        let address = self.room(size_of::<T>() as u32);
        let place = &mut self.memory[address as usize..][..size_of::<T>()];
        // SAFETY: the place is as long as the value.
        unsafe { place.as_mut_ptr().cast::<T>().write_unaligned(value) };
        address
    }

    /// A list of buffers: address and count.
    pub fn put_vectors(&mut self, vectors: &[(u32, u32)]) -> (u32, u32) {
        let bytes: Vec<u8> = vectors
            .iter()
            .flat_map(|&(buffer, length)| [buffer.to_le_bytes(), length.to_le_bytes()])
            .flatten()
            .collect();
        assert_eq!(bytes.len(), vectors.len() * size_of::<Iovec>());
        (self.put(&bytes), vectors.len() as u32)
    }

    /// `path_open` with everything chosen.
    pub fn open_with(
        &mut self,
        dir: u32,
        lookup: u32,
        path: &str,
        open: u32,
        rights: u64,
        flags: u32,
    ) -> Outcome<u32> {
        let (text, result) = (self.put(path.as_bytes()), self.room(4));
        let (caller, length) = (self.caller(), path.len() as u32);
        // SAFETY: the caller's record is alive.
        outcome(unsafe {
            path::open::path_open(caller, dir, lookup, text, length, open, rights, 0, flags, result)
        })?;
        Ok(self.value(result))
    }

    /// Opens a file for reading and writing.
    pub fn open(&mut self, path: &str, open: u32) -> Outcome<u32> {
        self.open_with(DIR, SYMLINK_FOLLOW, path, open, rights::FD_READ | rights::FD_WRITE, 0)
    }

    pub fn open_to_read(&mut self, path: &str) -> Outcome<u32> {
        self.open_with(DIR, SYMLINK_FOLLOW, path, 0, rights::FD_READ, 0)
    }

    pub fn open_directory(&mut self, path: &str) -> Outcome<u32> {
        self.open_with(DIR, SYMLINK_FOLLOW, path, oflags::DIRECTORY, rights::FD_READ, 0)
    }

    pub fn open_to_append(&mut self, path: &str) -> Outcome<u32> {
        let rights = rights::FD_READ | rights::FD_WRITE;
        self.open_with(DIR, SYMLINK_FOLLOW, path, oflags::CREAT, rights, fdflags::APPEND)
    }

    pub fn close(&mut self, number: u32) -> Outcome {
        // SAFETY: the caller's record is alive.
        outcome(unsafe { fd::lifecycle::fd_close(self.caller(), number) })
    }

    pub fn write(&mut self, number: u32, bytes: &[u8]) -> Outcome<u32> {
        let buffer = self.put(bytes);
        let (list, count) = self.put_vectors(&[(buffer, bytes.len() as u32)]);
        let result = self.room(4);
        // SAFETY: the caller's record is alive.
        outcome(unsafe { fd::write::fd_write(self.caller(), number, list, count, result) })?;
        Ok(self.value(result))
    }

    pub fn read(&mut self, number: u32, at_most: u32) -> Outcome<Vec<u8>> {
        let buffer = self.room(at_most);
        let (list, count) = self.put_vectors(&[(buffer, at_most)]);
        let result = self.room(4);
        // SAFETY: the caller's record is alive.
        outcome(unsafe { fd::read::fd_read(self.caller(), number, list, count, result) })?;
        Ok(self.get(buffer, self.value(result)).to_vec())
    }

    pub fn seek(&mut self, number: u32, offset: i64, whence: u32) -> Outcome<u64> {
        let result = self.room(8);
        // SAFETY: the caller's record is alive.
        outcome(unsafe { fd::position::fd_seek(self.caller(), number, offset, whence, result) })?;
        Ok(self.value(result))
    }

    pub fn stat(&mut self, path: &str, lookup: u32) -> Outcome<Filestat> {
        let (text, result) = (self.put(path.as_bytes()), self.room(64));
        let (caller, length) = (self.caller(), path.len() as u32);
        // SAFETY: the caller's record is alive.
        outcome(unsafe { path::attributes::path_filestat_get(caller, DIR, lookup, text, length, result) })?;
        Ok(self.value(result))
    }

    /// A function of a directory's descriptor and one path.
    pub fn with_path(
        &mut self,
        function: unsafe extern "C" fn(*mut InstanceHeader, u32, u32, u32) -> u32,
        dir: u32,
        path: &str,
    ) -> Outcome {
        let text = self.put(path.as_bytes());
        // SAFETY: the caller's record is alive.
        outcome(unsafe { function(self.caller(), dir, text, path.len() as u32) })
    }

    pub fn mkdir(&mut self, path: &str) -> Outcome {
        self.with_path(path::create::path_create_directory, DIR, path)
    }

    pub fn rmdir(&mut self, path: &str) -> Outcome {
        self.with_path(path::remove::path_remove_directory, DIR, path)
    }

    pub fn unlink(&mut self, path: &str) -> Outcome {
        self.with_path(path::remove::path_unlink_file, DIR, path)
    }

    pub fn symlink(&mut self, target: &str, path: &str) -> Outcome {
        let (target_at, path_at) = (self.put(target.as_bytes()), self.put(path.as_bytes()));
        let (caller, target_length, length) = (self.caller(), target.len() as u32, path.len() as u32);
        // SAFETY: the caller's record is alive.
        outcome(unsafe { path::create::path_symlink(caller, target_at, target_length, DIR, path_at, length) })
    }

    pub fn rename(&mut self, from: (u32, &str), to: (u32, &str)) -> Outcome {
        let (old, new) = (self.put(from.1.as_bytes()), self.put(to.1.as_bytes()));
        let (caller, old_length, new_length) = (self.caller(), from.1.len() as u32, to.1.len() as u32);
        // SAFETY: the caller's record is alive.
        outcome(unsafe { path::rename::path_rename(caller, from.0, old, old_length, to.0, new, new_length) })
    }

    pub fn link(&mut self, from: (u32, &str), to: (u32, &str), lookup: u32) -> Outcome {
        let (old, new) = (self.put(from.1.as_bytes()), self.put(to.1.as_bytes()));
        let (caller, old_length, new_length) = (self.caller(), from.1.len() as u32, to.1.len() as u32);
        // SAFETY: the caller's record is alive.
        outcome(unsafe {
            path::link::path_link(caller, from.0, lookup, old, old_length, to.0, new, new_length)
        })
    }

    pub fn readlink(&mut self, path: &str, at_most: u32) -> Outcome<String> {
        let (text, buffer, result) = (self.put(path.as_bytes()), self.room(at_most), self.room(4));
        let (caller, length) = (self.caller(), path.len() as u32);
        // SAFETY: the caller's record is alive.
        outcome(unsafe { path::link::path_readlink(caller, DIR, text, length, buffer, at_most, result) })?;
        Ok(String::from_utf8_lossy(self.get(buffer, self.value(result))).into_owned())
    }
}
