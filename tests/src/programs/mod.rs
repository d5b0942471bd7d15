//! Programs in C and in the text format, compiled and executed by tests.
//!
//! What enters: a source of `tests/programs` or text. What leaves: an [`Outcome`] of the program
//! that wasmwright made of it, and of the same source as a native program. Invariant: nothing
//! waits for ever, whatever a program does.

mod confine;
mod execute;
mod program;
mod source;
mod trapping;
mod variant;

pub use confine::without_openat2;
pub use execute::{Outcome, execute, execute_within};
pub use program::Program;
pub use source::{Source, assemble};
pub use trapping::{TRAPS, module_of_traps, recursion_with_frames_of};
pub use variant::Variant;

use crate::machine::Machine;
use std::path::{Path, PathBuf};
use std::process::Command;
use wasmwright_compiler::options::Grants;
use wasmwright_compiler::{Compiler, Options};

/// Compiles a module and writes the executable.
#[track_caller]
pub fn compile(module: &[u8], options: &Options, output: &Path) -> PathBuf {
    let artifact = Compiler::new(options.clone()).compile("program", module);
    let artifact = artifact.unwrap_or_else(|error| panic!("the module does not compile: {error}"));
    artifact.write(output).unwrap_or_else(|error| panic!("{error}"));
    output.to_owned()
}

/// Executes a program that was compiled with the options of a [`Variant`].
pub fn command(program: impl AsRef<Path>) -> Command {
    Machine::selected().command(program.as_ref())
}

/// The same in an address space of that size.
pub fn command_within(address_space_kib: u32, program: impl AsRef<Path>) -> Command {
    Machine::selected().command_within(address_space_kib, program.as_ref())
}

/// The grant of one directory, and nothing else.
pub fn directory(host: &Path, guest: &str) -> Grants {
    Grants { directories: vec![directory_grant(host, guest, false)], ..Grants::default() }
}

/// A grant of a directory.
pub fn directory_grant(
    host: &Path,
    guest: &str,
    read_only: bool,
) -> wasmwright_compiler::options::DirectoryGrant {
    let host = host.to_str().expect("a temporary directory has a path in UTF-8").into();
    wasmwright_compiler::options::DirectoryGrant { host, guest: guest.into(), read_only }
}

/// An empty directory that is deleted with its handle.
pub fn temporary_directory() -> tempfile::TempDir {
    tempfile::Builder::new().prefix("wasmwright-").tempdir().expect("the system has room for temporary files")
}
