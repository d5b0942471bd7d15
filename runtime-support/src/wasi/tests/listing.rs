//! `fd_readdir`.

use std::collections::BTreeMap;

use super::super::fd::readdir::fd_readdir;
use super::super::types::{Dirent, filetype};
use super::*;

/// Entries by name: inode and type.
type Entries = BTreeMap<String, (u64, u8)>;

/// Reads once. Returns the bytes.
fn read_once(guest: &mut Guest, number: u32, room: u32, cookie: u64) -> Outcome<Vec<u8>> {
    let (buffer, result) = (guest.room(room), guest.room(4));
    // SAFETY: the caller's record is alive.
    outcome(unsafe { fd_readdir(guest.caller(), number, buffer, room, cookie, result) })?;
    let used = guest.value(result);
    assert!(used <= room);
    Ok(guest.get(buffer, used).to_vec())
}

/// The whole entries among bytes.
fn parse(bytes: &[u8]) -> Vec<(Dirent, String)> {
    const HEAD: usize = size_of::<Dirent>();
    let mut entries = Vec::new();
    let mut rest = bytes;
    while rest.len() >= HEAD {
        // SAFETY: that many bytes are there, and any bytes are a `Dirent`.
        let head = unsafe { rest.as_ptr().cast::<Dirent>().read_unaligned() };
        let end = HEAD + head.name_length as usize;
        if rest.len() < end {
            break;
        }
        entries.push((head, String::from_utf8_lossy(&rest[HEAD..end]).into_owned()));
        rest = &rest[end..];
    }
    entries
}

/// Lists a directory as wasi-libc does: from the cookie of the last whole entry on, until a buffer
/// is not full.
fn list(guest: &mut Guest, number: u32, room: u32) -> Vec<(Dirent, String)> {
    let mut all: Vec<(Dirent, String)> = Vec::new();
    loop {
        guest.reset();
        let cookie = all.last().map_or(0, |entry| entry.0.next);
        let bytes = read_once(guest, number, room, cookie).expect("a directory");
        let entries = parse(&bytes);
        let ended = bytes.len() < room as usize;
        assert!(ended || !entries.is_empty(), "the buffer is too small for any entry");
        all.extend(entries);
        if ended {
            return all;
        }
    }
}

fn by_name(entries: &[(Dirent, String)]) -> Entries {
    let map: Entries =
        entries.iter().map(|(head, name)| (name.clone(), (head.inode, head.filetype))).collect();
    assert_eq!(map.len(), entries.len(), "a name came twice");
    map
}

#[test]
fn an_empty_directory_has_two_entries() {
    let (mut guest, _scratch) = Guest::with_directory();
    let entries = list(&mut guest, DIR, 4096);
    let names: Vec<&str> = entries.iter().map(|entry| entry.1.as_str()).collect();
    assert_eq!(names, [".", ".."]);
    let inode = guest.stat(".", 0).expect("there").inode;
    assert!(entries.iter().all(|(head, _)| (head.inode, head.filetype) == (inode, filetype::DIRECTORY)));
}

#[test]
fn entries_have_types_and_numbers() {
    use std::os::unix::fs::{DirEntryExt, symlink};
    let (mut guest, scratch) = Guest::with_directory();
    std::fs::write(scratch.path().join("file"), "").expect("writes");
    std::fs::create_dir(scratch.path().join("directory")).expect("makes");
    symlink("file", scratch.path().join("link")).expect("links");
    let entries = by_name(&list(&mut guest, DIR, 4096));
    let type_of = |name: &str| entries[name].1;
    assert_eq!(type_of("file"), filetype::REGULAR_FILE);
    assert_eq!(type_of("directory"), filetype::DIRECTORY);
    assert_eq!(type_of("link"), filetype::SYMBOLIC_LINK);
    for entry in std::fs::read_dir(scratch.path()).expect("a directory") {
        let entry = entry.expect("an entry");
        assert_eq!(entries[entry.file_name().to_str().expect("UTF-8")].0, entry.ino());
    }
}

#[test]
fn many_files_come_once_each_whatever_the_buffer() {
    let (mut guest, scratch) = Guest::with_directory();
    let names: Vec<String> =
        (0..1000).map(|index| format!("file.{index}.{}", "x".repeat(index % 50))).collect();
    for name in &names {
        std::fs::write(scratch.path().join(name), "").expect("writes");
    }
    for room in [100, 256, 1000, 4096, 100_000] {
        let entries = list(&mut guest, DIR, room);
        assert_eq!(entries.len(), 1002, "{room}");
        let entries = by_name(&entries);
        assert!(names.iter().all(|name| entries.contains_key(name)), "{room}");
    }
}

#[test]
fn every_cookie_leads_back_to_its_place() {
    let (mut guest, scratch) = Guest::with_directory();
    for index in 0..50 {
        std::fs::write(scratch.path().join(format!("f{index}")), "").expect("writes");
    }
    let all = list(&mut guest, DIR, 4096);
    for index in [51, 3, 0, 30, 1, 30, 2, 50, 17] {
        guest.reset();
        let cookie = if index == 0 { 0 } else { all[index - 1].0.next };
        let entries = parse(&read_once(&mut guest, DIR, 4096, cookie).expect("a directory"));
        let names =
            |entries: &[(Dirent, String)]| entries.iter().map(|entry| entry.1.clone()).collect::<Vec<_>>();
        assert_eq!(names(&entries), names(&all[index..]), "{index}");
    }
    for beyond in [all[51].0.next, 1000, u64::MAX] {
        guest.reset();
        assert_eq!(read_once(&mut guest, DIR, 4096, beyond).as_deref(), Ok(&b""[..]));
    }
}

#[test]
fn removing_while_listing_misses_nothing() {
    let (mut guest, scratch) = Guest::with_directory();
    for index in 0..300 {
        std::fs::write(scratch.path().join(format!("file{index}")), "").expect("writes");
    }
    let (mut cookie, mut removed) = (0, 0);
    loop {
        guest.reset();
        let bytes = read_once(&mut guest, DIR, 300, cookie).expect("a directory");
        let entries = parse(&bytes);
        for (head, name) in &entries {
            if !name.starts_with('.') {
                assert_eq!(guest.unlink(name), Ok(()));
                removed += 1;
            }
            cookie = head.next;
        }
        if bytes.len() < 300 {
            break;
        }
    }
    assert_eq!(removed, 300);
    assert_eq!(std::fs::read_dir(scratch.path()).expect("a directory").count(), 0);
}

#[test]
fn a_buffer_that_is_too_small_is_filled_with_what_fits() {
    let (mut guest, scratch) = Guest::with_directory();
    std::fs::write(scratch.path().join("name"), "").expect("writes");
    let whole = read_once(&mut guest, DIR, 1000, 0).expect("a directory");
    for room in 0..=whole.len() {
        let part = read_once(&mut guest, DIR, room as u32, 0).expect("a directory");
        assert_eq!(part, whole[..room]);
    }
}

#[test]
fn listing_fails_where_it_must() {
    let (mut guest, scratch) = Guest::with_directory();
    std::fs::write(scratch.path().join("file"), "").expect("writes");
    let file = guest.open_to_read("file").expect("opens");
    assert_eq!(read_once(&mut guest, file, 100, 0), err(Errno::NOTDIR));
    assert_eq!(read_once(&mut guest, 77, 100, 0), err(Errno::BADF));
    let result = guest.room(4);
    let end = MEMORY_BYTES as u32;
    let caller = guest.caller();
    // SAFETY: the caller's record is alive.
    unsafe {
        assert_eq!(outcome(fd_readdir(caller, DIR, end - 10, 11, 0, result)), err(Errno::FAULT));
        assert_eq!(outcome(fd_readdir(caller, DIR, 0, 100, 0, end - 3)), err(Errno::FAULT));
        assert_eq!(outcome(fd_readdir(caller, DIR, u32::MAX, u32::MAX, 0, result)), err(Errno::FAULT));
    }
}
