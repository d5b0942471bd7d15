//! Closing, renumbering, flags, rights, preopened descriptors.

use super::super::fd::{flags, lifecycle, prestat};
use super::super::rights;
use super::super::types::{Fdstat, Prestat, fdflags, filetype, oflags};
use super::*;

fn fdstat(guest: &mut Guest, number: u32) -> Outcome<Fdstat> {
    let result = guest.room(24);
    // SAFETY: the caller's record is alive.
    outcome(unsafe { flags::fd_fdstat_get(guest.caller(), number, result) })?;
    Ok(guest.value(result))
}

fn set_flags(guest: &mut Guest, number: u32, flags: u32) -> Outcome {
    // SAFETY: the caller's record is alive.
    outcome(unsafe { flags::fd_fdstat_set_flags(guest.caller(), number, flags) })
}

fn set_rights(guest: &mut Guest, number: u32, base: u64, inheriting: u64) -> Outcome {
    // SAFETY: the caller's record is alive.
    outcome(unsafe { flags::fd_fdstat_set_rights(guest.caller(), number, base, inheriting) })
}

fn renumber(guest: &mut Guest, from: u32, to: u32) -> Outcome {
    // SAFETY: the caller's record is alive.
    outcome(unsafe { lifecycle::fd_renumber(guest.caller(), from, to) })
}

#[test]
fn closed_descriptors_are_gone_and_their_numbers_are_used_again() {
    let (mut guest, _scratch) = Guest::with_directory();
    let first = guest.open("a", oflags::CREAT).expect("opens");
    let second = guest.open("b", oflags::CREAT).expect("opens");
    assert_eq!((first, second), (4, 5));
    let host = guest.context().table.get(first).expect("open").host;
    assert!(std::fs::metadata(format!("/proc/self/fd/{host}")).is_ok());
    assert_eq!(guest.close(first), Ok(()));
    assert_eq!(guest.close(first), err(Errno::BADF));
    assert_eq!(guest.write(first, b"x"), err(Errno::BADF));
    assert_eq!(guest.open("c", oflags::CREAT), Ok(4));
    assert_eq!(guest.close(99), err(Errno::BADF));
}

#[test]
fn closing_a_standard_stream_leaves_the_hosts_open() {
    let mut guest = Guest::new(Setting::default());
    assert_eq!(guest.close(2), Ok(()));
    assert_eq!(guest.write(2, b"x"), err(Errno::BADF));
    assert!(std::fs::metadata("/proc/self/fd/2").is_ok());
}

#[test]
fn a_preopened_directory_can_be_closed() {
    let (mut guest, _scratch) = Guest::with_directory();
    let inner = guest.open_directory(".").expect("opens");
    assert_eq!(guest.close(DIR), Ok(()));
    assert_eq!(fdstat(&mut guest, DIR), err(Errno::BADF));
    assert_eq!(fdstat(&mut guest, inner).map(|stat| stat.filetype), Ok(filetype::DIRECTORY));
    assert_eq!(guest.mkdir("a"), err(Errno::BADF));
}

#[test]
fn many_descriptors_can_be_open() {
    let (mut guest, _scratch) = Guest::with_directory();
    guest.open("a", oflags::CREAT).expect("opens");
    for number in 5..200 {
        guest.reset();
        assert_eq!(guest.open("a", 0), Ok(number));
    }
}

#[test]
fn renumbering_replaces_and_closes() {
    let (mut guest, scratch) = Guest::with_directory();
    let first = guest.open("a", oflags::CREAT).expect("opens");
    let second = guest.open("b", oflags::CREAT).expect("opens");
    let replaced = guest.context().table.get(second).expect("open").host;
    assert_eq!(renumber(&mut guest, first, second), Ok(()));
    // Another test's thread may have the number by now, but not this file.
    let link = std::fs::read_link(format!("/proc/self/fd/{replaced}"));
    assert_ne!(link.ok(), Some(scratch.path().join("b")));
    assert_eq!(guest.write(second, b"to a"), Ok(4));
    assert_eq!(std::fs::read(scratch.path().join("a")).expect("there"), b"to a");
    assert_eq!(guest.write(first, b"x"), err(Errno::BADF));
    assert_eq!(renumber(&mut guest, second, second), Ok(()));
    assert_eq!(renumber(&mut guest, first, second), err(Errno::BADF));
    assert_eq!(renumber(&mut guest, second, 77), err(Errno::BADF));
    assert_eq!(guest.write(second, b"!"), Ok(1));
}

#[test]
fn flags_are_those_asked_for() {
    let (mut guest, _scratch) = Guest::with_directory();
    for asked in [0, fdflags::APPEND, fdflags::NONBLOCK, fdflags::APPEND | fdflags::NONBLOCK, fdflags::DSYNC]
    {
        let file = guest.open_with(DIR, 0, "f", oflags::CREAT, rights::FD_WRITE, asked).expect("opens");
        assert_eq!(fdstat(&mut guest, file).map(|stat| u32::from(stat.flags)), Ok(asked), "{asked}");
    }
    let sync = guest.open_with(DIR, 0, "f", 0, rights::FD_WRITE, fdflags::SYNC).expect("opens");
    let shown = fdstat(&mut guest, sync).expect("open");
    assert_ne!(u32::from(shown.flags) & fdflags::SYNC, 0);
    assert_eq!(guest.open_with(DIR, 0, "f", 0, rights::FD_WRITE, 1 << 5), err(Errno::INVAL));
}

#[test]
fn flags_change_where_they_can() {
    let (mut guest, scratch) = Guest::with_directory();
    let file = guest.open("f", oflags::CREAT).expect("opens");
    assert_eq!(guest.write(file, b"0123"), Ok(4));
    assert_eq!(set_flags(&mut guest, file, fdflags::APPEND), Ok(()));
    assert_eq!(guest.seek(file, 0, 0), Ok(0));
    assert_eq!(guest.write(file, b"45"), Ok(2));
    assert_eq!(set_flags(&mut guest, file, 0), Ok(()));
    assert_eq!(guest.seek(file, 0, 0), Ok(0));
    assert_eq!(guest.write(file, b"X"), Ok(1));
    assert_eq!(std::fs::read(scratch.path().join("f")).expect("there"), b"X12345");
    assert_eq!(fdstat(&mut guest, file).map(|stat| stat.flags), Ok(0));

    for refused in [fdflags::SYNC, fdflags::DSYNC, fdflags::RSYNC, 1 << 7] {
        assert_eq!(set_flags(&mut guest, file, refused), err(Errno::INVAL));
    }
    assert_eq!(set_flags(&mut guest, DIR, fdflags::NONBLOCK), err(Errno::BADF));
    assert_eq!(set_flags(&mut guest, 77, 0), err(Errno::BADF));
}

#[test]
fn rights_follow_from_type_and_access() {
    let (mut guest, _scratch) = Guest::with_directory();
    let file = guest.open("f", oflags::CREAT).expect("opens");
    let both = fdstat(&mut guest, file).expect("open");
    assert_eq!(both.filetype, filetype::REGULAR_FILE);
    assert_ne!(both.rights_base & rights::FD_READ, 0);
    assert_ne!(both.rights_base & rights::FD_WRITE, 0);

    let to_read = guest.open_to_read("f").expect("opens");
    let stat = fdstat(&mut guest, to_read).expect("open");
    assert_eq!(stat.rights_base, both.rights_base & !rights::FD_WRITE);
    assert_eq!(guest.write(to_read, b"x"), err(Errno::BADF));

    let to_write = guest.open_with(DIR, 0, "f", 0, rights::FD_WRITE, 0).expect("opens");
    let stat = fdstat(&mut guest, to_write).expect("open");
    assert_eq!(stat.rights_base & (rights::FD_READ | rights::FD_READDIR), 0);
    assert_eq!(guest.read(to_write, 1), err(Errno::BADF));

    let neither = guest.open_with(DIR, 0, "f", 0, 0, 0).expect("opens");
    assert_eq!(guest.read(neither, 1), err(Errno::BADF));
    assert_eq!(guest.write(neither, b"x"), err(Errno::BADF));

    let directory = fdstat(&mut guest, DIR).expect("open");
    assert_eq!((directory.filetype, directory.rights_base), (filetype::DIRECTORY, rights::DIRECTORY));
    assert_eq!(directory.rights_inheriting, rights::DIRECTORY_INHERITING);
    assert_eq!(fdstat(&mut guest, 77), err(Errno::BADF));
}

#[test]
fn rights_taken_away_stay_away() {
    let (mut guest, _scratch) = Guest::with_directory();
    let file = guest.open("f", oflags::CREAT).expect("opens");
    let all = fdstat(&mut guest, file).expect("open").rights_base;
    assert_eq!(set_rights(&mut guest, file, all & !rights::FD_SEEK, 0), Ok(()));
    assert_eq!(guest.seek(file, 0, 0), err(Errno::NOTCAPABLE));
    assert_eq!(set_rights(&mut guest, file, all, 0), err(Errno::NOTCAPABLE));
    assert_eq!(guest.write(file, b"x"), Ok(1));

    let passed_on = rights::DIRECTORY_INHERITING & !rights::FD_WRITE;
    assert_eq!(set_rights(&mut guest, DIR, rights::DIRECTORY & !rights::PATH_UNLINK_FILE, passed_on), Ok(()));
    assert_eq!(guest.unlink("f"), err(Errno::NOTCAPABLE));
    assert_eq!(guest.open("f", 0), err(Errno::NOTCAPABLE));
    let to_read = guest.open_to_read("f").expect("opens");
    assert_eq!(fdstat(&mut guest, to_read).map(|stat| stat.rights_base & rights::FD_WRITE), Ok(0));
    assert_eq!(guest.mkdir("d"), Ok(()));
    let inner = guest.open_directory("d").expect("opens");
    let stat = fdstat(&mut guest, inner).expect("open");
    assert_eq!(stat.rights_inheriting, passed_on);
    assert_eq!(set_rights(&mut guest, 77, 0, 0), err(Errno::BADF));
}

fn prestat(guest: &mut Guest, number: u32) -> Outcome<Prestat> {
    let result = guest.room(8);
    // SAFETY: the caller's record is alive.
    outcome(unsafe { prestat::fd_prestat_get(guest.caller(), number, result) })?;
    Ok(guest.value(result))
}

fn preopen_name(guest: &mut Guest, number: u32, room: u32) -> Outcome<String> {
    let buffer = guest.room(room);
    // SAFETY: the caller's record is alive.
    outcome(unsafe { prestat::fd_prestat_dir_name(guest.caller(), number, buffer, room) })?;
    let name = guest.get(buffer, room).iter().take_while(|&&byte| byte != 0xAA);
    Ok(String::from_utf8(name.copied().collect()).expect("UTF-8"))
}

#[test]
fn preopened_directories_have_names() {
    let (mut guest, _scratch) = Guest::with_directory();
    assert_eq!(prestat(&mut guest, DIR), Ok(Prestat { tag: 0, name_length: 8, ..Prestat::default() }));
    assert_eq!(preopen_name(&mut guest, DIR, 8).as_deref(), Ok("/sandbox"));
    assert_eq!(preopen_name(&mut guest, DIR, 20).as_deref(), Ok("/sandbox"));
    assert_eq!(preopen_name(&mut guest, DIR, 7), err(Errno::NAMETOOLONG));
    assert_eq!(prestat(&mut guest, 4), err(Errno::BADF));
    assert_eq!(prestat(&mut guest, 0), err(Errno::BADF));
    let inner = guest.open_directory(".").expect("opens");
    assert_eq!(prestat(&mut guest, inner), err(Errno::BADF));
    assert_eq!(preopen_name(&mut guest, inner, 20), err(Errno::NOTDIR));
    assert_eq!(preopen_name(&mut guest, 0, 20), err(Errno::NOTDIR));
    // SAFETY: the caller's record is alive.
    let fault = outcome(unsafe { prestat::fd_prestat_get(guest.caller(), DIR, MEMORY_BYTES as u32 - 7) });
    assert_eq!(fault, err(Errno::FAULT));
}

#[test]
fn standard_streams_can_do_one_thing() {
    let mut guest = Guest::new(Setting::default());
    for (number, has, lacks) in [
        (0, rights::FD_READ, rights::FD_WRITE),
        (1, rights::FD_WRITE, rights::FD_READ),
        (2, rights::FD_WRITE, rights::FD_READ),
    ] {
        let stat = fdstat(&mut guest, number).expect("open");
        assert_eq!(stat.rights_base & (has | lacks), has, "{number}");
    }
    assert_eq!(guest.write(0, b"x"), err(Errno::BADF));
    assert_eq!(guest.write(2, b""), Ok(0));
}
