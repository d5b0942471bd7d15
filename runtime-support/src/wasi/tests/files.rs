//! Reading, writing and attributes of files.

use super::super::fd::{filestat, flags, position, read, storage, write};
use super::super::types::{NANOSECONDS, filetype, fstflags, oflags};
use super::*;
use std::process::Command;

fn content(scratch: &Scratch, name: &str) -> Vec<u8> {
    std::fs::read(scratch.path().join(name)).expect("the file is there")
}

fn pread(guest: &mut Guest, number: u32, vectors: &[(u32, u32)], offset: u64) -> Outcome<u32> {
    let (list, count) = guest.put_vectors(vectors);
    let result = guest.room(4);
    // SAFETY: the caller's record is alive.
    outcome(unsafe { read::fd_pread(guest.caller(), number, list, count, offset, result) })?;
    Ok(guest.value(result))
}

fn pwrite(guest: &mut Guest, number: u32, bytes: &[u8], offset: u64) -> Outcome<u32> {
    let buffer = guest.put(bytes);
    let (list, count) = guest.put_vectors(&[(buffer, bytes.len() as u32)]);
    let result = guest.room(4);
    // SAFETY: the caller's record is alive.
    outcome(unsafe { write::fd_pwrite(guest.caller(), number, list, count, offset, result) })?;
    Ok(guest.value(result))
}

fn tell(guest: &mut Guest, number: u32) -> Outcome<u64> {
    let result = guest.room(8);
    // SAFETY: the caller's record is alive.
    outcome(unsafe { position::fd_tell(guest.caller(), number, result) })?;
    Ok(guest.value(result))
}

fn filestat(guest: &mut Guest, number: u32) -> Outcome<Filestat> {
    let result = guest.room(64);
    // SAFETY: the caller's record is alive.
    outcome(unsafe { filestat::fd_filestat_get(guest.caller(), number, result) })?;
    Ok(guest.value(result))
}

#[test]
fn what_is_written_is_read() {
    let (mut guest, scratch) = Guest::with_directory();
    let file = guest.open("f", oflags::CREAT).expect("opens");
    assert_eq!(guest.write(file, b"hello, file"), Ok(11));
    assert_eq!(content(&scratch, "f"), b"hello, file");
    assert_eq!(guest.read(file, 10).as_deref(), Ok(&b""[..]));
    assert_eq!(guest.seek(file, 7, 0), Ok(7));
    assert_eq!(guest.read(file, 100).as_deref(), Ok(&b"file"[..]));
}

#[test]
fn several_buffers_are_one_piece() {
    let (mut guest, scratch) = Guest::with_directory();
    let file = guest.open("f", oflags::CREAT).expect("opens");
    // More than a batch, empty ones among them, in no order.
    let parts: Vec<Vec<u8>> = (0..200usize).map(|index| std::vec![index as u8; index % 7]).collect();
    let vectors: Vec<(u32, u32)> = parts.iter().map(|part| (guest.put(part), part.len() as u32)).collect();
    let (list, count) = guest.put_vectors(&vectors);
    let result = guest.room(4);
    // SAFETY: the caller's record is alive.
    assert_eq!(outcome(unsafe { write::fd_write(guest.caller(), file, list, count, result) }), Ok(()));
    let expected = parts.concat();
    assert_eq!(guest.value::<u32>(result) as usize, expected.len());
    assert_eq!(content(&scratch, "f"), expected);

    let places: Vec<(u32, u32)> = (0..200).rev().map(|index| (guest.room(index % 5), index % 5)).collect();
    let got = pread(&mut guest, file, &places, 0).expect("reads");
    let room: u32 = places.iter().map(|place| place.1).sum();
    assert_eq!(got, room);
    let read: Vec<u8> = places.iter().flat_map(|&(at, length)| guest.get(at, length).to_vec()).collect();
    assert_eq!(read, expected[..room as usize]);
}

#[test]
fn buffers_outside_the_memory_fault() {
    let (mut guest, scratch) = Guest::with_directory();
    let file = guest.open("f", oflags::CREAT).expect("opens");
    let end = MEMORY_BYTES as u32;
    let inside = guest.put(b"inside");
    let result = guest.room(4);
    for vectors in [
        [(end - 1, 2), (inside, 6)],
        [(inside, 6), (end, 1)],
        [(u32::MAX, u32::MAX), (0, 0)],
        [(2, u32::MAX), (0, 0)],
    ] {
        let (list, count) = guest.put_vectors(&vectors);
        let caller = guest.caller();
        // SAFETY: the caller's record is alive.
        unsafe {
            assert_eq!(outcome(write::fd_write(caller, file, list, count, result)), err(Errno::FAULT));
            assert_eq!(outcome(read::fd_read(caller, file, list, count, result)), err(Errno::FAULT));
            assert_eq!(outcome(write::fd_pwrite(caller, file, list, count, 0, result)), err(Errno::FAULT));
            assert_eq!(outcome(read::fd_pread(caller, file, list, count, 0, result)), err(Errno::FAULT));
        }
    }
    let (list, count) = guest.put_vectors(&[(inside, 6)]);
    let caller = guest.caller();
    // SAFETY: the caller's record is alive.
    unsafe {
        // The list itself, and the result.
        assert_eq!(outcome(write::fd_write(caller, file, end - 7, 1, result)), err(Errno::FAULT));
        assert_eq!(outcome(write::fd_write(caller, file, 0, u32::MAX, result)), err(Errno::FAULT));
        assert_eq!(outcome(write::fd_write(caller, file, list, count, end - 3)), err(Errno::FAULT));
        assert_eq!(outcome(read::fd_read(caller, file, list, count, u32::MAX)), err(Errno::FAULT));
    }
    assert_eq!(content(&scratch, "f"), b"", "nothing was written before the fault was seen");
}

#[test]
fn no_buffers_are_nothing() {
    let (mut guest, _scratch) = Guest::with_directory();
    let file = guest.open("f", oflags::CREAT).expect("opens");
    let result = guest.room(4);
    // SAFETY: the caller's record is alive.
    assert_eq!(outcome(unsafe { write::fd_write(guest.caller(), file, 0, 0, result) }), Ok(()));
    assert_eq!(guest.value::<u32>(result), 0);
    // SAFETY: the caller's record is alive.
    assert_eq!(outcome(unsafe { write::fd_write(guest.caller(), 77, 0, 0, result) }), err(Errno::BADF));
}

#[test]
fn a_pipe_gives_what_it_has() {
    let (mut guest, scratch) = Guest::with_directory();
    let path = scratch.path().join("pipe");
    let made = Command::new("mkfifo").arg(&path).status().expect("mkfifo runs");
    assert!(made.success());
    let number = guest.open("pipe", 0).expect("opens");
    assert_eq!(guest.write(number, b"abc"), Ok(3));
    assert_eq!(guest.read(number, 100).as_deref(), Ok(&b"abc"[..]), "it does not wait for more");
    assert_eq!(guest.seek(number, 0, 0), err(Errno::SPIPE));
    assert_eq!(tell(&mut guest, number), err(Errno::SPIPE));
    assert_eq!(pread(&mut guest, number, &[(0, 1)], 0), err(Errno::SPIPE));
    assert_eq!(pwrite(&mut guest, number, b"x", 0), err(Errno::SPIPE));
    assert_eq!(filestat(&mut guest, number).map(|stat| stat.filetype), Ok(filetype::UNKNOWN));
}

#[test]
fn places_are_independent_of_the_descriptors() {
    let (mut guest, scratch) = Guest::with_directory();
    let file = guest.open("f", oflags::CREAT).expect("opens");
    assert_eq!(pwrite(&mut guest, file, b"world", 6), Ok(5));
    assert_eq!(pwrite(&mut guest, file, b"hello ", 0), Ok(6));
    assert_eq!(tell(&mut guest, file), Ok(0));
    assert_eq!(content(&scratch, "f"), b"hello world");
    let (first, second) = (guest.room(3), guest.room(4));
    assert_eq!(pread(&mut guest, file, &[(first, 3), (second, 4)], 4), Ok(7));
    assert_eq!((guest.get(first, 3), guest.get(second, 4)), (&b"o w"[..], &b"orld"[..]));
    assert_eq!(pread(&mut guest, file, &[(first, 3)], 100), Ok(0));
    assert_eq!(pread(&mut guest, file, &[(first, 3)], u64::MAX), err(Errno::INVAL));
    assert_eq!(pwrite(&mut guest, file, b"x", 1 << 63), err(Errno::INVAL));
}

#[test]
fn appending_goes_to_the_end_and_placed_writing_does_not() {
    let (mut guest, scratch) = Guest::with_directory();
    std::fs::write(scratch.path().join("f"), "012345").expect("writes");
    let file = guest.open_to_append("f").expect("opens");
    assert_eq!(guest.seek(file, 0, 0), Ok(0));
    assert_eq!(guest.write(file, b"67"), Ok(2));
    assert_eq!(tell(&mut guest, file), Ok(8));
    assert_eq!(pwrite(&mut guest, file, b"AB", 1), Ok(2));
    assert_eq!(content(&scratch, "f"), b"0AB34567");
    assert_eq!(guest.write(file, b"8"), Ok(1));
    assert_eq!(content(&scratch, "f"), b"0AB345678");
    // Also when it was set later.
    let set = |guest: &mut Guest, number, flags| {
        // SAFETY: the caller's record is alive.
        outcome(unsafe { flags::fd_fdstat_set_flags(guest.caller(), number, flags) })
    };
    let other = guest.open("f", 0).expect("opens");
    assert_eq!(set(&mut guest, other, fdflags::APPEND), Ok(()));
    assert_eq!(pwrite(&mut guest, other, b"Z", 0), Ok(1));
    assert_eq!(set(&mut guest, other, 0), Ok(()));
    assert_eq!(pwrite(&mut guest, other, b"Y", 1), Ok(1));
    assert_eq!(content(&scratch, "f"), b"ZYB345678");
}

#[test]
fn seeking_counts_from_three_places() {
    let (mut guest, scratch) = Guest::with_directory();
    std::fs::write(scratch.path().join("f"), "0123456789").expect("writes");
    let file = guest.open_to_read("f").expect("opens");
    assert_eq!(guest.seek(file, 4, 0), Ok(4));
    assert_eq!(guest.seek(file, -1, 1), Ok(3));
    assert_eq!(guest.seek(file, -2, 2), Ok(8));
    assert_eq!(tell(&mut guest, file), Ok(8));
    assert_eq!(guest.seek(file, 90, 2), Ok(100), "beyond the end is a place");
    assert_eq!(guest.seek(file, -1, 0), err(Errno::INVAL));
    assert_eq!(guest.seek(file, -101, 1), err(Errno::INVAL));
    assert_eq!(guest.seek(file, 0, 3), err(Errno::INVAL));
    assert_eq!(guest.seek(77, 0, 0), err(Errno::BADF));
    assert_eq!(tell(&mut guest, 77), err(Errno::BADF));
    // SAFETY: the caller's record is alive.
    let fault = outcome(unsafe { position::fd_seek(guest.caller(), file, 0, 0, MEMORY_BYTES as u32 - 7) });
    assert_eq!(fault, err(Errno::FAULT));
    assert_eq!(tell(&mut guest, file), Ok(100), "a fault moves nothing");
}

#[test]
fn attributes_are_the_files() {
    use std::os::unix::fs::MetadataExt;
    let (mut guest, scratch) = Guest::with_directory();
    let path = scratch.path().join("f");
    std::fs::write(&path, "0123456789").expect("writes");
    std::fs::hard_link(&path, scratch.path().join("g")).expect("links");
    let file = guest.open_to_read("f").expect("opens");
    let stat = filestat(&mut guest, file).expect("open");
    let host = std::fs::metadata(&path).expect("there");
    assert_eq!((stat.device, stat.inode, stat.links, stat.size), (host.dev(), host.ino(), 2, 10));
    let nanoseconds = |seconds: i64, rest: i64| seconds as u64 * NANOSECONDS + rest as u64;
    assert_eq!(stat.modified, nanoseconds(host.mtime(), host.mtime_nsec()));
    assert_eq!(stat.accessed, nanoseconds(host.atime(), host.atime_nsec()));
    assert_eq!(stat.changed, nanoseconds(host.ctime(), host.ctime_nsec()));
    assert_eq!((stat.filetype, stat.padding), (filetype::REGULAR_FILE, [0; 7]));
    assert_eq!(filestat(&mut guest, DIR).map(|stat| stat.filetype), Ok(filetype::DIRECTORY));
    assert_eq!(filestat(&mut guest, 77), err(Errno::BADF));
    assert!(filestat(&mut guest, 1).is_ok());
}

#[test]
fn sizes_change() {
    let (mut guest, scratch) = Guest::with_directory();
    let file = guest.open("f", oflags::CREAT).expect("opens");
    assert_eq!(guest.write(file, b"0123456789"), Ok(10));
    let set_size = |guest: &mut Guest, number, size| {
        // SAFETY: the caller's record is alive.
        outcome(unsafe { filestat::fd_filestat_set_size(guest.caller(), number, size) })
    };
    assert_eq!(set_size(&mut guest, file, 4), Ok(()));
    assert_eq!(set_size(&mut guest, file, 6), Ok(()));
    assert_eq!(content(&scratch, "f"), b"0123\0\0");
    assert_eq!(set_size(&mut guest, file, 1 << 63), err(Errno::INVAL));
    assert_eq!(set_size(&mut guest, DIR, 0), err(Errno::BADF));
    assert_eq!(set_size(&mut guest, 77, 0), err(Errno::BADF));
    let to_read = guest.open_to_read("f").expect("opens");
    assert_eq!(set_size(&mut guest, to_read, 0), err(Errno::INVAL));
}

#[test]
fn times_change_as_the_flags_say() {
    let (mut guest, _scratch) = Guest::with_directory();
    let file = guest.open("f", oflags::CREAT).expect("opens");
    let set = |guest: &mut Guest, number, accessed, modified, flags| {
        // SAFETY: the caller's record is alive.
        outcome(unsafe { filestat::fd_filestat_set_times(guest.caller(), number, accessed, modified, flags) })
    };
    assert_eq!(set(&mut guest, file, 1_000_000_007, 2_000_000_009, fstflags::ATIM | fstflags::MTIM), Ok(()));
    let stat = filestat(&mut guest, file).expect("open");
    assert_eq!((stat.accessed, stat.modified), (1_000_000_007, 2_000_000_009));
    assert_eq!(set(&mut guest, file, 5, 6, fstflags::MTIM), Ok(()));
    let stat = filestat(&mut guest, file).expect("open");
    assert_eq!((stat.accessed, stat.modified), (1_000_000_007, 6));
    assert_eq!(set(&mut guest, file, 5, 6, fstflags::ATIM_NOW), Ok(()));
    let stat = filestat(&mut guest, file).expect("open");
    assert!(stat.accessed > 1_600_000_000 * NANOSECONDS, "{}", stat.accessed);
    assert_eq!(stat.modified, 6);
    assert_eq!(set(&mut guest, file, 0, 0, 0), Ok(()));
    assert_eq!(filestat(&mut guest, file).map(|stat| stat.modified), Ok(6));
    for wrong in [fstflags::ATIM | fstflags::ATIM_NOW, fstflags::MTIM | fstflags::MTIM_NOW, 1 << 4] {
        assert_eq!(set(&mut guest, file, 0, 0, wrong), err(Errno::INVAL));
    }
    assert_eq!(set(&mut guest, DIR, 0, 7, fstflags::MTIM), Ok(()));
    assert_eq!(set(&mut guest, 77, 0, 0, 0), err(Errno::BADF));
}

#[test]
fn storage_functions_work_on_files_only() {
    let (mut guest, scratch) = Guest::with_directory();
    let file = guest.open("f", oflags::CREAT).expect("opens");
    assert_eq!(guest.write(file, b"0123"), Ok(4));
    let caller = guest.caller();
    // SAFETY: the caller's record is alive.
    unsafe {
        for advice in 0..6 {
            assert_eq!(outcome(storage::fd_advise(caller, file, 0, 4, advice)), Ok(()));
        }
        assert_eq!(outcome(storage::fd_advise(caller, file, 0, 0, 6)), err(Errno::INVAL));
        assert_eq!(outcome(storage::fd_advise(caller, DIR, 0, 0, 0)), err(Errno::BADF));
        assert_eq!(outcome(storage::fd_allocate(caller, file, 2, 10)), Ok(()));
        assert_eq!(outcome(storage::fd_allocate(caller, file, 0, 0)), err(Errno::INVAL));
        assert_eq!(outcome(storage::fd_allocate(caller, DIR, 0, 1)), err(Errno::BADF));
        assert_eq!(outcome(storage::fd_datasync(caller, file)), Ok(()));
        assert_eq!(outcome(storage::fd_datasync(caller, DIR)), err(Errno::BADF));
        assert_eq!(outcome(storage::fd_sync(caller, file)), Ok(()));
        assert_eq!(outcome(storage::fd_sync(caller, 77)), err(Errno::BADF));
        assert_eq!(outcome(storage::fd_sync(caller, DIR)), err(Errno::BADF));
    }
    assert_eq!(content(&scratch, "f"), b"0123\0\0\0\0\0\0\0\0");
}

#[test]
fn directories_are_not_read_or_written() {
    let (mut guest, _scratch) = Guest::with_directory();
    assert_eq!(guest.read(DIR, 1), err(Errno::BADF));
    assert_eq!(guest.write(DIR, b"x"), err(Errno::BADF));
    assert_eq!(pread(&mut guest, DIR, &[(0, 1)], 0), err(Errno::BADF));
    assert_eq!(pwrite(&mut guest, DIR, b"x", 0), err(Errno::BADF));
    assert_eq!(guest.seek(DIR, 0, 1), err(Errno::BADF));
    assert_eq!(tell(&mut guest, DIR), err(Errno::BADF));
}
