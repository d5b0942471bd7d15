//! WASI: each function's successes and errors, called from C (`tests/programs/wasi`) and from
//! text. The programs check by themselves and tell what differs; what a program cannot see of
//! itself (statuses, signals, what others read and write) is checked here.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use wasmwright_compiler::Options;
use wasmwright_compiler::options::Grants;
use wasmwright_tests::machine::Machine;
use wasmwright_tests::process::spawn;
use wasmwright_tests::programs::{
    Outcome, Source, Variant, assemble, command, compile, directory, directory_grant, execute,
    temporary_directory,
};
use wasmwright_tests::tier::is_full_tier;

/// The functions do not depend on how the rest is compiled, so one variant does for the fast tier.
fn variants() -> Vec<Variant> {
    if is_full_tier() { Variant::selected() } else { vec![Variant::DEFAULT] }
}

/// Compiles a program of checks and has it run by `run` under each variant; asserts that it made
/// at least so many checks and that none failed.
#[track_caller]
fn passes(name: &str, least: usize, grants: impl Fn(&Path) -> Grants, run: impl Fn(&mut Command) -> Outcome) {
    let module = Source::new(&format!("wasi/{name}")).module();
    for variant in variants() {
        let folder = temporary_directory();
        let granted = folder.path().join("granted");
        std::fs::create_dir(&granted).unwrap();
        let options = Options { grants: grants(&granted), ..variant.options() };
        let program = compile(&module, &options, &folder.path().join("program"));
        let outcome = run(&mut command(program));
        let summary = outcome.text().lines().last().unwrap_or_default();
        let checks = summary.strip_suffix(" checks, 0 failures").and_then(|count| count.parse().ok());
        assert!(outcome.code() == Some(0), "{variant}: {outcome:?}");
        assert!(checks.is_some_and(|checks: usize| checks >= least), "{variant}: {outcome:?}");
    }
}

/// The grant of one directory that the guest knows as `/data`.
fn data(granted: &Path) -> Grants {
    directory(granted, "/data")
}

#[test]
fn arguments_and_environment() {
    let variables = [("ONE", "1"), ("TWO", "two=2")];
    let variables = variables.map(|(name, value)| (name.to_owned(), Some(value.to_owned()))).to_vec();
    let grants = |_: &Path| Grants { variables: variables.clone(), ..Grants::default() };
    passes("strings", 25, grants, |program| {
        execute(Machine::selected().rename(program, "wasi-program").args(["first", "second argument"]), b"")
    });
}

#[test]
fn clocks_random_numbers_and_yielding() {
    passes("system", 30, |_| Grants::default(), |program| execute(program, b""));
}

#[test]
fn descriptors() {
    passes("descriptors", 150, data, |program| execute(program, b"from the pipe"));
}

#[test]
fn directories() {
    passes("directories", 500, data, |program| execute(program, b""));
}

#[test]
fn paths() {
    passes("paths", 120, data, |program| execute(program, b""));
}

#[test]
fn waiting() {
    passes("waiting", 40, data, |program| execute(program, b"ready"));
}

#[test]
fn sockets() {
    // The port is asked of the system; it is free again when the program listens.
    let port = || std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let address = port();
    let grants = |_: &Path| Grants { listeners: vec![address.to_string()], ..Grants::default() };
    passes("sockets", 30, grants, |program| {
        let mut child = spawn(program.stdout(Stdio::piped()).stderr(Stdio::piped())).unwrap();
        let mut ready = [0; 10];
        child.stderr.as_mut().unwrap().read_exact(&mut ready).unwrap();
        assert_eq!(&ready, b"listening\n");
        let mut connection = TcpStream::connect(address).unwrap();
        connection.set_read_timeout(Some(std::time::Duration::from_secs(60))).unwrap();
        connection.write_all(b"hello").unwrap();
        let mut echo = String::new();
        connection.read_to_string(&mut echo).unwrap();
        assert_eq!(echo, "hellohello");
        drop(connection);
        let output = child.wait_with_output().unwrap();
        Outcome { status: output.status, stdout: output.stdout, stderr: output.stderr }
    });
}

/// Compiles text and returns the program's path, which lives as long as the directory.
fn program_of(text: &str, grants: Grants, variant: Variant) -> (tempfile::TempDir, PathBuf) {
    let folder = temporary_directory();
    let options = Options { grants, ..variant.options() };
    let program = compile(&assemble(text), &options, &folder.path().join("program"));
    (folder, program)
}

#[test]
fn proc_exit_ends_with_the_low_byte() {
    for (status, expected) in
        [(0, 0), (1, 1), (42, 42), (134, 134), (255, 255), (256, 0), (257, 1), (-1, 255)]
    {
        let text = format!(
            r#"(module
                (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
                (memory (export "memory") 1)
                (func (export "_start") (call $exit (i32.const {status})) unreachable))"#
        );
        let (_folder, program) = program_of(&text, Grants::default(), Variant::DEFAULT);
        let outcome = execute(&mut command(program), b"");
        assert_eq!((outcome.code(), outcome.errors()), (Some(expected), ""), "proc_exit({status})");
    }
}

#[test]
fn proc_raise_raises() {
    let raise = |signal: u32| {
        let text = format!(
            r#"(module
                (import "wasi_snapshot_preview1" "proc_raise" (func $raise (param i32) (result i32)))
                (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
                (memory (export "memory") 1)
                (func (export "_start") (call $exit (call $raise (i32.const {signal})))))"#
        );
        let (_folder, program) = program_of(&text, Grants::default(), Variant::DEFAULT);
        execute(&mut command(program), b"").status
    };
    // Numbers of WASI, numbers of Linux.
    for (guest, host) in [(2, 2), (6, 6), (9, 9), (10, 10), (12, 12), (15, 15)] {
        assert_eq!(raise(guest).signal(), Some(host), "signal {guest}");
    }
    // SIGPIPE is ignored, SIGCHLD, SIGCONT, SIGURG and SIGWINCH do nothing by default.
    for guest in [13, 16, 17, 22, 27] {
        assert_eq!(raise(guest).code(), Some(0), "signal {guest}");
    }
    const INVAL: i32 = 28;
    assert_eq!(raise(31).code(), Some(INVAL));
    assert_eq!(raise(0xffff_ffff).code(), Some(INVAL));
}

#[test]
fn a_closed_pipe_is_an_error_not_a_signal() {
    let module = Source::new("wasi/broken_pipe").module();
    let folder = temporary_directory();
    let program = compile(&module, &Variant::DEFAULT.options(), &folder.path().join("program"));
    let mut program = command(program);
    let mut child = spawn(program.stdout(Stdio::piped()).stderr(Stdio::piped())).unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(7), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "EPIPE\n");
}

#[test]
fn standard_streams_that_are_closed_are_no_files() {
    // A file that the guest opens must not become its standard error.
    let module = Source::new("wasi/closed_streams").module();
    let folder = temporary_directory();
    let granted = folder.path().join("granted");
    std::fs::create_dir(&granted).unwrap();
    let options = Options { grants: data(&granted), ..Variant::DEFAULT.options() };
    let program = compile(&module, &options, &folder.path().join("program"));
    let program = command(program);
    let mut shell = Command::new("sh");
    shell.args(["-c", "exec \"$0\" \"$@\" <&- >&- 2>&-"]).arg(program.get_program()).args(program.get_args());
    let outcome = execute(&mut shell, b"");
    assert_eq!(outcome.code(), Some(0), "{outcome:?}");
    assert_eq!(std::fs::read(granted.join("file")).unwrap(), b"only this");
}

#[test]
fn several_directories_keep_their_order_and_names() {
    let module = Source::new("wasi/preopens").module();
    let folder = temporary_directory();
    let host = |name: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir(&path).unwrap();
        path
    };
    let (first, second, third) = (host("one"), host("two"), host("three \u{e4}"));
    let directories = vec![
        directory_grant(&first, "/", false),
        directory_grant(&second, "a/b", true),
        directory_grant(&third, "name with spaces \u{e4}", false),
    ];
    let grants = Grants { directories, ..Grants::default() };
    let program =
        compile(&module, &Options { grants, ..Variant::DEFAULT.options() }, &folder.path().join("program"));
    let outcome = execute(&mut command(program), b"");
    assert_eq!(outcome.succeeded(), "3 /\n4 a/b\n5 name with spaces \u{e4}\n");
}

#[test]
fn wasi_unstable_has_its_own_layouts() {
    let text =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("programs/wasi/unstable.wat"))
            .unwrap();
    for variant in variants() {
        let granted = temporary_directory();
        std::fs::write(granted.path().join("file"), "0123456789").unwrap();
        let (_folder, program) = program_of(&text, data(granted.path()), variant);
        let outcome = execute(&mut command(program), b"");
        assert_eq!(outcome.code(), Some(0), "the number of the check that failed: {outcome:?}");
    }
}

#[test]
fn memories_that_move_are_found_again() {
    // Explicit mode may move a memory when it grows; functions of WASI must see the new place.
    let text = r#"(module
        (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
        (memory (export "memory") 1)
        (func (export "_start") (local $at i32)
            (drop (call $random (i32.const 100) (i32.const 8)))
            (if (i32.eq (memory.grow (i32.const 3000)) (i32.const -1)) (then unreachable))
            (local.set $at (i32.const 190000000))
            (i32.store (i32.const 0) (local.get $at))
            (i32.store (i32.const 4) (i32.const 3))
            (i32.store (local.get $at) (i32.const 0x0a6b6f))
            (if (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)) (then unreachable))))"#;
    for variant in [Variant::DEFAULT, Variant::PLAIN] {
        let (_folder, program) = program_of(text, Grants::default(), variant);
        assert_eq!(execute(&mut command(program), b"").succeeded(), "ok\n", "{variant}");
    }
}
