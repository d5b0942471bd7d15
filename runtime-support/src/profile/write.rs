//! The writer of raw profiles. It may run in the handler of a signal, so it allocates nothing.

use core::ffi::CStr;
use core::slice;

use rustix::fd::OwnedFd;
use rustix::fs::{Mode, OFlags, open};
use rustix::io::{self, Errno};
use wasmwright_abi::profile::{LinkedSection, ProfileDescriptor};

use crate::sys;

/// Names another file at launch, as for every program that LLVM instruments.
const FILE_VARIABLE: &[u8] = b"LLVM_PROFILE_FILE=";
/// Longest path that the kernel takes, with its NUL.
const PATH_BYTES: usize = 4096;

/// `\xFFlprofr\x81`, the mark of raw profiles of machines with 64 bits, as a number.
const MAGIC: u64 = u64::from_be_bytes(*b"\xfflprofr\x81");
/// Size of a function's record (`INSTR_PROF_DATA`).
const RECORD_BYTES: usize = 64;
const COUNTER_BYTES: usize = size_of::<u64>();
/// `IPVK_Last`, the last kind of values that a record counts sites of. None has any here.
const LAST_VALUE_KIND: u64 = 2;

/// The head of a raw profile of version 10 (`INSTR_PROF_RAW_HEADER`): numbers of elements, bytes, and
/// distances between sections.
#[repr(C)]
#[derive(Default)]
struct Header {
    magic: u64,
    version: u64,
    binary_ids_bytes: u64,
    records: u64,
    padding_before_counters_bytes: u64,
    counters: u64,
    padding_after_counters_bytes: u64,
    bitmap_bytes: u64,
    padding_after_bitmap_bytes: u64,
    names_bytes: u64,
    counters_from_records: u64,
    bitmap_from_records: u64,
    names_address: u64,
    vtables: u64,
    vtable_names_bytes: u64,
    last_value_kind: u64,
}

/// [`wasmwright_abi::profile::WRITE_PROFILE_SYMBOL`]
///
/// # Safety
/// The descriptor must be the compiler's, the environment what the kernel left.
#[cold]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmwright_write_profile(
    descriptor: *const ProfileDescriptor,
    environment: *const *const u8,
) {
    // SAFETY: by this function's contract.
    let (descriptor, name) = unsafe { (&*descriptor, file_name(&*descriptor, environment)) };
    let mut path = [0; PATH_BYTES];
    let written = match expand(name, &mut path) {
        // SAFETY: the sections are the linker's, and no code runs that changes them.
        Some(path) => create(path).and_then(|file| unsafe { write(&file, descriptor) }),
        None => Err(Errno::NAMETOOLONG),
    };
    if let Err(error) = written {
        let number = sys::Digits::decimal(error.raw_os_error().unsigned_abs().into());
        sys::report(&[b"cannot write the profile ", name, b": error ", number.as_bytes(), b" of the system"]);
    }
}

/// The file's name: that of the environment, else the compiled one.
unsafe fn file_name(descriptor: &ProfileDescriptor, environment: *const *const u8) -> &'static [u8] {
    let mut entry = environment;
    // SAFETY: the environment ends with null, its strings with NUL; both stay, as constants do.
    unsafe {
        while !(*entry).is_null() {
            let text = CStr::from_ptr((*entry).cast()).to_bytes();
            if let Some(name) = text.strip_prefix(FILE_VARIABLE).filter(|name| !name.is_empty()) {
                return name;
            }
            entry = entry.add(1);
        }
        slice::from_raw_parts(descriptor.file.start, descriptor.file.length as usize)
    }
}

/// The name with the number of the process for `%p`; `None` if it is too long.
fn expand<'a>(name: &[u8], path: &'a mut [u8; PATH_BYTES]) -> Option<&'a CStr> {
    let process =
        sys::Digits::decimal(rustix::process::getpid().as_raw_nonzero().get().unsigned_abs().into());
    let mut length = 0;
    let mut add = |bytes: &[u8]| {
        path.get_mut(length..length + bytes.len())?.copy_from_slice(bytes);
        length += bytes.len();
        Some(())
    };
    let mut rest = name;
    while let Some((&first, after)) = rest.split_first() {
        if let Some(after) = rest.strip_prefix(b"%p") {
            add(process.as_bytes())?;
            rest = after;
        } else {
            add(&[first])?;
            rest = after;
        }
    }
    add(b"\0")?;
    CStr::from_bytes_until_nul(path).ok()
}

fn create(path: &CStr) -> Result<OwnedFd, Errno> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::TRUNC | OFlags::CLOEXEC;
    open(path, flags, Mode::from_raw_mode(0o666))
}

unsafe fn write(file: &OwnedFd, descriptor: &ProfileDescriptor) -> Result<(), Errno> {
    // SAFETY: by the caller's contract.
    let (data, counters, names, version) = unsafe {
        (bytes(descriptor.data), bytes(descriptor.counters), bytes(descriptor.names), *descriptor.version)
    };
    let header = Header {
        magic: MAGIC,
        version,
        records: (data.len() / RECORD_BYTES) as u64,
        counters: (counters.len() / COUNTER_BYTES) as u64,
        names_bytes: names.len() as u64,
        counters_from_records: (counters.as_ptr() as u64).wrapping_sub(data.as_ptr() as u64),
        names_address: names.as_ptr() as u64,
        last_value_kind: LAST_VALUE_KIND,
        ..Header::default()
    };
    // SAFETY: the header is plain numbers without padding.
    let header = unsafe { slice::from_raw_parts((&raw const header).cast::<u8>(), size_of::<Header>()) };
    // Records and counters keep what follows them aligned to 8 bytes; names do not.
    let padding = names.len().wrapping_neg() % 8;
    for part in [header, data, counters, names, [0; 8].get(..padding).unwrap_or(&[])] {
        write_all(file, part)?;
    }
    Ok(())
}

unsafe fn bytes(section: LinkedSection) -> &'static [u8] {
    // SAFETY: the linker puts both symbols around one section.
    unsafe { slice::from_raw_parts(section.start, section.stop as usize - section.start as usize) }
}

fn write_all(file: &OwnedFd, mut bytes: &[u8]) -> Result<(), Errno> {
    while !bytes.is_empty() {
        match io::write(file, bytes) {
            Ok(written) => bytes = bytes.get(written..).unwrap_or(&[]),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
