//! `sock_*`, over the loopback interface.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};

use super::super::fd::prestat::fd_prestat_get;
use super::super::poll::poll_oneoff;
use super::super::socket::{sock_accept, sock_recv, sock_send, sock_shutdown};
use super::super::types::{Event, Subscription, eventtype, fdflags, oflags};
use super::*;

/// The descriptor of the first listener.
const LISTENER: u32 = 3;

/// A guest that listens, and its port. The port was free a moment ago; another process may take it
/// meanwhile, so several are tried.
fn listening(extra: Vec<Grant>) -> (Guest, u16) {
    for _ in 0..20 {
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback is there");
        let port = free.local_addr().expect("bound").port();
        drop(free);
        let mut grants = std::vec![listener_grant(&format!("127.0.0.1:{port}"))];
        grants.extend(extra.iter().map(|grant| {
            // SAFETY: made by this test from strings that stay.
            let text =
                |text: &ConstSlice<u8>| unsafe { String::from_utf8_lossy(text.as_slice()).into_owned() };
            directory_grant(&text(&grant.host), &text(&grant.guest), false)
        }));
        if let Ok(store) = (Setting { grants, ..Setting::default() }).build() {
            let mut guest = Guest::new(Setting::default());
            *guest.store = store;
            return (guest, port);
        }
    }
    panic!("no port is free");
}

fn accept(guest: &mut Guest, number: u32, flags: u32) -> Outcome<u32> {
    let result = guest.room(4);
    // SAFETY: the caller's record is alive.
    outcome(unsafe { sock_accept(guest.caller(), number, flags, result) })?;
    Ok(guest.value(result))
}

fn receive(guest: &mut Guest, number: u32, room: u32, flags: u32) -> Outcome<(Vec<u8>, u16)> {
    let buffer = guest.room(room);
    let (list, count) = guest.put_vectors(&[(buffer, room / 2), (buffer + room / 2, room - room / 2)]);
    let (received, flags_out) = (guest.room(4), guest.room(2));
    // SAFETY: the caller's record is alive.
    outcome(unsafe { sock_recv(guest.caller(), number, list, count, flags, received, flags_out) })?;
    Ok((guest.get(buffer, guest.value(received)).to_vec(), guest.value(flags_out)))
}

fn send(guest: &mut Guest, number: u32, bytes: &[u8], flags: u32) -> Outcome<u32> {
    let buffer = guest.put(bytes);
    let (list, count) = guest.put_vectors(&[(buffer, bytes.len() as u32)]);
    let sent = guest.room(4);
    // SAFETY: the caller's record is alive.
    outcome(unsafe { sock_send(guest.caller(), number, list, count, flags, sent) })?;
    Ok(guest.value(sent))
}

fn shut_down(guest: &mut Guest, number: u32, how: u32) -> Outcome {
    // SAFETY: the caller's record is alive.
    outcome(unsafe { sock_shutdown(guest.caller(), number, how) })
}

#[test]
fn a_connection_carries_bytes_both_ways() {
    let (mut guest, port) = listening(Vec::new());
    let mut peer = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("somebody listens");
    let connection = accept(&mut guest, LISTENER, 0).expect("somebody connects");
    peer.write_all(b"hello").expect("sends");
    let (peeked, _) = receive(&mut guest, connection, 3, 1).expect("receives");
    assert_eq!(peeked, b"hel");
    assert_eq!(receive(&mut guest, connection, 5, 2), Ok((b"hello".to_vec(), 0)));
    assert_eq!(send(&mut guest, connection, b"answer", 0), Ok(6));
    assert_eq!(guest.write(connection, b"!"), Ok(1));
    assert_eq!(shut_down(&mut guest, connection, 2), Ok(()));
    let mut answer = String::new();
    peer.read_to_string(&mut answer).expect("receives");
    assert_eq!(answer, "answer!");
    assert_eq!(send(&mut guest, connection, b"x", 0), err(Errno::PIPE));
    peer.write_all(b"more").expect("sends");
    drop(peer);
    assert_eq!(guest.read(connection, 10).as_deref(), Ok(&b"more"[..]));
    assert_eq!(receive(&mut guest, connection, 10, 0), Ok((Vec::new(), 0)));
    assert_eq!(guest.close(connection), Ok(()));
}

#[test]
fn a_connection_that_does_not_wait_says_so() {
    let (mut guest, port) = listening(Vec::new());
    let _peer = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("somebody listens");
    let connection = accept(&mut guest, LISTENER, fdflags::NONBLOCK).expect("somebody connects");
    assert_eq!(receive(&mut guest, connection, 4, 0), err(Errno::AGAIN));
    assert_eq!(guest.read(connection, 4), err(Errno::AGAIN));
}

#[test]
fn a_listener_can_be_waited_for() {
    let (mut guest, port) = listening(Vec::new());
    let _peer = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("somebody listens");
    let subscription =
        Subscription { userdata: 5, kind: eventtype::FD_READ, number: LISTENER, ..Subscription::default() };
    let list = guest.put_value(subscription);
    let (events, result) = (guest.room(32), guest.room(4));
    // SAFETY: the caller's record is alive.
    assert_eq!(outcome(unsafe { poll_oneoff(guest.caller(), list, events, 1, result) }), Ok(()));
    let event: Event = guest.value(events);
    assert_eq!((guest.value::<u32>(result), event.userdata, event.error), (1, 5, 0));
}

#[test]
fn sockets_fail_where_they_must() {
    let (mut guest, port) = listening(Vec::new());
    let _peer = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("somebody listens");
    let connection = accept(&mut guest, LISTENER, 0).expect("somebody connects");
    assert_eq!(accept(&mut guest, LISTENER, fdflags::APPEND), err(Errno::INVAL));
    assert_eq!(accept(&mut guest, connection, 0), err(Errno::NOTCAPABLE));
    assert_eq!(accept(&mut guest, 77, 0), err(Errno::BADF));
    assert_eq!(receive(&mut guest, LISTENER, 4, 0), err(Errno::BADF));
    assert_eq!(send(&mut guest, LISTENER, b"x", 0), err(Errno::BADF));
    assert_eq!(receive(&mut guest, connection, 4, 4), err(Errno::INVAL));
    assert_eq!(send(&mut guest, connection, b"x", 1), err(Errno::INVAL));
    assert_eq!(receive(&mut guest, 77, 4, 0), err(Errno::BADF));
    assert_eq!(send(&mut guest, 77, b"x", 0), err(Errno::BADF));
    for how in [0, 4, u32::MAX] {
        assert_eq!(shut_down(&mut guest, connection, how), err(Errno::INVAL));
    }
    assert_eq!(shut_down(&mut guest, 77, 1), err(Errno::BADF));
    assert_eq!(shut_down(&mut guest, connection, 3), Ok(()));
    let end = MEMORY_BYTES as u32;
    // SAFETY: the caller's record is alive.
    unsafe {
        assert_eq!(outcome(sock_accept(guest.caller(), LISTENER, 0, end - 3)), err(Errno::FAULT));
        assert_eq!(outcome(sock_send(guest.caller(), connection, end, 1, 0, 0)), err(Errno::FAULT));
        assert_eq!(outcome(sock_recv(guest.caller(), connection, 0, 0, 0, 0, end - 1)), err(Errno::FAULT));
    }
}

#[test]
fn files_are_no_sockets() {
    let (mut guest, _scratch) = Guest::with_directory();
    let file = guest.open("f", oflags::CREAT).expect("opens");
    for number in [file, DIR] {
        assert_eq!(accept(&mut guest, number, 0), err(Errno::NOTSOCK));
        assert_eq!(receive(&mut guest, number, 4, 0), err(Errno::NOTSOCK));
        assert_eq!(send(&mut guest, number, b"x", 0), err(Errno::NOTSOCK));
        assert_eq!(shut_down(&mut guest, number, 1), err(Errno::NOTSOCK));
    }
}

/// Programs look for directories from descriptor 3 on until one is `BADF`: a listener in front must
/// not end their search.
#[test]
fn listeners_come_first_and_do_not_hide_directories() {
    let scratch = Scratch::new();
    let grants = std::vec![directory_grant(scratch.path().to_str().expect("UTF-8"), "/d", false)];
    let (mut guest, _port) = listening(grants);
    let result = guest.room(8);
    // SAFETY: the caller's record is alive.
    unsafe {
        assert_eq!(outcome(fd_prestat_get(guest.caller(), LISTENER, result)), Ok(()));
        assert_ne!(guest.value::<u8>(result), 0, "not a directory");
        assert_eq!(outcome(fd_prestat_get(guest.caller(), 4, result)), Ok(()));
        assert_eq!(guest.value::<u8>(result), 0);
        assert_eq!(outcome(fd_prestat_get(guest.caller(), 5, result)), err(Errno::BADF));
    }
}
