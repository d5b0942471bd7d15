//! How a compilation tells what it is doing. The stages call, the command line draws.

use std::time::{Duration, Instant};

/// A stage of the compilation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Bytes to a validated module.
    Parse,
    /// Decisions.
    Plan,
    /// Translation, optimisation and emission of the units.
    Compile,
    /// Descriptors and images.
    Metadata,
    /// Linking.
    Link,
}

impl Stage {
    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Parse => "parse",
            Self::Plan => "plan",
            Self::Compile => "compile",
            Self::Metadata => "metadata",
            Self::Link => "link",
        }
    }
}

/// Told of what happens, from any thread.
pub trait Progress: Sync {
    /// A stage begins and consists of that much work.
    fn begin(&self, _stage: Stage, _work: u64) {}
    /// That much work of the stage is done.
    fn advance(&self, _stage: Stage, _work: u64) {}
    /// A thread has done a part of a stage, from `start` until now.
    fn part(&self, _name: &str, _start: Instant) {}
    /// A stage ended after that time.
    fn end(&self, _stage: Stage, _time: Duration) {}
    /// Something that the user should know, though the compilation goes on.
    fn warning(&self, _text: &str) {}
    /// Something that `-v` shows.
    fn note(&self, _text: &str) {}
}

/// Ignores everything.
pub struct Silent;

impl Progress for Silent {}
