//! Where exceptions live, and until when.
//!
//! One reservation in blocks; a block holds objects of one size, a power of two. An exception that
//! no handler keeps a reference to is released by the handler that catches it: a program that
//! throws and catches without references stays within one object, and collects nothing. References
//! (`exnref`, or the exception of a handler that may rethrow) are words that nobody counts. So
//! every so many exceptions a collection marks what is reachable, by a conservative look at all
//! places where compiled code keeps values: the Wasm stack, the registers that calls preserve, the
//! instances, their tables, and the exceptions found; the rest is room again. Between collections
//! as many exceptions are made as were found live, 4096 at least: so memory stays within about
//! twice what is live, and the work of a collection is shared among as many throws.
//!
//! References in the hands of a host are not found: it must not keep one across calls.
//!
//! A tag may be another instance's, which may be gone before what is left of its exceptions: so nothing here
//! looks at the tag of an exception that is there already.

use core::ptr::null_mut;

use wasmwright_abi::exception::{Exception, REFERENCED, TagRecord, VALUES_OFFSET};
use wasmwright_abi::instance::{InstanceHeader, TableRecord, ValueSlot};

use crate::arch;
use crate::instance::part;
use crate::store::Store;
use crate::sys;

/// Address space for exceptions; less where the system gives less.
const RESERVATION_BYTES: usize = 1 << 30;
const LEAST_RESERVATION_BYTES: usize = 1 << 20;

const BLOCK_BYTES: usize = 64 << 10;

/// log2 of the sizes of objects: one value, up to 1000, the most that a tag may have.
const SMALLEST_CLASS: u32 = 5;
const LARGEST_CLASS: u32 = 14;
const CLASSES: usize = (LARGEST_CLASS - SMALLEST_CLASS + 1) as usize;

/// Exceptions made between two collections, at least.
const LEAST_BUDGET: usize = 4096;

/// Bit of [`Exception::state`] during a collection: reachable. Above it, the address of the next
/// exception whose values are still to be looked at.
const MARKED: u64 = 2;
const FLAGS: u64 = 15;

/// See the module's documentation. All zero before the first exception.
#[derive(Debug)]
pub struct Heap {
    /// What was mapped; the blocks begin at `start`.
    mapping: *mut u8,
    mapped_bytes: usize,
    start: *mut u8,
    reserved_bytes: usize,
    used_bytes: usize,
    /// Objects without an exception, by class: each one's `state` is the address of the next.
    free: [*mut Exception; CLASSES],
    /// Exceptions that may be made before the next collection.
    budget: usize,
    /// The exception that the last call ended with, or null.
    left: *mut Exception,
    /// The exception that a function of the host threw, which has not returned yet; or null.
    thrown: *mut Exception,
}

/// The first object's place in a block.
#[repr(C)]
struct BlockHeader {
    /// log2 of the size of its objects.
    class: u32,
}

impl Heap {
    /// Nothing reserved yet.
    pub const EMPTY: Self = Self {
        mapping: null_mut(),
        mapped_bytes: 0,
        start: null_mut(),
        reserved_bytes: 0,
        used_bytes: 0,
        free: [null_mut(); CLASSES],
        budget: LEAST_BUDGET,
        left: null_mut(),
        thrown: null_mut(),
    };

    fn reserve(&mut self) -> Option<()> {
        let mut bytes = RESERVATION_BYTES;
        while bytes >= LEAST_RESERVATION_BYTES {
            if let Some(start) = sys::reserve(bytes) {
                // Blocks are aligned to their size.
                let skipped = (start as usize).next_multiple_of(BLOCK_BYTES) - start as usize;
                (self.mapping, self.mapped_bytes) = (start, bytes);
                self.start = start.wrapping_add(skipped);
                self.reserved_bytes = (bytes - skipped) / BLOCK_BYTES * BLOCK_BYTES;
                return Some(());
            }
            bytes /= 2;
        }
        None
    }

    /// Gives all of it back.
    ///
    /// # Safety
    /// Nothing may use an exception of this heap any more.
    #[cfg(not(feature = "start"))]
    pub unsafe fn release_all(&self) {
        if self.mapped_bytes != 0 {
            // SAFETY: the mapping is this heap's.
            unsafe { sys::unmap(self.mapping, self.mapped_bytes) };
        }
    }

    /// Makes a block of free objects.
    fn add_block(&mut self, class: u32) -> Option<()> {
        if self.start.is_null() {
            self.reserve()?;
        }
        if self.used_bytes == self.reserved_bytes {
            return None;
        }
        let block = self.start.wrapping_add(self.used_bytes);
        // SAFETY: the block lies in the reservation and is new.
        unsafe {
            if !sys::open(block, BLOCK_BYTES) {
                return None;
            }
            block.cast::<BlockHeader>().write(BlockHeader { class });
        }
        self.used_bytes += BLOCK_BYTES;
        for object in objects(block, class) {
            self.put(object, class);
        }
        Some(())
    }

    fn free_list(&mut self, class: u32) -> Option<&mut *mut Exception> {
        self.free.get_mut((class - SMALLEST_CLASS) as usize)
    }

    fn put(&mut self, object: *mut Exception, class: u32) {
        let Some(list) = self.free_list(class) else { return };
        // SAFETY: the object is room of this heap that nobody uses.
        unsafe { object.write(Exception { tag: null_mut(), state: *list as u64 }) };
        *list = object;
    }

    fn take(&mut self, class: u32) -> Option<*mut Exception> {
        let list = self.free_list(class)?;
        let object = *list;
        if object.is_null() {
            return None;
        }
        // SAFETY: a free object's state is the next one's address.
        *list = unsafe { (*object).state } as *mut Exception;
        Some(object)
    }

    fn blocks(&self) -> impl Iterator<Item = *mut u8> + use<> {
        let start = self.start;
        (0..self.used_bytes / BLOCK_BYTES).map(move |index| start.wrapping_add(index * BLOCK_BYTES))
    }

    /// log2 of the size of an object.
    fn class_at(&self, object: *const Exception) -> u32 {
        let block = (object as usize - self.start as usize) / BLOCK_BYTES * BLOCK_BYTES;
        // SAFETY: the objects of this heap are in used blocks, which have headers.
        unsafe { (*self.start.wrapping_add(block).cast::<BlockHeader>()).class }
    }

    /// The exception whose address a word is.
    fn exception_at(&self, word: u64) -> Option<*mut Exception> {
        let offset = (word as usize).wrapping_sub(self.start as usize);
        if offset >= self.used_bytes {
            return None;
        }
        let block = self.start.wrapping_add(offset / BLOCK_BYTES * BLOCK_BYTES);
        let inside = offset % BLOCK_BYTES;
        // SAFETY: a used block has a header; the word is the address of an object in it if it
        // passes both tests.
        unsafe {
            let class = (*block.cast::<BlockHeader>()).class;
            let object = word as *mut Exception;
            let is_object = inside >> class != 0 && inside.trailing_zeros() >= class;
            (is_object && !(*object).tag.is_null()).then_some(object)
        }
    }
}

/// The places of objects in a block: all but the first, which the header takes.
fn objects(block: *mut u8, class: u32) -> impl Iterator<Item = *mut Exception> {
    (1..BLOCK_BYTES >> class).map(move |index| block.wrapping_add(index << class).cast())
}

/// log2 of the size that an exception of so many values takes.
fn class_of(value_count: u64) -> u32 {
    let bytes = VALUES_OFFSET + value_count * size_of::<ValueSlot>() as u64;
    bytes.next_power_of_two().trailing_zeros().max(SMALLEST_CLASS)
}

/// Room for an exception of a tag.
///
/// # Safety
/// The store must be live, compiled code of it waiting for this call, the tag one of its instances'.
pub unsafe fn allocate(store: *mut Store, tag: *const TagRecord) -> Option<*mut Exception> {
    // SAFETY: nothing else uses the heap meanwhile.
    unsafe {
        let class = class_of((*tag).value_count);
        let heap = &raw mut (*store).exceptions;
        if (*heap).budget == 0 {
            collect(store);
        }
        let mut object = (*heap).take(class);
        if object.is_none() {
            if (*heap).add_block(class).is_none() {
                collect(store);
            }
            object = (*heap).take(class);
        }
        let object = object?;
        (*heap).budget = (*heap).budget.saturating_sub(1);
        object.write(Exception { tag, state: 0 });
        Some(object)
    }
}

/// Takes an exception back that nobody refers to.
///
/// # Safety
/// As [`allocate`]'s; nobody may use the exception afterwards unless it is [`REFERENCED`].
pub unsafe fn release(store: *mut Store, exception: *mut Exception) {
    // SAFETY: the exception is live.
    unsafe {
        if (*exception).state & REFERENCED != 0 {
            return;
        }
        let heap = &mut (*store).exceptions;
        let class = heap.class_at(exception);
        heap.put(exception, class);
        heap.budget += 1;
    }
}

/// A call ends with an exception, which stays until another one does.
///
/// # Safety
/// As [`allocate`]'s, with an exception of this store.
pub unsafe fn leave(store: *mut Store, exception: *mut Exception) {
    // SAFETY: as this function's.
    unsafe {
        let before = core::mem::replace(&mut (*store).exceptions.left, exception);
        if before != exception {
            release_if_any(store, before);
        }
    }
}

/// The exception that the last call ended with, or null.
///
/// # Safety
/// The store must be live.
pub unsafe fn left(store: *const Store) -> *mut Exception {
    // SAFETY: as this function's.
    unsafe { (*store).exceptions.left }
}

/// A function of the host throws an exception, or null takes back what it threw.
///
/// # Safety
/// As [`leave`]'s.
pub unsafe fn throw(store: *mut Store, exception: *mut Exception) {
    // SAFETY: as this function's.
    unsafe { release_if_any(store, core::mem::replace(&mut (*store).exceptions.thrown, exception)) };
}

/// The exception that a function of the host threw, or null; it is the caller's.
///
/// # Safety
/// The store must be live.
pub unsafe fn take_thrown(store: *mut Store) -> *mut Exception {
    // SAFETY: as this function's.
    unsafe { core::mem::replace(&mut (*store).exceptions.thrown, null_mut()) }
}

unsafe fn release_if_any(store: *mut Store, exception: *mut Exception) {
    if !exception.is_null() {
        // SAFETY: the callers' exception is live and nobody's any more.
        unsafe { release(store, exception) };
    }
}

/// Frees what is not reachable.
unsafe fn collect(store: *mut Store) {
    let preserved = arch::preserved_registers();
    let here = preserved.as_ptr() as usize;
    // SAFETY: compiled code waits. The stack from here on holds its frames.
    unsafe {
        let heap = &mut (*store).exceptions;
        if has_other_stacks(store) || !(*store).stack.usable.contains(here) {
            // Some other stack, whose end is not known: all may be reachable.
            heap.budget = if has_other_stacks(store) { LEAST_BUDGET } else { usize::MAX };
            return;
        }
        let mut marker = Marker { heap, pending: null_mut() };
        marker.mark_range(here, (*store).stack.usable.end);
        mark_instances(&mut marker, store);
        for root in [heap.left, heap.thrown].into_iter().filter(|root| !root.is_null()) {
            marker.mark(root);
        }
        marker.mark_values();
        let live = sweep(heap);
        heap.budget = live.max(LEAST_BUDGET);
    }
}

/// Whether code of the store waits on stacks other than the one in `store.stack`.
unsafe fn has_other_stacks(store: *const Store) -> bool {
    #[cfg(feature = "start")]
    let _ = store;
    #[cfg(feature = "start")]
    return false;
    #[cfg(not(feature = "start"))]
    // SAFETY: the store is live.
    return unsafe { (*store).library.outer_stacks != 0 };
}

unsafe fn mark_instances(marker: &mut Marker<'_>, store: *const Store) {
    // SAFETY: the descriptors are the compiler's; an instance that is not null has its records.
    unsafe {
        for (index, module) in (*store).program().modules.as_slice().iter().enumerate() {
            let instance: *mut InstanceHeader = *(*store).instances.add(index);
            if instance.is_null() {
                continue;
            }
            marker.mark_range(instance as usize, instance as usize + module.instance_bytes as usize);
            for descriptor in module.tables.as_slice() {
                let table = &*part::<TableRecord>(instance, descriptor.record_offset);
                let start = table.elements as usize;
                marker.mark_range(start, start + table.length as usize * size_of::<u64>());
            }
        }
    }
}

/// Marks exceptions, and keeps those whose values are still to be looked at in a list.
struct Marker<'h> {
    heap: &'h Heap,
    pending: *mut Exception,
}

impl Marker<'_> {
    /// Marks what the words of a stretch may refer to.
    unsafe fn mark_range(&mut self, start: usize, end: usize) {
        let mut place = start.next_multiple_of(size_of::<u64>());
        while place + size_of::<u64>() <= end {
            // SAFETY: the caller's stretch is readable.
            let word = unsafe { (place as *const u64).read_volatile() };
            if let Some(exception) = self.heap.exception_at(word) {
                // SAFETY: the heap found it.
                unsafe { self.mark(exception) };
            }
            place += size_of::<u64>();
        }
    }

    unsafe fn mark(&mut self, exception: *mut Exception) {
        // SAFETY: the exception is live.
        unsafe {
            let state = (*exception).state;
            if state & MARKED == 0 {
                (*exception).state = state & REFERENCED | MARKED | self.pending as u64;
                self.pending = exception;
            }
        }
    }

    /// Looks at the values of all that was marked, and at theirs.
    unsafe fn mark_values(&mut self) {
        while !self.pending.is_null() {
            let exception = self.pending;
            // SAFETY: a marked exception is live; it has no more values than its object has room for.
            unsafe {
                self.pending = ((*exception).state & !FLAGS) as *mut Exception;
                let start = exception as usize;
                let end = start + (1 << self.heap.class_at(exception));
                self.mark_range(start + VALUES_OFFSET as usize, end);
            }
        }
    }
}

/// Frees all exceptions without a mark and takes the marks away; the number of the others.
unsafe fn sweep(heap: &mut Heap) -> usize {
    let mut live = 0;
    for block in heap.blocks() {
        // SAFETY: a used block has a header, and objects of its class.
        unsafe {
            let class = (*block.cast::<BlockHeader>()).class;
            for object in objects(block, class).filter(|object| !(**object).tag.is_null()) {
                if (*object).state & MARKED != 0 {
                    (*object).state &= REFERENCED;
                    live += 1;
                } else {
                    heap.put(object, class);
                }
            }
        }
    }
    live
}
