//! A compiled program and a script → the outcomes of its operations, from a process of its own: a
//! crash or a loop ends that script only, and what it answered before counts.
//!
//! An executable reads the script from standard input and writes outcomes to standard output. A
//! library is loaded by this test program, started again with [`CHILD_VARIABLE`] set, or in an
//! emulator by the host in `tests/hosts/script.c`.

use super::config::{Configuration, Model};
use crate::libraries::hosts;
use crate::machine::Machine;
use crate::process::spawn;
use memmap2::MmapMut;
use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use wait_timeout::ChildExt;
use wasmwright_abi::instance::ValueSlot;
use wasmwright_abi::script::{
    self, MAXIMUM_SLOTS, OUTCOME_HEAD_BYTES, Outcome, SCRIPT_RUN_SYMBOL, SLOT_BYTES, ScriptRun,
};
use wasmwright_compiler::Artifact;

/// Names the folder of a script that this process shall execute as the child of a test.
pub const CHILD_VARIABLE: &str = "WASMWRIGHT_SPEC_CHILD";

/// No script takes a fraction of it.
const TIME_LIMIT: Duration = Duration::from_secs(120);

const PROGRAM: &str = "program";
const SCRIPT: &str = "script";
const OUTCOMES: &str = "outcomes";
const MESSAGES: &str = "messages";

/// What came of a script.
#[derive(Debug)]
pub struct Execution {
    /// Encoded outcomes, as many as were reached.
    pub outcomes: Vec<u8>,
    /// How the process ended: empty where it ended well.
    pub trouble: String,
}

/// What an operation answered, or why it did not.
pub type Answer = Result<Answered, String>;

/// An [`Outcome`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// See there.
    pub status: u32,
    /// Decoded.
    pub results: Vec<ValueSlot>,
}

impl Execution {
    /// The answer of each of so many operations.
    pub fn answers(&self, operation_count: usize) -> Vec<Answer> {
        let mut rest = &self.outcomes[..];
        let outcomes = std::iter::from_fn(|| Outcome::decode(&mut rest));
        let answered = |outcome: Outcome<'_>| {
            Ok(Answered { status: outcome.status, results: script::slots(outcome.results).collect() })
        };
        let mut answers: Vec<Answer> = outcomes.map(answered).take(operation_count).collect();
        if answers.len() < operation_count {
            let ending = if self.trouble.is_empty() { "without an error" } else { &self.trouble };
            answers.push(Err(format!("the process ended here: {ending}")));
        }
        answers.resize(operation_count, Err("the process had ended before".into()));
        answers
    }
}

/// Executes a script of that many operations.
pub fn execute(
    artifact: &Artifact,
    configuration: &Configuration,
    operations: &[u8],
    operation_count: usize,
) -> io::Result<Execution> {
    let folder = tempfile::Builder::new().prefix("wasmwright-spec-").tempdir()?;
    let path = |name: &str| folder.path().join(name);
    artifact.write(&path(PROGRAM)).map_err(io::Error::other)?;
    let machine = configuration.machine;
    if configuration.model == Model::Executable {
        return execute_piped(machine.command(path(PROGRAM)), machine, operations, &folder);
    }
    std::fs::write(path(SCRIPT), operations)?;
    File::create(path(OUTCOMES))?.set_len(capacity_bytes(operation_count))?;
    let mut command = match machine.is_emulated() {
        true => emulated_host(machine, folder.path())?,
        false => Command::new(std::env::current_exe()?),
    };
    command.env(CHILD_VARIABLE, folder.path()).stdin(Stdio::null()).stdout(Stdio::null());
    finish(command, machine, &folder)
}

/// Executes a script by a program that reads it from standard input and writes outcomes to standard
/// output.
pub(super) fn execute_piped(
    mut command: Command,
    machine: Machine,
    operations: &[u8],
    folder: &TempDir,
) -> io::Result<Execution> {
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path(SCRIPT), operations)?;
    command.stdin(File::open(path(SCRIPT))?).stdout(File::create(path(OUTCOMES))?);
    finish(command, machine, folder)
}

/// Waits for the command to write outcomes into the folder.
fn finish(mut command: Command, machine: Machine, folder: &TempDir) -> io::Result<Execution> {
    let path = |name: &str| folder.path().join(name);
    command.stderr(File::create(path(MESSAGES))?);
    let ending = run(command, TIME_LIMIT * machine.patience())?;
    Ok(Execution { outcomes: std::fs::read(path(OUTCOMES))?, trouble: trouble(ending, folder)? })
}

/// A host in C that does what [`child`] does, for the script in the folder.
fn emulated_host(machine: Machine, folder: &Path) -> io::Result<Command> {
    let host = folder.join("host");
    let mut clang = Command::new("clang-22");
    clang.args(machine.clang_arguments()).args(["-std=c11", "-Wall", "-Wextra", "-Werror", "-O1"]);
    let compiled = clang.arg(hosts().join("script.c")).arg("-o").arg(&host).output()?;
    if !compiled.status.success() {
        return Err(io::Error::other(String::from_utf8_lossy(&compiled.stderr)));
    }
    let mut command = machine.command_with_libc(host);
    command.args([PROGRAM, SCRIPT, OUTCOMES].map(|name| folder.join(name)));
    Ok(command)
}

/// Room for that many outcomes of any length. The file is sparse.
fn capacity_bytes(operation_count: usize) -> u64 {
    (operation_count * (OUTCOME_HEAD_BYTES + MAXIMUM_SLOTS * SLOT_BYTES)).max(1) as u64
}

/// None where the time ran out.
fn run(mut command: Command, limit: Duration) -> io::Result<Option<ExitStatus>> {
    let mut child = spawn(&mut command)?;
    let ending = child.wait_timeout(limit)?;
    if ending.is_none() {
        child.kill()?;
        child.wait()?;
    }
    Ok(ending)
}

fn trouble(ending: Option<ExitStatus>, folder: &TempDir) -> io::Result<String> {
    let ending = match ending {
        Some(status) if status.success() => return Ok(String::new()),
        Some(status) => match status.signal() {
            Some(signal) => format!("signal {signal}"),
            None => status.to_string(),
        },
        None => "no end within the time limit".into(),
    };
    let messages = std::fs::read(folder.path().join(MESSAGES))?;
    Ok(format!("{ending} {}", String::from_utf8_lossy(&messages).trim()).trim().into())
}

/// The child's side for libraries: loads the program in `folder` and executes the script there.
pub fn child(folder: &OsStr) -> Result<(), Box<dyn std::error::Error>> {
    let folder = Path::new(folder);
    let script = std::fs::read(folder.join(SCRIPT))?;
    let file = File::options().read(true).write(true).open(folder.join(OUTCOMES))?;
    // SAFETY: the parent reads the file only after this process has ended.
    let mut outcomes = unsafe { MmapMut::map_mut(&file) }?;
    // SAFETY: the library has no initialisers, and its function is the one that the ABI states.
    let length = unsafe {
        let library = libloading::Library::new(folder.join(PROGRAM))?;
        let run = library.get::<ScriptRun>(SCRIPT_RUN_SYMBOL)?;
        run(script.as_ptr(), script.len() as u64, outcomes.as_mut_ptr(), outcomes.len() as u64)
    };
    if length == script::OVERFLOW {
        return Err("the outcomes do not fit their file".into());
    }
    Ok(())
}
