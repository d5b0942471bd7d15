//! A compiled module, deleted with its handle.

use super::{Outcome, command, compile, execute, temporary_directory};
use std::path::{Path, PathBuf};
use wasmwright_compiler::Options;

/// An executable in a folder of its own.
#[derive(Debug)]
pub struct Program {
    path: PathBuf,
    _folder: tempfile::TempDir,
}

impl Program {
    /// Compiles a module.
    #[track_caller]
    pub fn new(module: &[u8], options: &Options) -> Self {
        let folder = temporary_directory();
        Self { path: compile(module, options, &folder.path().join("program")), _folder: folder }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Executes it with nothing on standard input.
    pub fn run(&self, arguments: &[&str]) -> Outcome {
        execute(command(&self.path).args(arguments), b"")
    }
}
