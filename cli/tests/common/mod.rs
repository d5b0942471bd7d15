//! What the tests of the command line share: a folder of their own, and the tool in it.

#![allow(dead_code, reason = "each test binary uses its part")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// Returns from `_start`.
pub const EMPTY: &str = r#"(module (func (export "_start")))"#;

/// Ends with status 7.
pub const EXIT_7: &str = r#"(module
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 1)
    (func (export "_start") (call $exit (i32.const 7))))"#;

/// Traps.
pub const TRAP: &str = r#"(module (func (export "_start") unreachable))"#;

/// Needs what nobody provides.
pub const UNKNOWN_IMPORTS: &str = r#"(module
    (import "env" "first" (func)) (import "env" "second" (func (param i32)))
    (func (export "_start") (call 0)))"#;

/// Prints its arguments, each ended by a zero byte.
pub const ARGUMENTS: &str = r#"(module
    (import "wasi_snapshot_preview1" "args_sizes_get" (func $sizes (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "args_get" (func $get (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (func (export "_start")
        (drop (call $sizes (i32.const 0) (i32.const 12)))
        (drop (call $get (i32.const 1024) (i32.const 16384)))
        (i32.store (i32.const 8) (i32.const 16384))
        (drop (call $write (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 16)))))"#;

/// Prints its environment, each entry ended by a zero byte.
pub const ENVIRONMENT: &str = r#"(module
    (import "wasi_snapshot_preview1" "environ_sizes_get" (func $sizes (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "environ_get" (func $get (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (func (export "_start")
        (drop (call $sizes (i32.const 0) (i32.const 12)))
        (drop (call $get (i32.const 1024) (i32.const 16384)))
        (i32.store (i32.const 8) (i32.const 16384))
        (drop (call $write (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 16)))))"#;

/// Prints the guest's name of the first directory that it was granted.
pub const DIRECTORY: &str = r#"(module
    (import "wasi_snapshot_preview1" "fd_prestat_get" (func $prestat (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_prestat_dir_name" (func $name (param i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 1)
    (func (export "_start") (local $errno i32)
        (local.set $errno (call $prestat (i32.const 3) (i32.const 0)))
        (if (local.get $errno) (then (call $exit (local.get $errno))))
        (i32.store (i32.const 8) (i32.const 1024))
        (i32.store (i32.const 12) (i32.load (i32.const 4)))
        (drop (call $name (i32.const 3) (i32.const 1024) (i32.load (i32.const 4))))
        (drop (call $write (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 16)))))"#;

/// Adds.
pub const LIBRARY: &str = r#"(module
    (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))"#;

/// A folder that vanishes with the test.
pub struct Folder {
    folder: TempDir,
}

impl Folder {
    /// A new one.
    pub fn new() -> Self {
        Self { folder: TempDir::new().expect("a temporary folder can be made") }
    }

    /// The path of a file in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, content).expect("the folder can be written");
        path
    }

    /// Names of the files in it, but for where the tool's cache lies.
    pub fn names(&self) -> Vec<String> {
        let files = self.folder.path().read_dir().expect("the folder can be read");
        let mut names: Vec<String> = files
            .map(|file| file.expect("its entries too").file_name().into_string().expect("in UTF-8"))
            .collect();
        names.retain(|name| name != "home");
        names.sort();
        names
    }

    /// The tool, to be executed in this folder with nothing of our environment.
    pub fn tool(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wasmwright"));
        command.args(arguments).current_dir(self.folder.path()).stdin(Stdio::null());
        command.env_clear().env("HOME", self.path("home"));
        command
    }

    /// Executes the tool.
    pub fn execute(&self, arguments: &[&str]) -> Finished {
        Finished::of(&mut self.tool(arguments))
    }

    /// Executes the tool with that standard input.
    pub fn execute_with_input(&self, arguments: &[&str], input: &[u8]) -> Finished {
        let mut command = self.tool(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the tool can be executed");
        let written = child.stdin.take().expect("it is piped").write_all(input);
        written.expect("the tool reads its input");
        child.wait_with_output().expect("it ends").into()
    }

    /// Executes the tool and expects it to succeed.
    pub fn succeed(&self, arguments: &[&str]) -> Finished {
        let finished = self.execute(arguments);
        assert_eq!(finished.status, Some(0), "{arguments:?}: {}", finished.errors);
        finished
    }

    /// Executes the tool and expects one line of error with that status and that text.
    pub fn fail(&self, arguments: &[&str], status: i32, text: &str) {
        let finished = self.execute(arguments);
        assert_eq!(finished.status, Some(status), "{arguments:?}: {}", finished.errors);
        assert!(finished.errors.starts_with("wasmwright: error: "), "{arguments:?}: {}", finished.errors);
        assert!(finished.errors.contains(text), "{arguments:?}: {}", finished.errors);
        assert_eq!(finished.errors.lines().count(), 1, "{arguments:?}: {}", finished.errors);
    }
}

/// How a process ended.
pub struct Finished {
    /// Its status; none after a signal.
    pub status: Option<i32>,
    /// Standard output.
    pub output: String,
    /// Standard error.
    pub errors: String,
}

impl Finished {
    /// Executes a command to its end.
    pub fn of(command: &mut Command) -> Self {
        command.output().expect("the command can be executed").into()
    }

    /// Executes a program.
    pub fn program(path: &Path) -> Self {
        Self::of(Command::new(path).env_clear())
    }
}

impl From<Output> for Finished {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("it prints UTF-8");
        Self { status: output.status.code(), output: text(output.stdout), errors: text(output.stderr) }
    }
}
