//! A compiled module, deleted with its handle.

use super::{Outcome, command, compile, execute, temporary_directory};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use wasmwright_compiler::program::ModuleInput;
use wasmwright_compiler::progress::Progress;
use wasmwright_compiler::{Compiler, Options};

#[derive(Default)]
struct Warnings(Mutex<Vec<String>>);

impl Progress for Warnings {
    fn warning(&self, text: &str) {
        self.0.lock().expect("nobody panicked with it").push(text.to_owned());
    }
}

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

    /// Compiles what need not be a module alone; returns the warnings, too.
    #[track_caller]
    pub fn of_input(input: ModuleInput<'_>, options: &Options) -> (Self, Vec<String>) {
        Self::of_modules(&[input], options)
    }

    /// Compiles modules that are linked with one another; returns the warnings, too.
    #[track_caller]
    pub fn of_modules(modules: &[ModuleInput<'_>], options: &Options) -> (Self, Vec<String>) {
        let (folder, warnings) = (temporary_directory(), Warnings::default());
        let artifact = Compiler::new(options.clone()).compile_program(modules, &warnings);
        let artifact = artifact.unwrap_or_else(|error| panic!("{error}"));
        let path = folder.path().join("program");
        artifact.write(&path).expect("writing works");
        let warnings = warnings.0.into_inner().expect("nobody panicked with it");
        (Self { path, _folder: folder }, warnings)
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
