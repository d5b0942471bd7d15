//! Commands in; what they used and wrote out.
//!
//! Times are of the CPU (user and system), which other processes disturb least. They are the
//! difference of what all ended children had used before and after, so that no two may run at once.

use anyhow::{Context, Result, bail};
use nix::sys::resource::{Usage as Resources, UsageWho, getrusage};
use serde::Serialize;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Time that something took.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Usage {
    /// User and system time.
    pub cpu_seconds: f64,
    /// Time on the wall.
    pub wall_seconds: f64,
}

impl std::ops::AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        self.cpu_seconds += other.cpu_seconds;
        self.wall_seconds += other.wall_seconds;
    }
}

/// What a measured execution left.
#[derive(Clone, Debug)]
pub struct Execution {
    /// Time.
    pub usage: Usage,
    /// Standard output.
    pub stdout: Vec<u8>,
}

/// Executes a command that must succeed and is quiet on standard error.
pub fn execute(command: &mut Command) -> Result<Execution> {
    let (output, usage) = timed(UsageWho::RUSAGE_CHILDREN, || {
        command.stdin(Stdio::null()).output().with_context(|| format!("cannot execute {command:?}"))
    })?;
    let output = output?;
    check(command, &output)?;
    Ok(Execution { usage, stdout: output.stdout })
}

/// Executes a tool whose output does not matter.
pub fn tool(command: &mut Command) -> Result<Usage> {
    Ok(execute(command)?.usage)
}

/// Does work in this process.
pub fn work<T>(work: impl FnOnce() -> T) -> Result<(T, Usage)> {
    timed(UsageWho::RUSAGE_SELF, work)
}

fn timed<T>(who: UsageWho, work: impl FnOnce() -> T) -> Result<(T, Usage)> {
    let (before, start) = (getrusage(who)?, Instant::now());
    let result = work();
    let wall_seconds = start.elapsed().as_secs_f64();
    let cpu_seconds = (cpu(&getrusage(who)?) - cpu(&before)).as_secs_f64();
    Ok((result, Usage { cpu_seconds, wall_seconds }))
}

fn cpu(resources: &Resources) -> Duration {
    let duration = |seconds: i64, microseconds: i64| {
        Duration::from_secs(seconds.unsigned_abs()) + Duration::from_micros(microseconds.unsigned_abs())
    };
    let (user, system) = (resources.user_time(), resources.system_time());
    duration(user.tv_sec(), user.tv_usec()) + duration(system.tv_sec(), system.tv_usec())
}

fn check(command: &Command, output: &Output) -> Result<()> {
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let last: Vec<_> = said.lines().rev().take(6).collect();
        let last: Vec<_> = last.into_iter().rev().collect();
        bail!("{:?}: {}\n{}", command.get_program(), output.status, last.join("\n"));
    }
    Ok(())
}
