//! The most memory that a process held at once, in a launch that is not timed.
//!
//! What `wait` tells of it counts the memory of whoever started the process, too (the kernel keeps
//! the larger of before and after `exec`), and this process holds a whole compiler. So the kernel is
//! asked at the last moment: a traced process stops before it gives its memory back.

use anyhow::{Context, Result, bail};
use nix::sys::ptrace::{self, Event, Options};
use nix::sys::signal::Signal;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::Pid;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

/// Executes a command and returns its peak resident memory in bytes.
pub fn peak_bytes(command: &mut Command) -> Result<u64> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // SAFETY: between `fork` and `exec` only a system call is made.
    unsafe { command.pre_exec(|| ptrace::traceme().map_err(Into::into)) };
    let child = command.spawn().with_context(|| format!("cannot execute {command:?}"))?;
    let process = Pid::from_raw(child.id().cast_signed());
    // The first stop is that of `exec`.
    waitpid(process, None)?;
    ptrace::setoptions(process, Options::PTRACE_O_TRACEEXIT | Options::PTRACE_O_EXITKILL)?;
    let mut peak = None;
    let mut signal: Option<Signal> = None;
    loop {
        ptrace::cont(process, signal.take())?;
        match waitpid(process, None)? {
            WaitStatus::PtraceEvent(_, _, event) if event == Event::PTRACE_EVENT_EXIT as i32 => {
                peak = Some(high_water_bytes(process)?);
            }
            WaitStatus::Stopped(_, received) => signal = Some(received),
            WaitStatus::Exited(..) => break,
            WaitStatus::Signaled(_, signal, _) => bail!("{command:?} was ended by {signal}"),
            _ => {}
        }
    }
    peak.with_context(|| format!("{command:?} ended without having stopped"))
}

fn high_water_bytes(process: Pid) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes =
        line.and_then(|line| line.trim().strip_suffix(" kB")).and_then(|number| number.parse::<u64>().ok());
    Ok(kibibytes.context("the kernel does not tell a process's peak memory")? * 1024)
}
