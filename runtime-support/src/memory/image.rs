//! Large initial contents, which all instances of a library share until they write to them.
//!
//! What enters: movable images, and where a memory wants them. What leaves: private mappings of a file in
//! memory that holds the image, so that an instance costs what it writes. Invariants: an image has one
//! file at most, which is filled and sealed before anybody maps it; no thread waits for another, for what
//! is not to be had, or not yet, is copied.

use core::ptr::null_mut;
use core::sync::atomic::{AtomicI32, AtomicPtr, AtomicU64, Ordering};

use rustix::fd::{AsFd, BorrowedFd, IntoRawFd};
use wasmwright_abi::program::DataImage;

use crate::sys;

/// How many images have files.
const SLOT_COUNT: usize = 8;

/// There is no file, or it is not filled yet.
const NO_FILE: i32 = -1;

struct Slot {
    /// The image's first byte, which tells it from others.
    image: AtomicPtr<u8>,
    file: AtomicI32,
    /// What tells the file from one that has its number after the host has closed all that it does not know.
    inode: AtomicU64,
}

static SLOTS: [Slot; SLOT_COUNT] = [const { Slot::new() }; SLOT_COUNT];

/// Maps an image, and zeroes behind it up to that many bytes. False if it cannot be shared.
///
/// # Safety
/// The image is movable and never changes or goes; the page-aligned stretch lies in a mapping that the
/// runtime owns, and nobody needs what it holds.
pub unsafe fn map(image: &DataImage, bytes: usize, to: *mut u8) -> bool {
    // SAFETY: by this function's contract.
    unsafe { file_of(image.bytes.as_slice(), bytes).is_some_and(|file| sys::map_file(file, bytes, to)) }
}

fn file_of(image: &[u8], bytes: usize) -> Option<BorrowedFd<'static>> {
    let start = image.as_ptr().cast_mut();
    for slot in &SLOTS {
        match slot.image.compare_exchange(null_mut(), start, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => {
                let file = sys::file_in_memory(image, bytes)?;
                slot.inode.store(sys::inode(file.as_fd())?, Ordering::Relaxed);
                slot.file.store(file.into_raw_fd(), Ordering::Release);
                return slot.file();
            }
            Err(other) if other == start => return slot.file(),
            Err(_) => {}
        }
    }
    None
}

impl Slot {
    const fn new() -> Self {
        Self { image: AtomicPtr::new(null_mut()), file: AtomicI32::new(NO_FILE), inode: AtomicU64::new(0) }
    }

    fn file(&self) -> Option<BorrowedFd<'static>> {
        let file = self.file.load(Ordering::Acquire);
        if file == NO_FILE {
            return None;
        }
        // SAFETY: the runtime does not close it, and asks whose it is, in case the host has.
        let file = unsafe { BorrowedFd::borrow_raw(file) };
        (sys::inode(file)? == self.inode.load(Ordering::Relaxed)).then_some(file)
    }
}
