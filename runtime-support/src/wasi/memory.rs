//! Guest memory: the only place that makes host pointers from guest addresses.
//!
//! What enters: 32-bit addresses and lengths from the guest, any values at all. What leaves:
//! values, or pointers to stretches that lie inside the memory. Invariant: an address is used
//! only after `address + length <= length of the memory` was checked in 64 bits, where the sum
//! cannot wrap. Nothing is assumed of alignment. The guest may write to what a pointer names
//! while we hold it (threads), so nothing of ours looks at it through a Rust reference: bytes are
//! copied, or their place is given to the kernel.

use core::marker::PhantomData;
use core::mem::MaybeUninit;
use core::ptr;
use core::slice;

use rustix::io::{IoSlice, IoSliceMut};
use wasmwright_abi::instance::MemoryRecord;

use super::errno::Errno;
use super::types::{GuestValue, Iovec};

/// The memory of the calling instance as it is during one call. It may be smaller than at the end
/// of the call, never larger: memories do not shrink.
#[derive(Clone, Copy, Debug)]
pub struct GuestMemory<'a> {
    base: *mut u8,
    length_bytes: u64,
    memory: PhantomData<&'a MemoryRecord>,
}

impl<'a> GuestMemory<'a> {
    /// The memory of a record; one without bytes if there is none, so that every use of an
    /// address is an error.
    ///
    /// # Safety
    /// `record` must be null or a record whose `length_bytes` bytes at `base` stay accessible
    /// during `'a`.
    pub unsafe fn new(record: *const MemoryRecord) -> Self {
        // SAFETY: by this function's contract.
        match unsafe { record.as_ref() } {
            Some(record) if !record.base.is_null() => {
                Self { base: record.base, length_bytes: record.length_bytes, memory: PhantomData }
            }
            _ => Self { base: ptr::dangling_mut(), length_bytes: 0, memory: PhantomData },
        }
    }

    /// A stretch of the memory: its host address, or `FAULT` if any of it lies outside.
    pub fn stretch(&self, address: u32, bytes: u64) -> Result<*mut u8, Errno> {
        let end = u64::from(address).checked_add(bytes).ok_or(Errno::FAULT)?;
        if end > self.length_bytes {
            return Err(Errno::FAULT);
        }
        Ok(self.base.wrapping_add(address as usize))
    }

    /// Reads a value.
    pub fn read<T: GuestValue>(&self, address: u32) -> Result<T, Errno> {
        let place = self.stretch(address, size_of::<T>() as u64)?;
        // SAFETY: the stretch is inside the memory, and every bit pattern is a `T`.
        Ok(unsafe { place.cast::<T>().read_unaligned() })
    }

    /// Writes a value.
    pub fn write<T: GuestValue>(&self, address: u32, value: T) -> Result<(), Errno> {
        let place = self.stretch(address, size_of::<T>() as u64)?;
        // SAFETY: the stretch is inside the memory.
        unsafe { place.cast::<T>().write_unaligned(value) };
        Ok(())
    }

    /// Checks that a result can be written, before something is done that cannot be undone.
    pub fn expect_room<T: GuestValue>(&self, address: u32) -> Result<(), Errno> {
        self.stretch(address, size_of::<T>() as u64).map(drop)
    }

    /// Copies bytes into the memory.
    pub fn write_bytes(&self, address: u32, bytes: &[u8]) -> Result<(), Errno> {
        let place = self.stretch(address, bytes.len() as u64)?;
        // SAFETY: the stretch is inside the memory, and ours is not.
        unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), place, bytes.len()) };
        Ok(())
    }

    /// A stretch for the kernel to write to.
    pub fn buffer(&self, address: u32, bytes: u32) -> Result<&'a mut [MaybeUninit<u8>], Errno> {
        let place = self.stretch(address, bytes.into())?;
        // SAFETY: the stretch is inside the memory; it goes to one system call, and nothing of
        // ours looks inside.
        Ok(unsafe { slice::from_raw_parts_mut(place.cast(), bytes as usize) })
    }

    /// A list of buffers: `count` pairs of address and length.
    pub fn vectors(&self, address: u32, count: u32) -> Result<Vectors<'a>, Errno> {
        let list = self.stretch(address, u64::from(count) * size_of::<Iovec>() as u64)?;
        Ok(Vectors { memory: *self, next: list.cast(), left: count })
    }
}

/// Buffers that go to the kernel in one call: as many as wasi-libc's programs use in practice,
/// and few enough for any stack.
const BATCH_VECTORS: usize = 64;

/// Bytes that go to the kernel in one call at most: Linux's own limit.
const BATCH_BYTES: u64 = 0x7fff_f000;

/// What is left of a guest's list of buffers.
#[derive(Debug)]
pub struct Vectors<'a> {
    memory: GuestMemory<'a>,
    next: *const Iovec,
    left: u32,
}

impl<'a> Vectors<'a> {
    /// The next buffers, checked. Empty ones are left out; an empty batch is the end.
    pub fn next_batch(&mut self) -> Result<Batch<'a>, Errno> {
        let mut batch = Batch {
            slots: [const { MaybeUninit::uninit() }; BATCH_VECTORS],
            count: 0,
            bytes: 0,
            memory: PhantomData,
        };
        for slot in &mut batch.slots {
            let Some((start, length)) = self.next_buffer(BATCH_BYTES - batch.bytes)? else {
                break;
            };
            slot.write(HostVector { start, length: length as usize });
            batch.count += 1;
            batch.bytes += length;
        }
        Ok(batch)
    }

    /// The next buffer that is not empty, cut to `room` bytes. A cut one ends the list.
    fn next_buffer(&mut self, room: u64) -> Result<Option<(*mut u8, u64)>, Errno> {
        while self.left > 0 {
            // SAFETY: `vectors` checked that `left` elements lie here.
            let Iovec { buffer, length } = unsafe { self.next.read_unaligned() };
            self.next = self.next.wrapping_add(1);
            self.left -= 1;
            let start = self.memory.stretch(buffer, length.into())?;
            if u64::from(length) > room {
                self.left = 0;
            }
            let length = u64::from(length).min(room);
            if length > 0 {
                return Ok(Some((start, length)));
            }
        }
        Ok(None)
    }

    /// Whether no buffer is left.
    pub fn is_empty(&self) -> bool {
        self.left == 0
    }
}

/// The kernel's `iovec`, which [`IoSlice`] and [`IoSliceMut`] are, too.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
struct HostVector {
    start: *mut u8,
    length: usize,
}

const _: () = assert!(size_of::<HostVector>() == size_of::<IoSlice<'_>>());
const _: () = assert!(size_of::<HostVector>() == size_of::<IoSliceMut<'_>>());

/// Buffers of the guest, as the kernel wants them.
pub struct Batch<'a> {
    slots: [MaybeUninit<HostVector>; BATCH_VECTORS],
    count: usize,
    bytes: u64,
    memory: PhantomData<&'a MemoryRecord>,
}

impl Batch<'_> {
    /// Their total length.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Where they are, and how long.
    pub fn buffers(&self) -> impl Iterator<Item = (*mut u8, usize)> {
        self.slots[..self.count].iter().map(|slot| {
            // SAFETY: the first `count` were written by `next_batch`.
            let HostVector { start, length } = unsafe { slot.assume_init_read() };
            (start, length)
        })
    }

    /// For a call that writes what is in them.
    pub fn to_write(&self) -> &[IoSlice<'_>] {
        // SAFETY: the first `count` were written by `next_batch`; an `IoSlice` is a `HostVector`,
        // and the stretches are accessible while the batch lives. Only the kernel looks inside.
        unsafe { slice::from_raw_parts(self.slots.as_ptr().cast(), self.count) }
    }

    /// For a call that reads into them.
    pub fn to_read(&mut self) -> &mut [IoSliceMut<'_>] {
        // SAFETY: as in `to_write`. Guest buffers may overlap, which the kernel does not mind.
        unsafe { slice::from_raw_parts_mut(self.slots.as_mut_ptr().cast(), self.count) }
    }
}
