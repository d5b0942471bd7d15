//! The table of descriptors: which host file a guest's number stands for, and what may be done
//! with it.
//!
//! Invariant: only what start-up preopened or a WASI call opened is in the table; no other
//! descriptor of the process can be named by the guest. A new descriptor gets the lowest free
//! number. Entries are handed out by value, so no lock is held while a system call waits.

use core::cell::UnsafeCell;
use core::ptr::{copy_nonoverlapping, null};
use core::sync::atomic::{AtomicBool, Ordering};

use rustix::fd::{BorrowedFd, IntoRawFd, OwnedFd, RawFd};

use super::errno::Errno;
use super::host;
use super::types::filetype;
use crate::sys;

/// What a guest's descriptor stands for.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The host's descriptor.
    pub host: RawFd,
    /// One of [`filetype`].
    pub filetype: u8,
    /// Bits of [`entry_flag`].
    pub flags: u8,
    /// Length of the name under which it was preopened.
    pub name_length: u32,
    /// That name; null if it was not preopened.
    pub name: *const u8,
    /// See [`super::rights`].
    pub rights_base: u64,
    /// See [`super::rights`].
    pub rights_inheriting: u64,
    /// Where `fd_readdir` got to.
    pub cursor: DirectoryCursor,
}

/// Bits of [`Entry::flags`].
pub mod entry_flag {
    /// Nothing may be written, made, removed or renamed through it.
    pub const READ_ONLY: u8 = 1 << 0;
    /// The process's own standard stream: never closed, so that reports of traps do not end in a
    /// file of the guest.
    pub const STANDARD_STREAM: u8 = 1 << 1;
    /// A socket preopened by `--tcplisten`.
    pub const LISTENER: u8 = 1 << 2;
    /// It was opened or set to append, so that `fd_pwrite` need not ask. Standard streams do not
    /// have it: they may be shared with other processes, which can set it.
    pub const APPENDS: u8 = 1 << 3;
}

/// A place in a directory: the guest's cookie counts entries, the kernel's offset is opaque. This
/// is the last pair of them, so that reading on does not start over.
#[derive(Clone, Copy, Debug, Default)]
pub struct DirectoryCursor {
    /// Entries before this place, `.` and `..` among them.
    pub cookie: u64,
    /// The kernel's name for the place.
    pub offset: u64,
}

impl Entry {
    /// What a number has that stands for nothing.
    pub const FREE: Entry = Entry {
        host: -1,
        filetype: filetype::UNKNOWN,
        flags: 0,
        name_length: 0,
        name: null(),
        rights_base: 0,
        rights_inheriting: 0,
        cursor: DirectoryCursor { cookie: 0, offset: 0 },
    };

    /// An entry for a file that was opened for the guest, which then owns it.
    pub fn new(host: OwnedFd, filetype: u8, rights_base: u64, rights_inheriting: u64) -> Self {
        Self { host: host.into_raw_fd(), filetype, flags: 0, rights_base, rights_inheriting, ..Entry::FREE }
    }

    /// The host's descriptor, for a system call.
    pub fn host(&self) -> BorrowedFd<'_> {
        // SAFETY: an entry holds an open descriptor. Where another thread of the guest closes it
        // meanwhile the call fails, or meets another descriptor of the same guest.
        unsafe { host::borrow(self.host) }
    }

    /// Whether it is a directory.
    pub fn is_directory(&self) -> bool {
        self.filetype == filetype::DIRECTORY
    }

    /// Whether it has all of these bits of [`entry_flag`].
    pub fn has(&self, flags: u8) -> bool {
        self.flags & flags == flags
    }

    /// Closes the host's descriptor.
    pub fn close(self) {
        if !self.has(entry_flag::STANDARD_STREAM) {
            // SAFETY: the entry left the table (or never entered it), so it is the only owner.
            unsafe { rustix::io::close(self.host) };
        }
    }
}

/// See the module's documentation.
#[derive(Debug)]
pub struct Table {
    locked: AtomicBool,
    slots: UnsafeCell<Slots>,
}

// SAFETY: `slots` is touched only under the lock.
unsafe impl Sync for Table {}
// SAFETY: nothing in it belongs to a thread.
unsafe impl Send for Table {}

#[derive(Debug)]
struct Slots {
    first: *mut Entry,
    count: u32,
    /// No number below this one is free.
    lowest_free: u32,
    /// Whether `first` is a mapping of its own, to be returned when it is outgrown.
    mapped: bool,
}

impl Table {
    /// An empty table in `room`.
    ///
    /// # Safety
    /// There must be room for `count` entries that nothing else uses while the table lives.
    pub unsafe fn new(room: *mut Entry, count: u32) -> Self {
        for index in 0..count as usize {
            // SAFETY: by this function's contract.
            unsafe { room.add(index).write(Entry::FREE) };
        }
        let slots = Slots { first: room, count, lowest_free: 0, mapped: false };
        Self { locked: AtomicBool::new(false), slots: UnsafeCell::new(slots) }
    }

    /// What a number stands for.
    pub fn get(&self, number: u32) -> Result<Entry, Errno> {
        self.with(|slots| slots.used(number).map(|entry| *entry))
    }

    /// Changes an entry.
    pub fn update(&self, number: u32, change: impl FnOnce(&mut Entry)) -> Result<(), Errno> {
        self.with(|slots| slots.used(number).map(change))
    }

    /// Gives an entry the lowest free number; closes it if there is no room.
    pub fn insert(&self, entry: Entry) -> Result<u32, Errno> {
        self.with(|slots| slots.insert(entry)).inspect_err(|_| entry.close())
    }

    /// Puts an entry at a number that stands for nothing yet, for start-up.
    pub fn insert_at(&self, number: u32, entry: Entry) {
        self.with(|slots| {
            if let Some(slot) = slots.as_mut_slice().get_mut(number as usize) {
                *slot = entry;
            }
        });
    }

    /// Frees a number and returns what it stood for.
    pub fn remove(&self, number: u32) -> Result<Entry, Errno> {
        self.with(|slots| slots.remove(number))
    }

    /// Moves an entry to a number that is in use, and returns what that stood for; nothing if
    /// both are one.
    pub fn renumber(&self, from: u32, to: u32) -> Result<Option<Entry>, Errno> {
        self.with(|slots| {
            slots.used(from)?;
            let replaced = *slots.used(to)?;
            if from == to {
                return Ok(None);
            }
            let moved = slots.remove(from)?;
            *slots.used(to)? = moved;
            Ok(Some(replaced))
        })
    }

    /// Frees all numbers and closes what they stood for.
    #[cfg(not(feature = "start"))]
    pub fn close_all(&self) {
        self.with(|slots| {
            for entry in slots.as_mut_slice() {
                if entry.host >= 0 {
                    core::mem::replace(entry, Entry::FREE).close();
                }
            }
            if slots.mapped {
                // SAFETY: the mapping is this table's, of so many entries, and is used no more.
                unsafe { sys::unmap(slots.first.cast(), slots.count as usize * size_of::<Entry>()) };
                (slots.count, slots.mapped) = (0, false);
            }
        });
    }

    /// Runs something short on the slots, under the lock.
    fn with<R>(&self, action: impl FnOnce(&mut Slots) -> R) -> R {
        while self.locked.swap(true, Ordering::Acquire) {
            rustix::thread::sched_yield();
        }
        // SAFETY: the lock is ours.
        let result = action(unsafe { &mut *self.slots.get() });
        self.locked.store(false, Ordering::Release);
        result
    }
}

impl Slots {
    fn as_mut_slice(&mut self) -> &mut [Entry] {
        // SAFETY: there are `count` initialised entries, and `self` is borrowed as long.
        unsafe { core::slice::from_raw_parts_mut(self.first, self.count as usize) }
    }

    fn used(&mut self, number: u32) -> Result<&mut Entry, Errno> {
        let slot = self.as_mut_slice().get_mut(number as usize);
        slot.filter(|entry| entry.host >= 0).ok_or(Errno::BADF)
    }

    fn remove(&mut self, number: u32) -> Result<Entry, Errno> {
        let slot = self.used(number)?;
        let entry = *slot;
        *slot = Entry::FREE;
        self.lowest_free = self.lowest_free.min(number);
        Ok(entry)
    }

    fn insert(&mut self, entry: Entry) -> Result<u32, Errno> {
        let start = self.lowest_free;
        let candidates = self.as_mut_slice().iter_mut().enumerate().skip(start as usize);
        for (number, slot) in candidates {
            if slot.host < 0 {
                *slot = entry;
                self.lowest_free = number as u32 + 1;
                return Ok(number as u32);
            }
        }
        let number = self.count;
        self.grow()?;
        // SAFETY: `grow` made room beyond the old count.
        unsafe { self.first.add(number as usize).write(entry) };
        self.lowest_free = number + 1;
        Ok(number)
    }

    /// Doubles the room.
    #[cold]
    fn grow(&mut self) -> Result<(), Errno> {
        let old = self.count as usize;
        let new = old * 2;
        let count = u32::try_from(new).map_err(|_| Errno::MFILE)?;
        let room = sys::map_zeroed(new * size_of::<Entry>()).ok_or(Errno::NOMEM)?.cast::<Entry>();
        // SAFETY: the new room is larger than the old and apart from it.
        unsafe { copy_nonoverlapping(self.first, room, old) };
        for index in old..new {
            // SAFETY: inside the new room.
            unsafe { room.add(index).write(Entry::FREE) };
        }
        if self.mapped {
            // SAFETY: our own mapping of that size, and `first` is about to forget it.
            unsafe { sys::unmap(self.first.cast(), old * size_of::<Entry>()) };
        }
        *self = Self { first: room, count, lowest_free: self.lowest_free, mapped: true };
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    fn table(room: &mut Vec<Entry>) -> Table {
        room.resize(2, Entry::FREE);
        // SAFETY: the vector has two entries and outlives the table.
        unsafe { Table::new(room.as_mut_ptr(), 2) }
    }

    /// An entry that is never closed.
    fn entry(host: RawFd) -> Entry {
        Entry { host, flags: entry_flag::STANDARD_STREAM, ..Entry::FREE }
    }

    #[test]
    fn the_lowest_free_number_is_given_out_and_the_table_grows() {
        let mut room = Vec::new();
        let table = table(&mut room);
        for number in 0..1000 {
            assert_eq!(table.insert(entry(number as RawFd)), Ok(number));
        }
        assert_eq!(table.remove(500).map(|entry| entry.host), Ok(500));
        assert_eq!(table.remove(7).map(|entry| entry.host), Ok(7));
        assert_eq!(table.get(7).map(drop), Err(Errno::BADF));
        assert_eq!(table.insert(entry(1)), Ok(7));
        assert_eq!(table.insert(entry(1)), Ok(500));
        assert_eq!(table.insert(entry(1)), Ok(1000));
        assert_eq!(table.get(999).map(|entry| entry.host), Ok(999));
        assert_eq!(table.get(u32::MAX).map(drop), Err(Errno::BADF));
    }

    #[test]
    fn renumbering_frees_the_old_number() {
        let mut room = Vec::new();
        let table = table(&mut room);
        for host in [10, 11, 12] {
            table.insert(entry(host)).expect("there is room");
        }
        assert_eq!(table.renumber(0, 2).map(|old| old.map(|entry| entry.host)), Ok(Some(12)));
        assert_eq!(table.get(2).map(|entry| entry.host), Ok(10));
        assert_eq!(table.get(0).map(drop), Err(Errno::BADF));
        assert_eq!(table.renumber(1, 1).map(|old| old.is_none()), Ok(true));
        assert_eq!(table.renumber(0, 1).map(drop), Err(Errno::BADF));
        assert_eq!(table.renumber(1, 5).map(drop), Err(Errno::BADF));
        assert_eq!(table.insert(entry(13)), Ok(0));
    }
}
