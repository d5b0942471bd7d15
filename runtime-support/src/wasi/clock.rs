//! Clocks: `clock_res_get`, `clock_time_get`.

use rustix::time::{ClockId, DynamicClockId, Timespec, clock_getres, clock_gettime_dynamic};

use super::errno::Errno;
use super::types::{NANOSECONDS, clockid};
use super::wasi_functions;

/// Linux's clock of that number.
fn host_clock(clock: u32) -> Result<ClockId, Errno> {
    match clock {
        clockid::REALTIME => Ok(ClockId::Realtime),
        clockid::MONOTONIC => Ok(ClockId::Monotonic),
        clockid::PROCESS_CPUTIME => Ok(ClockId::ProcessCPUTime),
        clockid::THREAD_CPUTIME => Ok(ClockId::ThreadCPUTime),
        _ => Err(Errno::INVAL),
    }
}

/// A time in nanoseconds; what lies before 1970 is 0.
fn nanoseconds(time: Timespec) -> u64 {
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    seconds.saturating_mul(NANOSECONDS).saturating_add(time.tv_nsec as u64)
}

/// What a clock shows, in nanoseconds. (The function for clocks that cannot fail asserts that they
/// do not, with a message that would link `core::fmt`.)
pub fn now(clock: u32) -> Result<u64, Errno> {
    Ok(nanoseconds(clock_gettime_dynamic(DynamicClockId::Known(host_clock(clock)?))?))
}

wasi_functions! { "wasi_snapshot_preview1":
    /// Writes the resolution of a clock.
    fn clock_res_get(call, clock: u32, result: u32) {
        call.memory.write(result, nanoseconds(clock_getres(host_clock(clock)?)))
    }

    /// Writes what a clock shows. The precision is always the best there is.
    fn clock_time_get(call, clock: u32, _precision: u64, result: u32) {
        call.memory.write(result, now(clock)?)
    }
}
