//! The machines that tests compile for and execute on: this one, and AArch64 through an emulator.
//!
//! What enters: a program that was compiled for a machine. What leaves: a command that executes it.

use std::ffi::OsStr;
use std::os::unix::process::CommandExt;
use std::process::Command;
use wasmwright_compiler::target::{Architecture, Target};

/// Has the tests of programs compile for and execute on another machine: `aarch64-linux`.
pub const TARGET_VARIABLE: &str = "WASMWRIGHT_TEST_TARGET";

/// Executes programs for AArch64. Debian's `qemu-user-static` has it.
const EMULATOR: &str = "qemu-aarch64-static";

/// Emulated processes are that much slower, and then some: time limits are multiplied by it.
const EMULATED_PATIENCE: u32 = 8;

/// A machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Machine {
    /// This one.
    Host,
    /// An AArch64 one, emulated where this is none.
    Aarch64,
}

impl Machine {
    /// The one that the environment selects for programs: this one if it says nothing.
    pub fn selected() -> Self {
        match std::env::var(TARGET_VARIABLE).as_deref() {
            Err(_) | Ok("") => Self::Host,
            Ok("aarch64-linux") => Self::Aarch64,
            Ok(other) => panic!("{TARGET_VARIABLE} is `{other}`; it may be `aarch64-linux`"),
        }
    }

    /// Its baseline.
    pub fn target(self) -> Target {
        match self {
            Self::Host => Target::host(),
            Self::Aarch64 => Target::baseline(Architecture::Aarch64),
        }
    }

    /// All that it has: its own CPU, or one that the emulator has everything of.
    pub fn richest_target(self) -> Target {
        if self.is_emulated() {
            // The emulator does not know of single-copy atomicity beyond the baseline's.
            return Target { cpu: "neoverse-v2".into(), features: "-lse2".into(), ..self.target() };
        }
        Target::native()
    }

    /// Whether its programs run in an emulator.
    pub fn is_emulated(self) -> bool {
        !self.target().is_host_architecture()
    }

    /// What a time limit is multiplied by.
    pub fn patience(self) -> u32 {
        if self.is_emulated() { EMULATED_PATIENCE } else { 1 }
    }

    /// Executes a program.
    pub fn command(self, program: impl AsRef<OsStr>) -> Command {
        if !self.is_emulated() {
            return Command::new(program);
        }
        let mut command = emulator();
        command.arg(program);
        command
    }

    /// Executes a program that may have no more address space than so many KiB.
    pub fn command_within(self, address_space_kib: u32, program: impl AsRef<OsStr>) -> Command {
        if self.is_emulated() {
            let mut command = emulator();
            command.arg("-R").arg(format!("{address_space_kib}K")).arg(program);
            return command;
        }
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("ulimit -v {address_space_kib}; exec \"$0\" \"$@\"")]).arg(program);
        shell
    }

    /// Executes a program that uses the C library.
    pub fn command_with_libc(self, program: impl AsRef<OsStr>) -> Command {
        let mut command = self.command(program);
        if self.is_emulated() {
            // Where Debian's packages for cross compilation have it.
            command.env("QEMU_LD_PREFIX", "/usr/aarch64-linux-gnu");
        }
        command
    }

    /// What has clang compile and link for it.
    pub fn clang_arguments(self) -> &'static [&'static str] {
        if self.is_emulated() { &["--target=aarch64-linux-gnu", "-fuse-ld=lld"] } else { &[] }
    }

    /// Tells the program of a command of [`Machine::command`] that it is called otherwise.
    pub fn rename<'a>(self, command: &'a mut Command, name: &str) -> &'a mut Command {
        if self.is_emulated() { command.env("QEMU_ARGV0", name) } else { command.arg0(name) }
    }
}

fn emulator() -> Command {
    let found = Command::new(EMULATOR).arg("--version").output();
    assert!(found.is_ok(), "{EMULATOR} is missing (apt-get install qemu-user-static)");
    let mut command = Command::new(EMULATOR);
    // It keeps records of hundreds of megabytes for a reservation: in large pages they take half the
    // time. The program is not told.
    command.env("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1:glibc.malloc.top_pad=67108864");
    command.args(["-U", "GLIBC_TUNABLES"]);
    command
}
