//! System calls that make descriptors.
//!
//! `rustix` makes them, too, but checks each against -1 with an assertion whose message would bring
//! the formatting of numbers into every program. Here the kernel's answer is known not to be
//! negative before it becomes a descriptor.

use core::ffi::CStr;
use core::hint::assert_unchecked;

use rustix::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use rustix::fs::{Mode, OFlags, ResolveFlags};
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
}

/// Numbers of system calls.
#[cfg(target_arch = "aarch64")]
mod number {
    pub const OPENAT: usize = 56;
    pub const OPENAT2: usize = 437;
    pub const SOCKET: usize = 198;
    pub const ACCEPT4: usize = 242;
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
