//! gdb, driven by its machine interface.

use crate::programs::{Outcome, execute};
use std::path::Path;
use std::process::Command;

/// What is asked of gdb, in order.
#[derive(Debug, Default)]
pub struct Session {
    script: String,
    requests: usize,
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
        self.script.push_str(&format!("{}{command}\n", self.requests));
        self.requests
    }

    /// Stops the program where control gets to a line.
    pub fn break_at(&mut self, file: &str, line: u32) {
        self.command(&format!("-break-insert {file}:{line}"));
    }

    /// Asks for the value of an expression; the number of its answer.
    pub fn value(&mut self, expression: &str) -> usize {
        self.command(&format!("-data-evaluate-expression \"{expression}\""))
    }

    /// Asks all that of a program; gdb executes one command after the other.
    #[track_caller]
    pub fn run(mut self, program: &Path) -> Answers {
        self.script.push_str("-gdb-exit\n");
        let mut gdb = Command::new("gdb");
        gdb.args(["-nx", "--quiet", "--interpreter=mi2"]).arg(program);
        let outcome = execute(&mut gdb, self.script.as_bytes());
        assert!(outcome.code() == Some(0), "(apt-get install gdb)\n{outcome:?}");
        Answers(outcome)
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
