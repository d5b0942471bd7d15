//! System calls that `rustix` makes, too, but with checks whose messages would bring the formatting
//! of numbers into every program: those that make descriptors, which it asserts not to be -1, and
//! the listing of directories, where it indexes slices.
//!
//! What enters: checked arguments. What leaves: the kernel's answer or error. Invariant: an answer
//! is known not to be negative before it becomes a descriptor.

use core::ffi::CStr;
use core::hint::assert_unchecked;
use core::mem::{MaybeUninit, offset_of};
use core::slice;

use rustix::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use rustix::fs::{FileType, Mode, OFlags, ResolveFlags};
use rustix::io::{Errno, Result};
use rustix::net::{AddressFamily, SocketFlags, SocketType};

use crate::arch;

/// Numbers of system calls.
#[cfg(target_arch = "x86_64")]
mod number {
    pub const OPENAT: usize = 257;
    pub const OPENAT2: usize = 437;
    pub const SOCKET: usize = 41;
    pub const ACCEPT4: usize = 288;
    pub const GETDENTS64: usize = 217;
}

/// Numbers of system calls.
#[cfg(target_arch = "aarch64")]
mod number {
    pub const OPENAT: usize = 56;
    pub const OPENAT2: usize = 437;
    pub const SOCKET: usize = 198;
    pub const ACCEPT4: usize = 242;
    pub const GETDENTS64: usize = 61;
}

/// The descriptor that a system call made.
///
/// # Safety
/// `answer` must be what a system call answered that makes a descriptor.
unsafe fn made(answer: isize) -> Result<OwnedFd> {
    if answer < 0 {
        return Err(Errno::from_raw_os_error(-answer as i32));
    }
    let descriptor = answer as RawFd;
    // SAFETY: descriptors are small numbers.
    unsafe { assert_unchecked(descriptor >= 0) };
    // SAFETY: it was just made, so nobody else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(descriptor) })
}

/// A descriptor that is known to be one.
///
/// # Safety
/// As for [`BorrowedFd::borrow_raw`]; and it must not be negative.
pub unsafe fn borrow<'a>(descriptor: RawFd) -> BorrowedFd<'a> {
    // SAFETY: by this function's contract.
    unsafe { assert_unchecked(descriptor >= 0) };
    // SAFETY: by this function's contract.
    unsafe { BorrowedFd::borrow_raw(descriptor) }
}

/// `openat`
pub fn open(directory: BorrowedFd<'_>, path: &CStr, flags: OFlags, mode: Mode) -> Result<OwnedFd> {
    let arguments =
        [directory.as_raw_fd() as usize, path.as_ptr() as usize, flags.bits() as usize, mode.bits() as usize];
    // SAFETY: the path ends in NUL; opening reads nothing else of ours.
    unsafe { made(arch::system_call(number::OPENAT, arguments)) }
}

/// `openat2`
pub fn open_resolving(
    directory: BorrowedFd<'_>,
    path: &CStr,
    flags: OFlags,
    mode: Mode,
    resolve: ResolveFlags,
) -> Result<OwnedFd> {
    let how = [u64::from(flags.bits()), u64::from(mode.bits()), resolve.bits()];
    let arguments =
        [directory.as_raw_fd() as usize, path.as_ptr() as usize, how.as_ptr() as usize, size_of_val(&how)];
    // SAFETY: the path ends in NUL, and `how` is the kernel's `open_how` of the length given.
    unsafe { made(arch::system_call(number::OPENAT2, arguments)) }
}

/// `socket`, closed on execution.
pub fn socket(family: AddressFamily, kind: SocketType) -> Result<OwnedFd> {
    let kind = kind.as_raw() | SocketFlags::CLOEXEC.bits();
    // SAFETY: no argument is an address.
    unsafe { made(arch::system_call(number::SOCKET, [family.as_raw() as usize, kind as usize, 0, 0])) }
}

/// `accept4` that does not ask who connects; closed on execution.
pub fn accept(listener: BorrowedFd<'_>, flags: SocketFlags) -> Result<OwnedFd> {
    let flags = (flags | SocketFlags::CLOEXEC).bits() as usize;
    // SAFETY: both addresses are null, as is allowed.
    unsafe { made(arch::system_call(number::ACCEPT4, [listener.as_raw_fd() as usize, 0, 0, flags])) }
}

/// Entries of a directory as the kernel lists them, one buffer at a time.
pub struct Listing<'a> {
    directory: BorrowedFd<'a>,
    buffer: ListingBuffer,
    /// Where the next entry is in the buffer.
    next: usize,
    /// Where the entries end.
    end: usize,
}

/// Aligned as the kernel's records are.
#[repr(C, align(8))]
struct ListingBuffer([MaybeUninit<u8>; LISTING_BYTES]);

/// Room for entries that the kernel lists at once: as much as wasi-libc asks for.
const LISTING_BYTES: usize = 4096;

/// An entry of a directory.
pub struct Listed<'a> {
    /// Number of the file.
    pub inode: u64,
    /// The kernel's name for the place behind the entry.
    pub offset: u64,
    /// The file's type, where the file system lists it.
    pub filetype: FileType,
    /// The file's name.
    pub name: &'a CStr,
}

/// The kernel's `linux_dirent64`; the name follows.
#[repr(C)]
struct ListedHead {
    inode: u64,
    offset: u64,
    length: u16,
    filetype: u8,
}

/// Offset of the name in a record.
const LISTED_NAME: usize = offset_of!(ListedHead, filetype) + 1;

impl<'a> Listing<'a> {
    /// Lists from where the descriptor is.
    pub fn new(directory: BorrowedFd<'a>) -> Self {
        Self {
            directory,
            buffer: ListingBuffer([const { MaybeUninit::uninit() }; LISTING_BYTES]),
            next: 0,
            end: 0,
        }
    }

    /// The next entry; `None` at the end.
    pub fn next(&mut self) -> Result<Option<Listed<'_>>> {
        if self.next >= self.end {
            let place = self.buffer.0.as_mut_ptr() as usize;
            let arguments = [self.directory.as_raw_fd() as usize, place, LISTING_BYTES, 0];
            // SAFETY: the buffer is as long as is said.
            let answer = unsafe { arch::system_call(number::GETDENTS64, arguments) };
            if answer <= 0 {
                return if answer == 0 { Ok(None) } else { Err(Errno::from_raw_os_error(-answer as i32)) };
            }
            (self.next, self.end) = (0, answer as usize);
        }
        // SAFETY: the kernel wrote whole records, one behind the other, up to `end`, each aligned,
        // its name ended by NUL and padded to its length.
        unsafe {
            let record = self.buffer.0.as_ptr().cast::<u8>().add(self.next);
            let head = &*record.cast::<ListedHead>();
            self.next += usize::from(head.length);
            let room = slice::from_raw_parts(record.add(LISTED_NAME), usize::from(head.length) - LISTED_NAME);
            let length = room.iter().take_while(|&&byte| byte != 0).count();
            let name = CStr::from_bytes_with_nul_unchecked(slice::from_raw_parts(room.as_ptr(), length + 1));
            let filetype = FileType::from_raw_mode(u32::from(head.filetype) << 12);
            Ok(Some(Listed { inode: head.inode, offset: head.offset, filetype, name }))
        }
    }
}
