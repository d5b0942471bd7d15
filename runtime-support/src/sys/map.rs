//! Address space: reserving, opening, moving and returning it.

use core::ffi::c_void;
use core::ptr::null_mut;

#[cfg(not(feature = "start"))]
use rustix::fd::{BorrowedFd, OwnedFd};
use rustix::mm::{Advice, MapFlags, MprotectFlags, MremapFlags, ProtFlags};

/// Reserves address space that nothing may touch yet and that counts against no limit of the
/// system's memory.
pub fn reserve(bytes: usize) -> Option<*mut u8> {
    anonymous(bytes, ProtFlags::empty(), MapFlags::PRIVATE | MapFlags::NORESERVE)
}

/// As [`reserve`], for a stack: the kernel backs it by small pages, so that the first touch does
/// not clear 2 MiB.
pub fn reserve_stack(bytes: usize) -> Option<*mut u8> {
    anonymous(bytes, ProtFlags::empty(), MapFlags::PRIVATE | MapFlags::NORESERVE | MapFlags::STACK)
}

/// Maps zeroed memory.
pub fn map_zeroed(bytes: usize) -> Option<*mut u8> {
    anonymous(bytes, ProtFlags::READ | ProtFlags::WRITE, MapFlags::PRIVATE)
}

fn anonymous(bytes: usize, protection: ProtFlags, flags: MapFlags) -> Option<*mut u8> {
    // SAFETY: a new private mapping at an address of the kernel's choice overlaps nothing.
    unsafe { rustix::mm::mmap_anonymous(null_mut(), bytes, protection, flags) }.ok().map(<*mut c_void>::cast)
}

/// Makes a stretch of a reservation readable and writable.
///
/// # Safety
/// The page-aligned stretch must lie in a mapping that the runtime owns.
pub unsafe fn open(start: *mut u8, bytes: usize) -> bool {
    let protection = MprotectFlags::READ | MprotectFlags::WRITE;
    // SAFETY: the caller owns the stretch; opening it makes no access invalid.
    unsafe { rustix::mm::mprotect(start.cast(), bytes, protection) }.is_ok()
}

/// Makes a stretch inaccessible.
///
/// # Safety
/// The page-aligned stretch must lie in a mapping that the runtime owns, and nothing may access it.
pub unsafe fn close(start: *mut u8, bytes: usize) -> bool {
    // SAFETY: by this function's contract.
    unsafe { rustix::mm::mprotect(start.cast(), bytes, MprotectFlags::empty()) }.is_ok()
}

/// Makes a stretch of an anonymous mapping all zero, and returns its pages to the system.
///
/// # Safety
/// The page-aligned stretch must lie in a mapping that the runtime owns, and nobody may need what it
/// holds.
pub unsafe fn clear(start: *mut u8, bytes: usize) -> bool {
    // SAFETY: by this function's contract.
    unsafe { rustix::mm::madvise(start.cast(), bytes, Advice::LinuxDontNeed) }.is_ok()
}

/// Maps zeroed memory in place of what is mapped there.
///
/// # Safety
/// The page-aligned stretch must lie in a mapping that the runtime owns, and nobody may need what it
/// holds.
#[cfg(not(feature = "start"))]
pub unsafe fn replace_by_zeroes(start: *mut u8, bytes: usize) -> bool {
    let (protection, flags) = (ProtFlags::READ | ProtFlags::WRITE, MapFlags::PRIVATE | MapFlags::FIXED);
    // SAFETY: by this function's contract.
    unsafe { rustix::mm::mmap_anonymous(start.cast(), bytes, protection, flags) }.is_ok()
}

/// Maps the beginning of a file in place of what is mapped there. What is written to it stays there.
///
/// # Safety
/// As [`replace_by_zeroes`]; the file must be that long and never change.
#[cfg(not(feature = "start"))]
pub unsafe fn map_file(file: BorrowedFd<'_>, bytes: usize, to: *mut u8) -> bool {
    let (protection, flags) = (ProtFlags::READ | ProtFlags::WRITE, MapFlags::PRIVATE | MapFlags::FIXED);
    // SAFETY: by this function's contract.
    unsafe { rustix::mm::mmap(to.cast(), bytes, protection, flags, file, 0) }.is_ok()
}

/// A file without a name, which has these contents and zeroes behind them, and never changes.
#[cfg(not(feature = "start"))]
pub fn file_in_memory(contents: &[u8], bytes: usize) -> Option<OwnedFd> {
    use rustix::fs::{MemfdFlags, SealFlags};
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    let file = rustix::fs::memfd_create(c"wasmwright", flags).ok()?;
    rustix::fs::ftruncate(&file, bytes as u64).ok()?;
    let mut written = 0;
    while let Some(rest) = contents.get(written..).filter(|rest| !rest.is_empty()) {
        written += rustix::io::pwrite(&file, rest, written as u64).ok()?;
    }
    let seals = SealFlags::SEAL | SealFlags::SHRINK | SealFlags::GROW | SealFlags::WRITE;
    rustix::fs::fcntl_add_seals(&file, seals).ok()?;
    Some(file)
}

/// The number of a file in its file system.
#[cfg(not(feature = "start"))]
pub fn inode(file: BorrowedFd<'_>) -> Option<u64> {
    Some(rustix::fs::fstat(file).ok()?.st_ino)
}

/// Makes a mapping larger, moving it if it must be.
///
/// # Safety
/// `start` must be a whole mapping of `old_bytes` that the runtime owns; no pointer into it may be
/// used afterwards if it moved.
pub unsafe fn enlarge(start: *mut u8, old_bytes: usize, new_bytes: usize) -> Option<*mut u8> {
    // SAFETY: by this function's contract.
    let moved = unsafe { rustix::mm::mremap(start.cast(), old_bytes, new_bytes, MremapFlags::MAYMOVE) };
    moved.ok().map(<*mut c_void>::cast)
}

/// Moves pages to a place where others are mapped, which they replace. The old place is unmapped.
///
/// # Safety
/// Both stretches must be page-aligned and owned by the runtime, and nothing may point into the
/// old one.
pub unsafe fn move_pages(from: *mut u8, bytes: usize, to: *mut u8) -> bool {
    // SAFETY: by this function's contract.
    unsafe { rustix::mm::mremap_fixed(from.cast(), bytes, bytes, MremapFlags::MAYMOVE, to.cast()) }.is_ok()
}

/// Returns a mapping to the system.
///
/// # Safety
/// It must be a mapping of the runtime's into which nothing points any more.
pub unsafe fn unmap(start: *mut u8, bytes: usize) {
    // SAFETY: by this function's contract. It fails only for arguments that are not a mapping.
    let _ = unsafe { rustix::mm::munmap(start.cast(), bytes) };
}
