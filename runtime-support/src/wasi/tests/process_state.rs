//! Arguments, environment, clocks, random numbers, the process.

use std::format;
use std::process::Command;
use std::string::{String, ToString};
use std::vec::Vec;

use wasmwright_abi::instance::InstanceHeader;

use super::super::{args, clock, environ, process, random};
use super::{Errno, Guest, MEMORY_BYTES, Setting, err, outcome, variable_grant};

type Getter = unsafe extern "C" fn(*mut InstanceHeader, u32, u32) -> u32;

/// Strings as a guest gets them by a pair of functions.
fn strings(guest: &mut Guest, sizes: Getter, get: Getter) -> Vec<String> {
    let (count_at, bytes_at) = (guest.room(4), guest.room(4));
    // SAFETY: the caller's record is alive.
    assert_eq!(unsafe { sizes(guest.caller(), count_at, bytes_at) }, 0);
    let (count, bytes): (u32, u32) = (guest.value(count_at), guest.value(bytes_at));
    let (pointers, text) = (guest.room(count * 4), guest.room(bytes));
    // SAFETY: the caller's record is alive.
    assert_eq!(unsafe { get(guest.caller(), pointers, text) }, 0);
    let mut expected = text;
    let mut strings = Vec::new();
    for index in 0..count {
        let start: u32 = guest.value(pointers + index * 4);
        assert_eq!(start, expected, "strings follow one another");
        let rest = guest.get(start, text + bytes - start);
        let length = rest.iter().position(|&byte| byte == 0).expect("strings end in NUL");
        strings.push(String::from_utf8(rest[..length].to_vec()).expect("UTF-8"));
        expected = start + length as u32 + 1;
    }
    assert_eq!(expected, text + bytes, "the size is exact");
    strings
}

#[test]
fn arguments_are_those_of_the_process() {
    let mut guest = Guest::new(Setting { arguments: &["app", "", "ä b"], ..Setting::default() });
    assert_eq!(strings(&mut guest, args::args_sizes_get, args::args_get), ["app", "", "ä b"]);
    let mut none = Guest::new(Setting::default());
    assert_eq!(strings(&mut none, args::args_sizes_get, args::args_get), Vec::<String>::new());
}

#[test]
fn the_environment_is_what_was_granted() {
    let grants = std::vec![variable_grant("A", Some("1=2")), variable_grant("EMPTY", Some(""))];
    let environment = ["HOME=/nowhere", "A=0"];
    let mut guest = Guest::new(Setting { environment: &environment, grants, ..Setting::default() });
    let variables = strings(&mut guest, environ::environ_sizes_get, environ::environ_get);
    assert_eq!(variables, ["A=1=2", "EMPTY="]);
}

#[test]
fn strings_outside_the_memory_fault() {
    let grants = std::vec![variable_grant("A", Some("1"))];
    let mut guest = Guest::new(Setting { arguments: &["app", "long enough"], grants, ..Setting::default() });
    let inside = guest.room(64);
    let functions: [Getter; 4] =
        [args::args_get, args::args_sizes_get, environ::environ_get, environ::environ_sizes_get];
    for function in functions {
        for (first, second) in
            [(inside, MEMORY_BYTES as u32 - 3), (MEMORY_BYTES as u32 - 3, inside), (u32::MAX, u32::MAX)]
        {
            // SAFETY: the caller's record is alive.
            assert_eq!(outcome(unsafe { function(guest.caller(), first, second) }), err(Errno::FAULT));
        }
    }
}

fn time(guest: &mut Guest, clock: u32) -> Result<u64, u16> {
    let result = guest.room(8);
    // SAFETY: the caller's record is alive.
    outcome(unsafe { clock::clock_time_get(guest.caller(), clock, 1, result) })?;
    Ok(guest.value(result))
}

#[test]
fn clocks_go_forward() {
    let mut guest = Guest::new(Setting::default());
    for clock in 0..4 {
        let result = guest.room(8);
        // SAFETY: the caller's record is alive.
        assert_eq!(outcome(unsafe { clock::clock_res_get(guest.caller(), clock, result) }), Ok(()));
        let resolution: u64 = guest.value(result);
        assert!((1..=1_000_000_000).contains(&resolution), "{resolution}");
        let first = time(&mut guest, clock).expect("a clock");
        let second = time(&mut guest, clock).expect("a clock");
        assert!(second >= first);
    }
    let since_1970 = std::time::UNIX_EPOCH.elapsed().expect("after 1970").as_nanos() as u64;
    let shown = time(&mut guest, 0).expect("a clock");
    assert!(shown.abs_diff(since_1970) < 10_000_000_000, "{shown} {since_1970}");
}

#[test]
fn clocks_fail_where_they_must() {
    let mut guest = Guest::new(Setting::default());
    assert_eq!(time(&mut guest, 4), err(Errno::INVAL));
    let caller = guest.caller();
    // SAFETY: the caller's record is alive.
    unsafe {
        assert_eq!(outcome(clock::clock_time_get(caller, 0, 0, MEMORY_BYTES as u32 - 7)), err(Errno::FAULT));
        assert_eq!(outcome(clock::clock_res_get(caller, 9, 0)), err(Errno::INVAL));
        assert_eq!(outcome(clock::clock_res_get(caller, 0, u32::MAX)), err(Errno::FAULT));
    }
}

#[test]
fn random_bytes_fill_the_buffer_and_no_more() {
    let mut guest = Guest::new(Setting::default());
    let bytes = 100_000;
    let buffer = guest.room(bytes);
    // SAFETY: the caller's record is alive.
    assert_eq!(outcome(unsafe { random::random_get(guest.caller(), buffer, bytes) }), Ok(()));
    let mut counts = [0u32; 256];
    guest.get(buffer, bytes).iter().for_each(|&byte| counts[usize::from(byte)] += 1);
    assert!(counts.iter().all(|&count| (200..700).contains(&count)), "{counts:?}");
    assert_eq!(guest.get(buffer + bytes, 8), [0xAA; 8]);
}

#[test]
fn random_bytes_do_not_leave_the_memory() {
    let mut guest = Guest::new(Setting::default());
    let end = MEMORY_BYTES as u32;
    for (buffer, length, expected) in [
        (end, 0, Ok(())),
        (end - 1, 2, err(Errno::FAULT)),
        (end + 1, 0, err(Errno::FAULT)),
        (u32::MAX, u32::MAX, err(Errno::FAULT)),
    ] {
        // SAFETY: the caller's record is alive.
        assert_eq!(outcome(unsafe { random::random_get(guest.caller(), buffer, length) }), expected);
    }
}

#[test]
fn an_instance_without_memory_gets_errors() {
    let mut guest = Guest::new(Setting { arguments: &["app"], ..Setting::default() });
    guest.without_memory();
    let caller = guest.caller();
    // SAFETY: the caller's record is alive.
    unsafe {
        assert_eq!(outcome(args::args_get(caller, 0, 0)), err(Errno::FAULT));
        assert_eq!(outcome(clock::clock_time_get(caller, 0, 0, 0)), err(Errno::FAULT));
        assert_eq!(outcome(random::random_get(caller, 0, 1)), err(Errno::FAULT));
        assert_eq!(outcome(random::random_get(caller, 0, 0)), Ok(()));
        assert_eq!(outcome(process::sched_yield(caller)), Ok(()));
    }
}

#[test]
fn an_instance_without_wasi_gets_errors() {
    let mut guest = Guest::new(Setting::default());
    guest.store.wasi = core::ptr::null_mut();
    // SAFETY: the caller's record is alive.
    assert_eq!(outcome(unsafe { process::sched_yield(guest.caller()) }), err(Errno::NOSYS));
}

/// Set in a process of its own to what it is to do.
const ROLE: &str = "WASI_TEST_ROLE";

/// Runs one test of this program again, in a process of its own.
fn run_alone(test: &str, role: &str) -> std::process::ExitStatus {
    let program = std::env::current_exe().expect("a program has a path");
    let name = format!("wasi::tests::process_state::{test}");
    let mut command = Command::new(program);
    command.args(["--exact", &name, "--nocapture", "--test-threads=1"]).env(ROLE, role);
    command.output().expect("the program runs").status
}

#[test]
fn exit_ends_the_process_with_its_status() {
    match std::env::var(ROLE) {
        Ok(role) => {
            let mut guest = Guest::new(Setting::default());
            let status = role.parse().expect("a number");
            // SAFETY: the caller's record is alive.
            unsafe { process::proc_exit(guest.caller(), status) }
        }
        Err(_) => {
            for (status, expected) in
                [(0u32, 0), (7, 7), (255, 255), (256, 0), (0x1_2345, 0x45), (u32::MAX, 255)]
            {
                let ended = run_alone("exit_ends_the_process_with_its_status", &status.to_string());
                assert_eq!(ended.code(), Some(expected), "{status}");
            }
        }
    }
}

#[test]
fn a_raised_signal_reaches_the_process() {
    use std::os::unix::process::ExitStatusExt;
    match std::env::var(ROLE) {
        Ok(role) => {
            let mut guest = Guest::new(Setting::default());
            let signal = role.parse().expect("a number");
            // SAFETY: the caller's record is alive.
            let raised = outcome(unsafe { process::proc_raise(guest.caller(), signal) });
            assert_eq!(raised, Ok(()));
            // Signals that end a process never get here.
            std::process::exit(77);
        }
        Err(_) => {
            // WASI's number, Linux's number of what ends the process.
            for (signal, ended_by) in
                [(1, Some(1)), (9, Some(9)), (10, Some(10)), (12, Some(12)), (15, Some(15)), (27, None)]
            {
                let ended = run_alone("a_raised_signal_reaches_the_process", &format!("{signal}"));
                assert_eq!(ended.signal(), ended_by, "{signal}");
                assert_eq!(ended.code(), if ended_by.is_none() { Some(77) } else { None });
            }
        }
    }
}

#[test]
fn signals_that_do_not_exist_are_refused() {
    let mut guest = Guest::new(Setting::default());
    for signal in [0, 31, u32::MAX] {
        // SAFETY: the caller's record is alive.
        assert_eq!(outcome(unsafe { process::proc_raise(guest.caller(), signal) }), err(Errno::INVAL));
    }
}
