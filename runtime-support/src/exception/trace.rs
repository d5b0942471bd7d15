//! Where an exception that nothing catches was thrown.
//!
//! By the time that is known its frames are gone: handlers that let it pass, destructors for one, ran
//! where they were. So every throw notes the addresses in the frames that it leaves, and a handler's
//! throwing on of what it caught goes on with the same list. Invariant: the list is no longer than
//! the stack was deep, and only what a report says depends on it.

use core::ptr::null_mut;

use wasmwright_abi::exception::Exception;

use crate::arch::AddressRange;
use crate::sys;

/// No frame of compiled code is smaller: its return address, aligned.
const SMALLEST_FRAME_BYTES: usize = 16;

/// See the module's documentation.
#[derive(Debug)]
pub struct Trace {
    addresses: *mut usize,
    capacity: usize,
    count: usize,
    /// What was caught last, and in which frame.
    caught: (*mut Exception, usize),
    /// Whether the last one was not caught at all.
    is_uncaught: bool,
}

impl Trace {
    /// Nothing thrown yet.
    pub const EMPTY: Self =
        Self { addresses: null_mut(), capacity: 0, count: 0, caught: (null_mut(), 0), is_uncaught: false };

    /// Makes room for the frames of a stack, where the system has it and there is none.
    pub fn reserve(&mut self, stack: AddressRange) {
        if !self.addresses.is_null() {
            return;
        }
        let capacity = (stack.end - stack.start) / SMALLEST_FRAME_BYTES;
        if let Some(start) = sys::map_zeroed(capacity * size_of::<usize>()) {
            (self.addresses, self.capacity) = (start.cast(), capacity);
        }
    }

    /// Gives the room back.
    #[cfg(not(feature = "start"))]
    pub fn release(&self) {
        if self.capacity != 0 {
            // SAFETY: the mapping is this list's, which is not used any more.
            unsafe { sys::unmap(self.addresses.cast(), self.capacity * size_of::<usize>()) };
        }
    }

    /// An exception leaves `frame`: thrown there at the address, or thrown on after it was caught
    /// there.
    pub fn begin(&mut self, exception: *mut Exception, frame: usize, address: usize) {
        if self.caught != (exception, frame) {
            self.count = 0;
            self.left(address);
        }
    }

    /// It leaves a frame at that address.
    pub fn left(&mut self, address: usize) {
        if self.count < self.capacity {
            // SAFETY: within the array.
            unsafe { self.addresses.add(self.count).write(address) };
            self.count += 1;
        }
    }

    /// It is caught in a frame.
    pub fn caught(&mut self, exception: *mut Exception, frame: usize) {
        self.caught = (exception, frame);
    }

    /// The place of what was caught may be another exception's from now on.
    pub fn forget(&mut self) {
        self.caught = (null_mut(), 0);
    }

    /// Nothing catches it, and the process ends.
    pub fn end(&mut self) {
        self.is_uncaught = true;
    }

    /// The addresses, the innermost first, if an exception ends the process.
    pub fn uncaught(&self) -> &[usize] {
        if !self.is_uncaught || self.addresses.is_null() {
            return &[];
        }
        // SAFETY: so many were written.
        unsafe { core::slice::from_raw_parts(self.addresses, self.count) }
    }
}
