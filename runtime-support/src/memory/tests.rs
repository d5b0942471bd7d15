//! Memories on the running system: lengths, limits, contents across growth.

use core::mem::zeroed;
use std::vec;
use std::vec::Vec;

use wasmwright_abi::instance::WideningRoom;
use wasmwright_abi::program::ConstSlice;

use super::*;

const PAGE: u64 = 64 << 10;

fn describe(strategy: BoundsStrategy, minimum: u64, maximum: u64, images: &[DataImage]) -> MemoryDescriptor {
    MemoryDescriptor {
        record_offset: 0,
        minimum_bytes: minimum,
        maximum_bytes: maximum,
        page_size_log2: 16,
        strategy: strategy as u32,
        reservation: Reservation::around(WideningRoom::LIBRARY),
        images: ConstSlice { start: images.as_ptr(), length: images.len() as u64 },
    }
}

fn create_memory(strategy: BoundsStrategy, minimum: u64, maximum: u64, images: &[DataImage]) -> MemoryRecord {
    create_described(&describe(strategy, minimum, maximum, images))
}

fn create_described(descriptor: &MemoryDescriptor) -> MemoryRecord {
    // SAFETY: all fields of a record may be zero.
    let mut record: MemoryRecord = unsafe { zeroed() };
    // SAFETY: the record is ours and the images outlive the call.
    unsafe { create(&mut record, descriptor) }.expect("the system has room");
    record
}

fn bytes_of<'a>(record: &MemoryRecord) -> &'a mut [u8] {
    if record.length_bytes == 0 {
        return &mut [];
    }
    // SAFETY: a memory is accessible up to its length, and the tests keep one slice at a time.
    unsafe { core::slice::from_raw_parts_mut(record.base, record.length_bytes as usize) }
}

fn grow(record: &mut MemoryRecord, pages: u64) -> u64 {
    // SAFETY: `create_memory` made the record.
    unsafe { wasmwright_memory_grow(record, pages) }
}

#[test]
fn growth_keeps_contents_and_adds_zeroes() {
    for strategy in [BoundsStrategy::GuardPages, BoundsStrategy::Explicit] {
        let mut memory = create_memory(strategy, PAGE, 40 * PAGE, &[]);
        bytes_of(&memory).fill(0x5A);
        let base = memory.base;
        assert_eq!(grow(&mut memory, 0), 1);
        assert_eq!(grow(&mut memory, 30), 1);
        assert_eq!(memory.length_bytes, 31 * PAGE);
        let (old, new) = bytes_of(&memory).split_at_mut(PAGE as usize);
        assert!(old.iter().all(|&byte| byte == 0x5A));
        assert!(new.iter().all(|&byte| byte == 0));
        new.fill(1);
        if strategy == BoundsStrategy::GuardPages {
            assert_eq!(memory.base, base, "a guarded memory never moves");
        }
    }
}

#[test]
fn growth_stops_at_the_maximum() {
    for strategy in [BoundsStrategy::GuardPages, BoundsStrategy::Explicit] {
        let mut memory = create_memory(strategy, 0, 3 * PAGE, &[]);
        assert_eq!(grow(&mut memory, 4), u64::MAX);
        assert_eq!(grow(&mut memory, u64::MAX), u64::MAX);
        assert_eq!(grow(&mut memory, 1 << 48), u64::MAX);
        assert_eq!(grow(&mut memory, 2), 0);
        assert_eq!(grow(&mut memory, 2), u64::MAX);
        assert_eq!(grow(&mut memory, 1), 2);
        assert_eq!(grow(&mut memory, 0), 3);
        assert_eq!(bytes_of(&memory).iter().filter(|&&byte| byte != 0).count(), 0);
    }
}

#[test]
fn a_refusal_of_the_system_leaves_the_memory_as_it_was() {
    let mut memory = create_memory(BoundsStrategy::Explicit, PAGE, u64::MAX, &[]);
    bytes_of(&memory).fill(7);
    assert_eq!(grow(&mut memory, 1 << 40), u64::MAX);
    assert_eq!(memory.length_bytes, PAGE);
    assert!(bytes_of(&memory).iter().all(|&byte| byte == 7));
}

#[test]
fn small_pages_share_a_granule() {
    let mut memory = create_memory(BoundsStrategy::Explicit, 0, 1 << 20, &[]);
    memory.page_size_log2 = 0;
    assert_eq!(grow(&mut memory, 3), 0);
    assert_eq!(grow(&mut memory, 70_000), 3);
    assert_eq!(memory.length_bytes, 70_003);
    assert_eq!(bytes_of(&memory).len(), 70_003);
    assert_eq!(grow(&mut memory, (1 << 20) - 70_003), 70_003);
    assert_eq!(grow(&mut memory, 1), u64::MAX);
}

#[test]
fn images_are_copied_to_their_places() {
    let text: Vec<u8> = b"hello".to_vec();
    let image = DataImage {
        offset: 1000,
        bytes: ConstSlice { start: text.as_ptr(), length: text.len() as u64 },
        movable: 0,
    };
    for strategy in [BoundsStrategy::GuardPages, BoundsStrategy::Explicit] {
        let memory = create_memory(strategy, PAGE, PAGE, core::slice::from_ref(&image));
        let mut expected = vec![0; PAGE as usize];
        expected[1000..1005].copy_from_slice(b"hello");
        assert_eq!(bytes_of(&memory), expected);
    }
}

#[test]
fn movable_images_leave_their_old_place() {
    for strategy in [BoundsStrategy::GuardPages, BoundsStrategy::Explicit] {
        let source = sys::map_zeroed(2 * PAGE as usize).expect("the system has room");
        // SAFETY: the mapping is ours.
        unsafe { core::slice::from_raw_parts_mut(source, 70_000) }.fill(9);
        let image =
            DataImage { offset: PAGE, bytes: ConstSlice { start: source, length: 70_000 }, movable: 1 };
        let mut memory = create_memory(strategy, 4 * PAGE, 9 * PAGE, core::slice::from_ref(&image));
        let check = |memory: &MemoryRecord| {
            for (index, &byte) in bytes_of(memory).iter().enumerate() {
                let inside = (PAGE as usize..PAGE as usize + 70_000).contains(&index);
                assert_eq!(byte, if inside { 9 } else { 0 }, "byte {index}");
            }
        };
        check(&memory);
        assert_eq!(grow(&mut memory, 5), 4);
        check(&memory);
    }
}

#[test]
fn memories_in_kept_mappings_are_like_new() {
    // No other test makes such memories, so none takes what this one gives back.
    let minimum = 7 * PAGE;
    for (strategy, grown) in
        [(BoundsStrategy::GuardPages, 0), (BoundsStrategy::GuardPages, 3), (BoundsStrategy::Explicit, 0)]
    {
        let descriptor = describe(strategy, minimum, 40 * PAGE, &[]);
        let mut first = create_described(&descriptor);
        assert_eq!(grow(&mut first, grown), 7);
        bytes_of(&first).fill(0x5A);
        // SAFETY: nothing uses it any more.
        unsafe { release(&first, Some(&descriptor)) };
        let mut second = create_memory(strategy, minimum, 40 * PAGE, &[]);
        assert_eq!(second.base, first.base, "it was kept");
        assert_eq!(grow(&mut second, 4), 7);
        assert!(bytes_of(&second).iter().all(|&byte| byte == 0));
        // SAFETY: as above.
        unsafe { release(&second, None) };
    }
}

#[test]
fn images_are_shared_until_they_are_written() {
    let source: &[u8] = vec![3; 5 * PAGE as usize].leak();
    let bytes = ConstSlice { start: source.as_ptr(), length: source.len() as u64 };
    let image = DataImage { offset: 2 * PAGE, bytes, movable: 1 };
    for strategy in [BoundsStrategy::GuardPages, BoundsStrategy::Explicit] {
        // No other test makes memories of this length.
        let descriptor = describe(strategy, 9 * PAGE, 40 * PAGE, core::slice::from_ref(&image));
        let check = |memory: &MemoryRecord| {
            for (page, bytes) in bytes_of(memory).chunks(PAGE as usize).enumerate() {
                let expected = if (2..7).contains(&page) { 3 } else { 0 };
                assert!(bytes.iter().all(|&byte| byte == expected), "page {page}");
            }
        };
        let (first, second) = (create_described(&descriptor), create_described(&descriptor));
        bytes_of(&first).fill(0x5A);
        check(&second);
        // SAFETY: nothing uses it any more.
        unsafe { release(&first, Some(&descriptor)) };
        let mut third = create_described(&descriptor);
        assert_eq!(third.base, first.base, "it was kept");
        check(&third);
        assert_eq!(grow(&mut third, 4), 9);
        check(&third);
        let maps = std::fs::read_to_string("/proc/self/maps").expect("it is readable");
        let shared = std::format!("{:x}-", second.base as u64 + 2 * PAGE);
        let line = maps.lines().find(|line| line.starts_with(&shared)).expect("the image is mapped");
        assert!(line.contains("rw-p") && line.contains("/memfd:wasmwright"), "{line}");
        // SAFETY: as above.
        unsafe {
            release(&second, None);
            release(&third, None);
        }
    }
}
