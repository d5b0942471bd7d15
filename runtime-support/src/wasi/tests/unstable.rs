//! `wasi_unstable`, where its layouts differ.

use super::super::types::{
    CLOCK_ABSOLUTE, Event, UnstableFilestat, UnstableSubscription, clockid, eventtype, filetype, oflags,
};
use super::super::unstable;
use super::*;

#[test]
fn attributes_have_the_older_layout() {
    let (mut guest, scratch) = Guest::with_directory();
    std::fs::write(scratch.path().join("f"), "12345").expect("writes");
    let new = guest.stat("f", 0).expect("there");
    let file = guest.open("f", 0).expect("opens");
    let (text, result) = (guest.put(b"f"), guest.room(56 + 8));
    let (by_path, by_descriptor) = (result, guest.room(56));
    let caller = guest.caller();
    // SAFETY: the caller's record is alive.
    unsafe {
        assert_eq!(outcome(unstable::path_filestat_get(caller, DIR, 0, text, 1, by_path)), Ok(()));
        assert_eq!(outcome(unstable::fd_filestat_get(caller, file, by_descriptor)), Ok(()));
        assert_eq!(outcome(unstable::fd_filestat_get(caller, 77, by_descriptor)), err(Errno::BADF));
        assert_eq!(
            outcome(unstable::path_filestat_get(caller, DIR, 0, text, 1, u32::MAX)),
            err(Errno::FAULT)
        );
    }
    let old: UnstableFilestat = guest.value(by_path);
    assert_eq!(
        (old.device, old.inode, old.filetype, old.links),
        (new.device, new.inode, filetype::REGULAR_FILE, 1)
    );
    assert_eq!(
        (old.size, old.accessed, old.modified, old.changed),
        (5, new.accessed, new.modified, new.changed)
    );
    assert_eq!(guest.value::<UnstableFilestat>(by_descriptor), old);
    assert_eq!(guest.get(by_path + 56, 8), [0xAA; 8], "nothing is written behind it");
}

#[test]
fn seeking_numbers_its_directions_otherwise() {
    let (mut guest, _scratch) = Guest::with_directory();
    let file = guest.open("f", oflags::CREAT).expect("opens");
    assert_eq!(guest.write(file, b"0123456789"), Ok(10));
    let seek = |guest: &mut Guest, offset, whence| {
        let result = guest.room(8);
        // SAFETY: the caller's record is alive.
        outcome(unsafe { unstable::fd_seek(guest.caller(), file, offset, whence, result) })?;
        Ok(guest.value::<u64>(result))
    };
    assert_eq!(seek(&mut guest, 3, 2), Ok(3), "from the start");
    assert_eq!(seek(&mut guest, 2, 0), Ok(5), "from where it is");
    assert_eq!(seek(&mut guest, -1, 1), Ok(9), "from the end");
    assert_eq!(seek(&mut guest, 0, 3), err(Errno::INVAL));
}

#[test]
fn subscriptions_have_the_older_layout() {
    let (mut guest, _scratch) = Guest::with_directory();
    let file = guest.open("f", oflags::CREAT).expect("opens");
    let time = UnstableSubscription {
        userdata: 1,
        kind: eventtype::CLOCK,
        // Not a clock, should anybody look for one here.
        identifier: 99,
        clock: clockid::MONOTONIC,
        timeout: 1,
        flags: CLOCK_ABSOLUTE,
        ..UnstableSubscription::default()
    };
    let ready = UnstableSubscription {
        userdata: 2,
        kind: eventtype::FD_WRITE,
        identifier: file.into(),
        ..UnstableSubscription::default()
    };
    let list = guest.room(112);
    for (index, subscription) in [time, ready].into_iter().enumerate() {
        let at = guest.put_value(subscription) as usize;
        guest.memory.copy_within(at..at + 56, list as usize + index * 56);
    }
    let (events, result) = (guest.room(64), guest.room(4));
    // SAFETY: the caller's record is alive.
    assert_eq!(outcome(unsafe { unstable::poll_oneoff(guest.caller(), list, events, 2, result) }), Ok(()));
    assert_eq!(guest.value::<u32>(result), 2);
    let (first, second): (Event, Event) = (guest.value(events), guest.value(events + 32));
    assert_eq!((first.userdata, first.kind, first.error), (1, eventtype::CLOCK, 0));
    assert_eq!((second.userdata, second.kind, second.error), (2, eventtype::FD_WRITE, 0));
}
