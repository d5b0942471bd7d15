//! What a program is granted, at compile time and at launch.

use std::string::ToString;

use wasmwright_abi::program::program_flag;

use super::super::environ::{environ_get, environ_sizes_get};
use super::super::fd::prestat::{fd_prestat_dir_name, fd_prestat_get};
use super::super::types::Prestat;
use super::*;

/// Names of the preopened directories.
fn directories(guest: &mut Guest) -> Vec<String> {
    let mut names = Vec::new();
    for number in DIR.. {
        let result = guest.room(8);
        // SAFETY: the caller's record is alive.
        if unsafe { fd_prestat_get(guest.caller(), number, result) } != 0 {
            break;
        }
        let Prestat { name_length, .. } = guest.value(result);
        let buffer = guest.room(name_length);
        // SAFETY: the caller's record is alive.
        let named = unsafe { fd_prestat_dir_name(guest.caller(), number, buffer, name_length) };
        assert_eq!(outcome(named), Ok(()));
        names.push(String::from_utf8_lossy(guest.get(buffer, name_length)).into_owned());
    }
    names
}

/// The environment as the guest sees it.
fn environment(guest: &mut Guest) -> Vec<String> {
    let (count, bytes) = (guest.room(4), guest.room(4));
    // SAFETY: the caller's record is alive.
    assert_eq!(outcome(unsafe { environ_sizes_get(guest.caller(), count, bytes) }), Ok(()));
    let (count, bytes): (u32, u32) = (guest.value(count), guest.value(bytes));
    let (pointers, text) = (guest.room(4 * count), guest.room(bytes));
    // SAFETY: the caller's record is alive.
    assert_eq!(outcome(unsafe { environ_get(guest.caller(), pointers, text) }), Ok(()));
    let strings = guest
        .get(text, bytes)
        .split(|&byte| byte == 0)
        .map(|text| String::from_utf8_lossy(text).into_owned());
    strings.take(count as usize).collect()
}

fn failure(setting: Setting<'_>) -> (String, String, String) {
    match setting.build() {
        Ok(_) => panic!("it started"),
        Err(Failure { action, subject, reason }) => {
            let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
            (text(action), text(subject), text(reason))
        }
    }
}

#[test]
fn nothing_is_granted_by_default() {
    let mut guest = Guest::new(Setting { environment: &["HOME=/root"], ..Setting::default() });
    assert_eq!(directories(&mut guest), Vec::<String>::new());
    assert_eq!(environment(&mut guest), Vec::<String>::new());
    assert_eq!(guest.open_with(0, 0, "x", 0, 0, 0), err(Errno::NOTDIR));
    for number in 3..20 {
        assert_eq!(guest.close(number), err(Errno::BADF));
    }
}

#[test]
fn directories_are_granted_at_compile_time_and_at_launch() {
    let scratch = Scratch::new();
    std::fs::create_dir(scratch.path().join("a:b")).expect("makes");
    let host = scratch.path().to_str().expect("UTF-8");
    let grants = std::vec![directory_grant(host, "first", false)];
    let variable = format!("WASMWRIGHT_DIR={host}::/second:ro\n\n{host}/a\\:b::x\\:y\n{host}\n");
    let mut guest = Guest::new(Setting { environment: &[&variable], grants, ..Setting::default() });
    assert_eq!(directories(&mut guest), ["first", "/second", "x:y", host]);
    assert_eq!(guest.mkdir("made"), Ok(()));
    assert_eq!(guest.with_path(path::create::path_create_directory, 4, "no"), err(Errno::PERM));
    assert_eq!(guest.with_path(path::create::path_create_directory, 5, "inner"), Ok(()));
    assert!(scratch.path().join("a:b/inner").is_dir());
}

#[test]
fn sealed_programs_take_nothing_at_launch() {
    let environment_of_host = ["WASMWRIGHT_DIR=/\nmalformed:::", "WASMWRIGHT_ENV=A=1\n=malformed"];
    let grants = std::vec![variable_grant("B", Some("2"))];
    let mut guest = Guest::new(Setting {
        environment: &environment_of_host,
        grants,
        flags: program_flag::SEALED,
        ..Setting::default()
    });
    assert_eq!(directories(&mut guest), Vec::<String>::new());
    assert_eq!(environment(&mut guest), ["B=2"]);
}

#[test]
fn variables_come_from_all_sources_and_the_last_wins() {
    let host =
        ["A=host", "B=host", "C=host", "no equals sign", "WASMWRIGHT_ENV=C=launch\nD=x=y\nE\nF", "E=host"];
    let grants = std::vec![
        variable_grant("B", Some("compiled")),
        variable_grant("A", None),
        variable_grant("Z", None)
    ];
    let mut guest = Guest::new(Setting { environment: &host, grants, ..Setting::default() });
    assert_eq!(environment(&mut guest), ["B=compiled", "A=host", "C=launch", "D=x=y", "E=host"]);
}

#[test]
fn the_whole_environment_is_inherited_but_ours() {
    let host = ["A=1", "WASMWRIGHT_DIR=.", "WASMWRIGHT_ENV=WASMWRIGHT_X=1\nA=2", "B=", "WASMWRIGHT_OTHER=1"];
    let flags = program_flag::INHERIT_ENVIRONMENT;
    let grants = std::vec![variable_grant("WASMWRIGHT_DIR", None), variable_grant("C", Some("3"))];
    let mut guest = Guest::new(Setting { environment: &host, grants, flags, ..Setting::default() });
    assert_eq!(environment(&mut guest), ["A=2", "B=", "C=3"]);
}

#[test]
fn malformed_entries_name_the_entry() {
    for line in ["::x", "x:y", ":ro", "a::b::c"] {
        let variable = format!("WASMWRIGHT_DIR={line}");
        let (action, subject, reason) = failure(Setting { environment: &[&variable], ..Setting::default() });
        assert_eq!((action.as_str(), subject.as_str()), ("malformed entry of WASMWRIGHT_DIR", line));
        assert!(reason.contains("HOST[::GUEST][:ro]"), "{reason}");
    }
    let (action, subject, _) =
        failure(Setting { environment: &["WASMWRIGHT_ENV=A=1\n=x"], ..Setting::default() });
    assert_eq!((action.as_str(), subject.as_str()), ("malformed entry of WASMWRIGHT_ENV", "=x"));
}

#[test]
fn directories_that_cannot_be_opened_are_named() {
    let scratch = Scratch::new();
    let file = scratch.path().join("file");
    std::fs::write(&file, "").expect("writes");
    let nothing = scratch.path().join("nothing").to_str().expect("UTF-8").to_string();
    let file = file.to_str().expect("UTF-8").to_string();
    for (path, words) in [(nothing, "it does not exist"), (file, "it is not a directory")] {
        let expected = ("cannot open the directory".to_string(), path.clone(), words.to_string());
        let grants = std::vec![directory_grant(&path, "/", false)];
        assert_eq!(failure(Setting { grants, ..Setting::default() }), expected);
        let variable = format!("WASMWRIGHT_DIR={path}::/");
        assert_eq!(failure(Setting { environment: &[&variable], ..Setting::default() }), expected);
    }
}

#[test]
fn addresses_that_cannot_be_listened_at_are_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("loopback is there");
    let taken = taken.local_addr().map(|address| (taken, address.to_string())).expect("bound");
    for (address, words) in [
        ("nonsense", "not of the form 127.0.0.1:80 or [::1]:80"),
        (taken.1.as_str(), "the address is in use"),
        ("192.0.2.1:80", "this machine does not have the address"),
    ] {
        let grants = std::vec![listener_grant(address)];
        let expected = ("cannot listen at".to_string(), address.to_string(), words.to_string());
        assert_eq!(failure(Setting { grants, ..Setting::default() }), expected);
    }
}
