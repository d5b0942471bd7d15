//! Mappings that are given back and kept for the next that are like them: memories and records of a
//! library's instances. To ask the system for them costs more than all else of an instance.
//!
//! What enters: mappings that nothing uses any more. What leaves: mappings as new ones are. Invariants:
//! what is kept is all zero, and accessible where its shape says and nowhere else; no thread waits for
//! another, for a slot that one uses is passed over.

use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicBool, Ordering};

use crate::sys;

/// How many are kept.
const SLOT_COUNT: usize = 32;

/// Longer ones go back to the system: who made one of them may not need another.
const LARGEST_OPENED_BYTES: usize = 16 << 20;

/// How a private mapping is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// All of it.
    pub reserved_bytes: usize,
    /// Inaccessible bytes before what is open. What is behind that is inaccessible, too.
    pub below_bytes: usize,
    /// What can be read and written.
    pub opened_bytes: usize,
}

impl Shape {
    /// All of it can be read and written.
    pub const fn open(bytes: usize) -> Self {
        Self { reserved_bytes: bytes, below_bytes: 0, opened_bytes: bytes }
    }
}

#[derive(Debug)]
struct Spare {
    lowest: *mut u8,
    shape: Shape,
}

struct Slot {
    is_used: AtomicBool,
    spare: UnsafeCell<Option<Spare>>,
}

// SAFETY: the spare is only touched by the thread that has set `is_used`.
unsafe impl Sync for Slot {}

static SLOTS: [Slot; SLOT_COUNT] =
    [const { Slot { is_used: AtomicBool::new(false), spare: UnsafeCell::new(None) } }; SLOT_COUNT];

impl Slot {
    /// What the function returns, unless another thread uses the slot.
    fn with<R>(&self, act: impl FnOnce(&mut Option<Spare>) -> Option<R>) -> Option<R> {
        if self.is_used.swap(true, Ordering::Acquire) {
            return None;
        }
        // SAFETY: this thread has set the flag.
        let result = act(unsafe { &mut *self.spare.get() });
        self.is_used.store(false, Ordering::Release);
        result
    }
}

/// The lowest address of a kept mapping of that shape. A process with one instance keeps none.
pub fn take(shape: Shape) -> Option<*mut u8> {
    if cfg!(feature = "start") {
        return None;
    }
    let taken = |slot: &Slot| slot.with(|spare| spare.take_if(|spare| spare.shape == shape));
    SLOTS.iter().find_map(taken).map(|spare| spare.lowest)
}

/// Keeps a mapping, of whose opened part a shorter one is to stay open. If false, it is the caller's as
/// before, but its contents may be gone.
///
/// # Safety
/// It must be a mapping of the runtime's of that shape, into which nothing points any more.
pub unsafe fn keep(lowest: *mut u8, shape: Shape, opened_bytes: usize) -> bool {
    if shape.opened_bytes > LARGEST_OPENED_BYTES || opened_bytes > shape.opened_bytes {
        return false;
    }
    let kept = |slot: &Slot| {
        slot.with(|spare| {
            if spare.is_some() {
                return None;
            }
            // SAFETY: by this function's contract.
            let is_like_new =
                unsafe { renew(lowest.add(shape.below_bytes), shape.opened_bytes, opened_bytes) };
            *spare = is_like_new.then_some(Spare { lowest, shape: Shape { opened_bytes, ..shape } });
            Some(is_like_new)
        })
    };
    SLOTS.iter().find_map(kept).unwrap_or(false)
}

/// Clears what was open, and closes all but the beginning of it.
unsafe fn renew(start: *mut u8, opened_before: usize, opened_bytes: usize) -> bool {
    // SAFETY: as the caller's.
    unsafe {
        sys::clear(start, opened_before)
            && (opened_before == opened_bytes
                || sys::close(start.add(opened_bytes), opened_before - opened_bytes))
    }
}
