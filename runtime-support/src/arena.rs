//! Room for the runtime's own records: zeroed, aligned to 16 bytes, given back all at once or never.
//!
//! Instances, tables of pointers and launch data live as long as their store, so a pointer that
//! only moves forward is all the allocator that is needed. The first few hundred bytes come from
//! the image's zeroed data and cost no system call.

use core::cell::UnsafeCell;
use core::ptr::null_mut;

use crate::spare::{self, Shape};
use crate::sys;

const ALIGNMENT: usize = 16;
const FIRST_CHUNK_BYTES: usize = 1024;
const CHUNK_BYTES: usize = 64 << 10;

#[repr(C, align(16))]
struct FirstChunk(UnsafeCell<[u8; FIRST_CHUNK_BYTES]>);

// SAFETY: only the one `Arena` of the process hands it out, each byte once.
unsafe impl Sync for FirstChunk {}

static FIRST_CHUNK: FirstChunk = FirstChunk(UnsafeCell::new([0; FIRST_CHUNK_BYTES]));

/// See the module's documentation. A process has one, in its store.
#[derive(Debug)]
pub struct Arena {
    next: *mut u8,
    left_bytes: usize,
    /// The mapping that was made last, of those that are to be given back.
    last: *mut Mapping,
}

/// The head of each mapping of an arena.
#[repr(C, align(16))]
#[derive(Debug)]
struct Mapping {
    before: *mut Mapping,
    bytes: usize,
}

impl Arena {
    /// Nothing handed out yet.
    ///
    /// # Safety
    /// Only one arena of a process may be made so.
    pub const unsafe fn first() -> Self {
        Self { next: FIRST_CHUNK.0.get().cast(), left_bytes: FIRST_CHUNK_BYTES, last: null_mut() }
    }

    /// Without room: takes all of it from the system.
    pub const fn empty() -> Self {
        Self { next: null_mut(), left_bytes: 0, last: null_mut() }
    }

    /// Zeroed room for `count` values; ends the process with a message if there is none.
    pub fn allocate<T>(&mut self, count: usize) -> *mut T {
        const { assert!(align_of::<T>() <= ALIGNMENT) };
        match size_of::<T>().checked_mul(count).and_then(|bytes| self.try_allocate(bytes)) {
            Some(room) => room.cast(),
            None => sys::fail(&[b"out of memory at start"]),
        }
    }

    /// Zeroed room; `None` if the system has none.
    pub fn try_allocate(&mut self, bytes: usize) -> Option<*mut u8> {
        let bytes = bytes.checked_next_multiple_of(ALIGNMENT)?;
        if bytes > CHUNK_BYTES / 4 && bytes > self.left_bytes {
            return self.map(bytes);
        }
        if bytes > self.left_bytes {
            self.next = self.map(CHUNK_BYTES - size_of::<Mapping>())?;
            self.left_bytes = CHUNK_BYTES - size_of::<Mapping>();
        }
        let room = self.next;
        self.next = room.wrapping_add(bytes);
        self.left_bytes -= bytes;
        Some(room)
    }

    /// Sees to it that so many bytes are left in one piece; false if the system has no room.
    #[cfg(not(feature = "start"))]
    pub fn ensure(&mut self, bytes: usize) -> bool {
        if bytes <= self.left_bytes {
            return true;
        }
        let Some(next) = self.map(bytes) else { return false };
        (self.next, self.left_bytes) = (next, bytes);
        true
    }

    fn map(&mut self, bytes: usize) -> Option<*mut u8> {
        let bytes = bytes.checked_add(size_of::<Mapping>())?;
        let kept = spare::take(Shape::open(bytes));
        let mapping = kept.or_else(|| sys::map_zeroed(bytes))?.cast::<Mapping>();
        // SAFETY: the mapping is new, and larger than its head.
        unsafe {
            mapping.write(Mapping { before: self.last, bytes });
            self.last = mapping;
            Some(mapping.add(1).cast())
        }
    }

    /// Whether an address lies in one of the mappings.
    #[cfg(not(feature = "start"))]
    pub fn contains(&self, address: usize) -> bool {
        let mut mapping = self.last;
        while !mapping.is_null() {
            // SAFETY: each mapping has its head until it is given back.
            let Mapping { before, bytes } = unsafe { mapping.read() };
            if address.wrapping_sub(mapping as usize) < bytes {
                return true;
            }
            mapping = before;
        }
        false
    }

    /// Gives all mappings back.
    ///
    /// # Safety
    /// Nothing that came from the arena may be used any more; it may lie in one of its own mappings.
    #[cfg(not(feature = "start"))]
    pub unsafe fn release(self) {
        let mut last = self.last;
        while !last.is_null() {
            // SAFETY: each mapping has its head until it is given back.
            unsafe {
                let Mapping { before, bytes } = last.read();
                if bytes != CHUNK_BYTES || !spare::keep(last.cast(), Shape::open(bytes), bytes) {
                    sys::unmap(last.cast(), bytes);
                }
                last = before;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_aligned_zeroed_and_disjoint() {
        let mut arena = Arena::empty();
        for bytes in [1usize, 16, 17, 0, 4000, 16 << 10, (16 << 10) + 1, 60_000, 1 << 20] {
            let room = arena.try_allocate(bytes).expect("the system has room");
            assert_eq!(room as usize % ALIGNMENT, 0);
            // SAFETY: the arena handed out `bytes` bytes.
            let slice = unsafe { core::slice::from_raw_parts_mut(room, bytes) };
            assert!(slice.iter().all(|&byte| byte == 0), "{bytes} bytes hold what another wrote");
            slice.fill(0xA5);
        }
    }
}
