//! gdb, driven by its commands or its machine interface. It starts programs for this machine itself
//! and connects to emulators, which wait for it at a socket.

use crate::machine::Machine;
use crate::process::spawn;
use crate::programs::{Outcome, execute, temporary_directory};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use wait_timeout::ChildExt;

/// A program that has not begun.
#[derive(Debug)]
pub struct Debuggee {
    program: PathBuf,
    arguments: Vec<String>,
    emulated: Option<Emulated>,
}

#[derive(Debug)]
struct Emulated {
    process: Child,
    /// With the socket and what the program writes.
    folder: TempDir,
}

/// How long an emulator may take for anything.
const PATIENCE: Duration = Duration::from_secs(60);

const SOCKET: &str = "socket";
const OUTPUT: &str = "output";

impl Debuggee {
    /// A program that was compiled for that machine.
    #[track_caller]
    pub fn new(machine: Machine, program: &Path, arguments: &[&str]) -> Self {
        Self {
            program: program.to_owned(),
            arguments: arguments.iter().map(|&argument| argument.to_owned()).collect(),
            emulated: machine.is_emulated().then(|| Emulated::start(machine, program, arguments)),
        }
    }

    /// What gdb says to these commands, those after `run` once the program has stopped. Asserts that
    /// it ended well.
    #[track_caller]
    pub fn execute(self, before: &[&str], after: &[&str]) -> Outcome {
        let mut gdb = self.gdb();
        gdb.arg("-batch");
        let (before, after) = (before.iter().map(ToString::to_string), after.iter().map(ToString::to_string));
        for command in before.chain(self.run()).chain(after) {
            gdb.args(["-ex", &command]);
        }
        self.finish(&mut gdb, b"")
    }

    fn gdb(&self) -> Command {
        // Debian's gdb knows this machine only.
        let mut gdb = Command::new(if self.emulated.is_some() { "gdb-multiarch" } else { "gdb" });
        gdb.args(["-nx", "--quiet"]);
        gdb
    }

    /// The commands that let it run.
    fn run(&self) -> Vec<String> {
        match &self.emulated {
            Some(emulated) => {
                vec![format!("target remote {}", emulated.socket().display()), "continue".into()]
            }
            None => vec![format!("run {}", self.arguments.join(" "))],
        }
    }

    /// Their equivalents in the machine interface.
    fn machine_run(&self) -> Vec<String> {
        match &self.emulated {
            Some(emulated) => {
                let connect = format!("-target-select remote {}", emulated.socket().display());
                vec![connect, "-exec-continue".into()]
            }
            None => vec![format!("-exec-arguments {}", self.arguments.join(" ")), "-exec-run".into()],
        }
    }

    /// Executes gdb; what the program writes is part of what it says.
    #[track_caller]
    fn finish(mut self, gdb: &mut Command, input: &[u8]) -> Outcome {
        let mut outcome = execute(gdb.arg(&self.program), input);
        if let Some(emulated) = &mut self.emulated {
            // gdb has ended it, unless it did not find it.
            let _ = emulated.process.wait_timeout(PATIENCE).expect("a child can be waited for");
            outcome.stdout.extend(std::fs::read(emulated.folder.path().join(OUTPUT)).expect("it is there"));
        }
        assert!(outcome.code() == Some(0), "(apt-get install gdb gdb-multiarch)\n{outcome:?}");
        outcome
    }
}

impl Emulated {
    /// Returns when a debugger can connect.
    #[track_caller]
    fn start(machine: Machine, program: &Path, arguments: &[&str]) -> Self {
        let folder = temporary_directory();
        let output = std::fs::File::create(folder.path().join(OUTPUT)).expect("the folder can be written");
        let mut command = machine.command(program);
        command.args(arguments).env("QEMU_GDB", folder.path().join(SOCKET));
        command.stdin(Stdio::null()).stderr(Stdio::null()).stdout(output);
        let process = spawn(&mut command).unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let mut emulated = Self { process, folder };
        let begin = Instant::now();
        while !emulated.socket().exists() {
            let ended = emulated.process.try_wait().expect("a child can be waited for");
            assert!(ended.is_none() && begin.elapsed() < PATIENCE, "{command:?} waits for no debugger");
            std::thread::sleep(Duration::from_millis(5));
        }
        emulated
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join(SOCKET)
    }
}

impl Drop for Emulated {
    fn drop(&mut self) {
        // It has ended where gdb was executed; not where a test fails before.
        let _ = self.process.kill().and_then(|()| self.process.wait().map(drop));
    }
}

/// What is asked of gdb, in order.
#[derive(Debug, Default)]
pub struct Session {
    steps: Vec<Step>,
    requests: usize,
}

#[derive(Debug)]
enum Step {
    /// With its number.
    Command(String),
    Run,
}

/// What gdb answers to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A value, as gdb prints it.
    Value(String),
    /// The value is not there any more.
    OptimizedOut,
    /// Anything else that is no value.
    Other(String),
}

impl Session {
    /// A session that asks nothing yet.
    pub fn new() -> Self {
        let mut session = Self::default();
        session.command("-gdb-set print elements 200");
        session.command("-gdb-set print repeats 200");
        session
    }

    /// A command; the number of its answer.
    pub fn command(&mut self, command: &str) -> usize {
        self.requests += 1;
        self.steps.push(Step::Command(format!("{}{command}", self.requests)));
        self.requests
    }

    /// Lets the program run, to the first stop.
    pub fn start(&mut self) {
        self.steps.push(Step::Run);
    }

    /// Stops the program where control gets to a line or a function.
    pub fn break_at(&mut self, place: &str) {
        self.command(&format!("-break-insert {place}"));
    }

    /// Asks for the value of an expression; the number of its answer.
    pub fn value(&mut self, expression: &str) -> usize {
        self.command(&format!("-data-evaluate-expression \"{expression}\""))
    }

    /// Asks all that of a program; gdb executes one command after the other.
    #[track_caller]
    pub fn run(self, program: Debuggee) -> Answers {
        let lines = self.steps.into_iter().flat_map(|step| match step {
            Step::Command(command) => vec![command],
            Step::Run => program.machine_run(),
        });
        let script: Vec<String> = lines.chain(["-gdb-exit\n".to_owned()]).collect();
        let mut gdb = program.gdb();
        gdb.arg("--interpreter=mi2");
        Answers(program.finish(&mut gdb, script.join("\n").as_bytes()))
    }
}

/// All that gdb said.
#[derive(Debug)]
pub struct Answers(pub Outcome);

impl Answers {
    /// The answer of that number.
    #[track_caller]
    pub fn value(&self, number: usize) -> Answer {
        let text = self.text(number);
        match text.strip_prefix("done,value=\"").and_then(|text| text.strip_suffix('"')) {
            Some(value) if value.contains("<optimized out>") => Answer::OptimizedOut,
            Some(value) => Answer::Value(value.replace("\\\"", "\"").replace("\\\\", "\\")),
            None if text.contains("optimized out") => Answer::OptimizedOut,
            None => Answer::Other(text.to_owned()),
        }
    }

    /// The same as a line of the interface.
    #[track_caller]
    pub fn text(&self, number: usize) -> &str {
        let start = format!("{number}^");
        // What the program writes has no end of line for gdb to begin behind, where its output is buffered.
        let line = self.0.text().lines().find_map(|line| {
            let at = line.find(&start)?;
            let is_whole = !line[..at].ends_with(|before: char| before.is_ascii_digit());
            is_whole.then(|| &line[at + start.len()..])
        });
        line.unwrap_or_else(|| panic!("no answer {number}\n{:?}", self.0))
    }
}
