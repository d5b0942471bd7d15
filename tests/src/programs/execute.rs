//! Executes a program with a time limit, and keeps all that it said.

use crate::machine::Machine;
use crate::process::spawn;
use std::fmt;
use std::io::{Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;
use std::time::Duration;
use wait_timeout::ChildExt;

/// Generous, for a slow machine that does other things, too.
const TIME_LIMIT: Duration = Duration::from_secs(120);

/// How a program ended, and what it wrote.
#[derive(Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Status or signal.
    pub status: ExitStatus,
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
}

impl Outcome {
    /// The exit status; `None` after a signal.
    pub fn code(&self) -> Option<i32> {
        self.status.code()
    }

    /// Standard output as text.
    #[track_caller]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.stdout).expect("standard output is UTF-8")
    }

    /// Standard error as text.
    #[track_caller]
    pub fn errors(&self) -> &str {
        std::str::from_utf8(&self.stderr).expect("standard error is UTF-8")
    }

    /// Asserts that the program ended with status 0 and wrote nothing to standard error; returns
    /// its standard output.
    #[track_caller]
    pub fn succeeded(&self) -> &str {
        assert!(self.code() == Some(0) && self.stderr.is_empty(), "{self:?}");
        self.text()
    }

    /// Asserts that the program trapped with this message.
    #[track_caller]
    pub fn trapped(&self, message: &str) {
        let expected = format!("wasmwright: trap: {message}");
        let told = self.errors().lines().any(|line| line.starts_with(&expected));
        assert!(told && self.code() == Some(134), "no trap `{message}`: {self:?}");
    }
}

impl fmt::Debug for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (code, signal) = (self.status.code(), self.status.signal());
        writeln!(f, "status {code:?}, signal {signal:?}")?;
        writeln!(f, "--- standard output\n{}", shortened(&self.stdout))?;
        writeln!(f, "--- standard error\n{}", shortened(&self.stderr))
    }
}

/// The end of a long text, which is where things go wrong.
fn shortened(bytes: &[u8]) -> String {
    const LONGEST: usize = 4000;
    let start = bytes.len().saturating_sub(LONGEST);
    let mark = if start > 0 { "…" } else { "" };
    format!("{mark}{}", String::from_utf8_lossy(&bytes[start..]))
}

/// Executes a command with this standard input.
#[track_caller]
pub fn execute(command: &mut Command, input: &[u8]) -> Outcome {
    execute_within(command, input, TIME_LIMIT * Machine::selected().patience())
}

/// Executes a command that must end within a time.
#[track_caller]
pub fn execute_within(command: &mut Command, input: &[u8], limit: Duration) -> Outcome {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = spawn(command.process_group(0)).unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let writer = feed(&mut child, input.to_vec());
    let stdout = drain(child.stdout.take());
    let stderr = drain(child.stderr.take());
    let status = child.wait_timeout(limit).expect("a child can be waited for");
    let Some(status) = status else {
        child.kill().and_then(|()| child.wait().map(drop)).expect("a child can be killed");
        panic!("{command:?} was still running after {limit:?}");
    };
    writer.join().expect("writing does not panic");
    let collect = |reader: JoinHandle<Vec<u8>>| reader.join().expect("reading does not panic");
    Outcome { status, stdout: collect(stdout), stderr: collect(stderr) }
}

/// Writes standard input beside the child; it may end without having read all of it.
fn feed(child: &mut Child, input: Vec<u8>) -> JoinHandle<()> {
    let mut pipe = child.stdin.take();
    std::thread::spawn(move || {
        if let Some(pipe) = &mut pipe {
            let _ = pipe.write_all(&input);
        }
    })
}

fn drain(pipe: Option<impl Read + Send + 'static>) -> JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            pipe.read_to_end(&mut bytes).expect("a pipe can be read");
        }
        bytes
    })
}
