//! `poll_oneoff`.

use std::time::{Duration, Instant};

use super::super::poll::poll_oneoff;
use super::super::types::{CLOCK_ABSOLUTE, EVENT_HANGUP, Event, Subscription, clockid, eventtype, oflags};
use super::*;

fn clock(userdata: u64, number: u32, timeout: u64, flags: u16) -> Subscription {
    Subscription { userdata, kind: eventtype::CLOCK, number, timeout, flags, ..Subscription::default() }
}

fn descriptor(userdata: u64, kind: u8, number: u32) -> Subscription {
    Subscription { userdata, kind, number, ..Subscription::default() }
}

fn poll(guest: &mut Guest, subscriptions: &[Subscription]) -> Outcome<Vec<Event>> {
    let count = subscriptions.len() as u32;
    let list = guest.room(count * 48);
    for (index, &subscription) in subscriptions.iter().enumerate() {
        let at = guest.put_value(subscription);
        let bytes = guest.get(at, 48).to_vec();
        guest.memory[list as usize + index * 48..][..48].copy_from_slice(&bytes);
    }
    let (events, result) = (guest.room(count * 32), guest.room(4));
    // SAFETY: the caller's record is alive.
    outcome(unsafe { poll_oneoff(guest.caller(), list, events, count, result) })?;
    let happened: u32 = guest.value(result);
    Ok((0..happened).map(|index| guest.value(events + index * 32)).collect())
}

fn users(events: &[Event]) -> Vec<u64> {
    events.iter().map(|event| event.userdata).collect()
}

/// A pipe with a descriptor for both ends of it.
fn pipe(guest: &mut Guest, scratch: &Scratch) -> u32 {
    let path = scratch.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(path).status().expect("mkfifo runs").success());
    guest.open("pipe", 0).expect("opens")
}

#[test]
fn durations_pass() {
    let mut guest = Guest::new(Setting::default());
    for number in [clockid::REALTIME, clockid::MONOTONIC] {
        let started = Instant::now();
        let events = poll(&mut guest, &[clock(7, number, 20_000_000, 0)]).expect("waits");
        let elapsed = started.elapsed();
        assert!((Duration::from_millis(20)..Duration::from_secs(5)).contains(&elapsed), "{elapsed:?}");
        assert_eq!(events, [Event { userdata: 7, kind: eventtype::CLOCK, ..Event::default() }]);
    }
}

#[test]
fn points_in_time_come() {
    let mut guest = Guest::new(Setting::default());
    for number in [clockid::REALTIME, clockid::MONOTONIC] {
        let now = super::super::clock::now(number).expect("a clock");
        let started = Instant::now();
        let events = poll(&mut guest, &[clock(1, number, now + 20_000_000, CLOCK_ABSOLUTE)]).expect("waits");
        assert_eq!(users(&events), [1]);
        assert!(started.elapsed() >= Duration::from_millis(19));
        let started = Instant::now();
        let past = poll(&mut guest, &[clock(2, number, 1, CLOCK_ABSOLUTE)]).expect("waits");
        assert_eq!(users(&past), [2]);
        assert!(started.elapsed() < Duration::from_secs(5));
    }
}

#[test]
fn the_earliest_of_several_ends_the_wait() {
    let mut guest = Guest::new(Setting::default());
    let hour = 3_600_000_000_000;
    let subscriptions = [
        clock(1, clockid::MONOTONIC, hour, 0),
        clock(2, clockid::MONOTONIC, 5_000_000, 0),
        clock(3, clockid::REALTIME, u64::MAX, 0),
        clock(4, clockid::REALTIME, u64::MAX, CLOCK_ABSOLUTE),
    ];
    assert_eq!(users(&poll(&mut guest, &subscriptions).expect("waits")), [2]);
    let both = [clock(1, clockid::MONOTONIC, 0, 0), clock(2, clockid::REALTIME, 0, 0)];
    assert_eq!(users(&poll(&mut guest, &both).expect("waits")), [1, 2]);
}

#[test]
fn files_are_always_ready() {
    let (mut guest, scratch) = Guest::with_directory();
    std::fs::write(scratch.path().join("f"), "12345").expect("writes");
    let file = guest.open("f", 0).expect("opens");
    assert_eq!(guest.seek(file, 2, 0), Ok(2));
    let subscriptions = [descriptor(1, eventtype::FD_READ, file), descriptor(2, eventtype::FD_WRITE, file)];
    let events = poll(&mut guest, &subscriptions).expect("waits");
    assert_eq!(users(&events), [1, 2]);
    assert_eq!((events[0].kind, events[0].bytes, events[0].error), (eventtype::FD_READ, 3, 0));
    assert_eq!((events[1].kind, events[1].error), (eventtype::FD_WRITE, 0));
}

#[test]
fn a_pipe_is_ready_when_it_has_something() {
    let (mut guest, scratch) = Guest::with_directory();
    let pipe = pipe(&mut guest, &scratch);
    let subscriptions = [descriptor(1, eventtype::FD_READ, pipe), clock(2, clockid::MONOTONIC, 5_000_000, 0)];
    assert_eq!(users(&poll(&mut guest, &subscriptions).expect("waits")), [2], "it is empty");
    assert_eq!(guest.write(pipe, b"abc"), Ok(3));
    let events = poll(&mut guest, &subscriptions).expect("waits");
    assert_eq!(users(&events), [1]);
    assert_eq!((events[0].bytes, events[0].flags), (3, 0));
    let to_write = [descriptor(3, eventtype::FD_WRITE, pipe)];
    assert_eq!(users(&poll(&mut guest, &to_write).expect("waits")), [3]);
}

#[test]
fn a_closed_pipe_hangs_up() {
    let (mut guest, scratch) = Guest::with_directory();
    let both = pipe(&mut guest, &scratch);
    let reader = guest.open_to_read("pipe").expect("opens");
    assert_eq!(guest.close(both), Ok(()));
    let events = poll(&mut guest, &[descriptor(1, eventtype::FD_READ, reader)]).expect("waits");
    assert_eq!((users(&events), events[0].flags, events[0].bytes), (std::vec![1], EVENT_HANGUP, 0));
}

#[test]
fn more_descriptors_than_fit_on_the_stack() {
    let (mut guest, _scratch) = Guest::with_directory();
    let file = guest.open("f", oflags::CREAT).expect("opens");
    let subscriptions: Vec<_> = (0..300).map(|index| descriptor(index, eventtype::FD_WRITE, file)).collect();
    let events = poll(&mut guest, &subscriptions).expect("waits");
    assert_eq!(users(&events), (0..300).collect::<Vec<u64>>());
}

#[test]
fn wrong_subscriptions_are_refused() {
    let mut guest = Guest::new(Setting::default());
    assert_eq!(poll(&mut guest, &[]), err(Errno::INVAL));
    assert_eq!(poll(&mut guest, &[descriptor(1, eventtype::FD_READ, u32::MAX)]), err(Errno::BADF));
    assert_eq!(poll(&mut guest, &[descriptor(1, 3, 0)]), err(Errno::INVAL));
    assert_eq!(poll(&mut guest, &[clock(1, clockid::PROCESS_CPUTIME, 1, 0)]), err(Errno::INVAL));
    assert_eq!(poll(&mut guest, &[clock(1, 9, 1, 0)]), err(Errno::INVAL));
    let (inside, end, caller) = (guest.room(100), MEMORY_BYTES as u32, guest.caller());
    // SAFETY: the caller's record is alive.
    unsafe {
        assert_eq!(outcome(poll_oneoff(caller, end - 47, inside, 1, inside)), err(Errno::FAULT));
        assert_eq!(outcome(poll_oneoff(caller, inside, end - 31, 1, inside)), err(Errno::FAULT));
        assert_eq!(outcome(poll_oneoff(caller, inside, inside, 1, end - 3)), err(Errno::FAULT));
        assert_eq!(outcome(poll_oneoff(caller, inside, inside, u32::MAX, inside)), err(Errno::FAULT));
    }
}

#[test]
fn directories_cannot_be_waited_for() {
    let (mut guest, _scratch) = Guest::with_directory();
    assert_eq!(poll(&mut guest, &[descriptor(1, eventtype::FD_READ, DIR)]), err(Errno::BADF));
}
