//! The runtime without the compiler: programs written by hand against the ABI's structures
//! (`tests/runtime/*.rs`), linked with the runtime archive and executed.
//!
//! What is checked is what start-up, traps, signals, memories and the entries promise, so that a
//! failure here is the runtime's and a failure elsewhere is not.

use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The runtime of executables, as `build.rs` made it.
const RUNTIME: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/executable.a"));

const SIGILL: i32 = 4;
const SIGSEGV: i32 = 11;

/// Where the programs are built.
fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("runtime_programs");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("runtime.a"), RUNTIME).unwrap();
        let abi = root().join("runtime-support/abi/src/lib.rs");
        rustc(&["--crate-name", "wasmwright_abi", "--crate-type", "lib"], &abi, &folder.join("libabi.rlib"));
        folder
    })
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn rustc(arguments: &[&str], source: &Path, output: &Path) {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mut command = Command::new(rustc);
    command.args(["--edition", "2024", "-O", "-Cpanic=abort", "-Crelocation-model=pic"]);
    succeed(command.args(arguments).arg("-o").arg(output).arg(source));
}

fn succeed(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

/// Builds a program; `variant` tells two builds with different configurations apart.
fn build(name: &str, variant: &str, configuration: &[&str]) -> PathBuf {
    let folder = folder();
    let source = root().join("tests/runtime").join(name).with_extension("rs");
    let output = folder.join(format!("{name}{variant}"));
    let object = output.with_extension("o");
    let abi = format!("wasmwright_abi={}", folder.join("libabi.rlib").display());
    let mut arguments = vec!["--crate-type", "lib", "--emit", "obj", "--extern", &abi];
    arguments.extend(configuration);
    rustc(&arguments, &source, &object);
    let mut linker = Command::new("ld.lld-22");
    linker.args(["-pie", "-static", "--no-dynamic-linker", "--entry", "_start", "--gc-sections"]);
    linker.args(["-z", "norelro", "-z", "pack-relative-relocs", "--strip-all", "-o"]);
    succeed(linker.arg(&output).arg(&object).arg(folder.join("runtime.a")));
    output
}

fn scenarios() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| build("scenarios", "", &[]))
}

fn execute(program: &Path, arguments: &[&str]) -> Output {
    Command::new(program).args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// The scenario returns this value.
#[track_caller]
fn returns(scenario: u32, value: i32) {
    let output = execute(scenarios(), &[&scenario.to_string()]);
    assert_eq!(text(&output.stdout), format!("{value}\n"));
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
}

/// The scenario traps with this message.
#[track_caller]
fn traps(scenario: u32, message: &str) {
    let output = execute(scenarios(), &[&scenario.to_string()]);
    assert_eq!(text(&output.stderr), format!("wasmwright: trap: {message}\n"));
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(134), ""));
}

/// The scenario is killed by a signal, as a program without a runtime would be.
#[track_caller]
fn is_killed(scenario: u32, signal: i32) {
    let output = execute(scenarios(), &[&scenario.to_string()]);
    assert_eq!((output.status.signal(), text(&output.stderr)), (Some(signal), ""));
}

#[test]
fn a_command_runs_and_is_small() {
    let program = build("hello", "", &[]);
    let output = execute(&program, &[]);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(0), "hello\n"));
    let bytes = std::fs::metadata(&program).unwrap().len();
    assert!(bytes < 15 << 10, "{bytes} bytes");
}

#[test]
fn every_trap_says_its_message_and_ends_the_process_with_134() {
    for &trap in wasmwright_abi::trap::Trap::ALL {
        traps(trap as u32, trap.message());
    }
    traps(140, "unknown import: env.missing");
}

#[test]
fn accesses_inside_a_memory_are_none_of_the_runtimes_business() {
    returns(100, i32::from(b's'));
    returns(101, 1000);
}

#[test]
fn faults_in_a_reservation_are_traps() {
    let with_address =
        |address: &str| format!("out of bounds memory access (address {address} of 131072 bytes)");
    traps(102, &with_address("0x20000"));
    traps(103, &with_address("0xffffffff"));
    traps(104, &with_address("0x3000003e8"));
    traps(105, "out of bounds memory access");
    traps(106, "out of bounds memory access");
}

#[test]
fn other_faults_are_the_systems() {
    is_killed(130, SIGSEGV);
    is_killed(131, SIGSEGV);
    is_killed(132, SIGSEGV);
    is_killed(133, SIGILL);
}

#[test]
fn faults_are_traps_also_where_the_signal_was_blocked() {
    let output = Command::new("env").arg("--block-signal=SEGV").arg(scenarios()).arg("120").output().unwrap();
    assert_eq!(text(&output.stderr), "wasmwright: trap: call stack exhausted\n");
    assert_eq!(output.status.code(), Some(134));
}

#[test]
fn a_sent_signal_is_not_a_trap() {
    let mut child = Command::new(scenarios()).arg("150").spawn().unwrap();
    let process = child.id().to_string();
    succeed(Command::new("sh").args(["-c", "kill -SEGV \"$0\"", &process]));
    assert_eq!(child.wait().unwrap().signal(), Some(SIGSEGV));
}

/// Linux ignores the default actions of the first process of a container.
#[test]
fn requests_to_end_are_heard_by_the_first_process_of_a_container() {
    let container = ["--user", "--map-root-user", "--pid", "--fork", "--kill-child"];
    let permitted = Command::new("unshare").args(container).arg("true").output();
    if !permitted.is_ok_and(|output| output.status.success()) {
        eprintln!("not tested: this system permits no process namespaces");
        return;
    }
    for (signal, status) in [("TERM", 143), ("INT", 130)] {
        let mut command = Command::new("unshare");
        let mut outside = command.args(container).arg(scenarios()).arg("150").spawn().unwrap();
        let inside = first_child(outside.id());
        succeed(Command::new("sh").args(["-c", &format!("kill -{signal} {inside}")]));
        assert_eq!(outside.wait().unwrap().code(), Some(status), "SIG{signal}");
    }
}

/// The child of a process, once it executes a scenario.
fn first_child(process: u32) -> u32 {
    let deadline = Instant::now() + Duration::from_secs(20);
    while Instant::now() < deadline {
        let children = std::fs::read_to_string(format!("/proc/{process}/task/{process}/children")).unwrap();
        if let Some(child) = children.split_whitespace().next().and_then(|child| child.parse().ok())
            && std::fs::read_to_string(format!("/proc/{child}/comm")).is_ok_and(|name| name == "scenarios\n")
        {
            // A moment for start-up, which sets the handlers.
            sleep(Duration::from_millis(100));
            return child;
        }
        sleep(Duration::from_millis(5));
    }
    panic!("process {process} has no child that executes a scenario");
}

#[test]
fn memories_grow_up_to_their_maximum() {
    returns(110, 2);
    returns(111, -1);
    returns(112, 2);
    returns(113, -1);
}

#[test]
fn the_end_of_the_stack_is_a_trap_for_small_and_large_frames() {
    returns(122, 1000);
    traps(120, "call stack exhausted");
    traps(121, "call stack exhausted");
    traps(123, "call stack exhausted");
}

#[test]
fn arguments_are_parsed_and_results_printed_by_type() {
    let program = build("values", "", &[]);
    for (arguments, results) in [
        (["1", "2", "3", "4"], ["1", "2", "3", "4"]),
        (
            ["-1", "0x7fffffffffffffff", "-0.5", "1e300"],
            ["-1", "9223372036854775807", "-0.5", &exactly(1e300)],
        ),
        (["4294967295", "-0x1", "inf", "nan"], ["-1", "-1", "inf", "NaN"]),
    ] {
        let output = execute(&program, &arguments);
        assert_eq!(text(&output.stdout), format!("initialized\n{}\n", results.join("\n")));
        assert_eq!(output.status.code(), Some(0));
    }
}

fn exactly(value: f64) -> String {
    value.to_string()
}

#[test]
fn wrong_arguments_are_explained() {
    let program = build("values", "_wrong", &[]);
    for (arguments, message) in [
        (&["1"][..], "`same` takes 4 arguments, got 1"),
        (&["1", "2", "3", "x"], "argument `x` of `same` is not a value of type f64"),
        (&["4294967296", "2", "3", "4"], "argument `4294967296` of `same` is not a value of type i32"),
    ] {
        let output = execute(&program, arguments);
        assert_eq!(text(&output.stderr), format!("wasmwright: {message}\n"));
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), ""));
    }
}

#[test]
fn instances_made_at_run_time_are_linked() {
    let output = execute(&build("linked", "", &[]), &[]);
    let expected = [
        "imported global yes",
        "imported memory yes",
        "host memory yes",
        "passive data yes",
        "references yes",
        "table.init yes",
        "elements yes",
        "",
    ];
    assert_eq!(text(&output.stdout), expected.join("\n"));
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
}

#[test]
fn what_the_machine_lacks_is_said_at_start() {
    let output = execute(&build("hello", "_cpu", &["--cfg", "cpu_level_9"]), &[]);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), ""));
    let message = text(&output.stderr);
    assert!(message.starts_with("wasmwright: this program needs an x86-64-v9 CPU"), "{message}");

    let output = execute(&build("hello", "_abi", &["--cfg", "abi_version_0"]), &[]);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), ""));
    assert!(text(&output.stderr).contains("runtime of another version"));
}

#[test]
fn a_reservation_that_is_refused_names_the_remedy() {
    let limited = "ulimit -v 4194304; exec \"$0\" 100";
    let output = Command::new("sh").args(["-c", limited]).arg(scenarios()).output().unwrap();
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), ""));
    assert!(text(&output.stderr).contains("--bounds-checks=explicit"), "{}", text(&output.stderr));
}
