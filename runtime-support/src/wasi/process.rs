//! The process: `proc_exit`, `proc_raise`, `sched_yield`.

use rustix::process::{Signal, getpid, kill_process};
use wasmwright_abi::instance::InstanceHeader;

use super::errno::Errno;
use super::wasi_functions;
use crate::profile;

/// Signals by their numbers in WASI, which 0 (none) is not.
const SIGNALS: [Signal; 30] = [
    Signal::HUP,
    Signal::INT,
    Signal::QUIT,
    Signal::ILL,
    Signal::TRAP,
    Signal::ABORT,
    Signal::BUS,
    Signal::FPE,
    Signal::KILL,
    Signal::USR1,
    Signal::SEGV,
    Signal::USR2,
    Signal::PIPE,
    Signal::ALARM,
    Signal::TERM,
    Signal::CHILD,
    Signal::CONT,
    Signal::STOP,
    Signal::TSTP,
    Signal::TTIN,
    Signal::TTOU,
    Signal::URG,
    Signal::XCPU,
    Signal::XFSZ,
    Signal::VTALARM,
    Signal::PROF,
    Signal::WINCH,
    Signal::IO,
    Signal::POWER,
    Signal::SYS,
];

/// Ends the process with `status & 255`.
///
/// # Safety
/// As for every function of WASI; the caller's record is not looked at.
#[unsafe(export_name = "wasmwright_wasi_snapshot_preview1_proc_exit")]
pub unsafe extern "C" fn proc_exit(_caller: *mut InstanceHeader, status: u32) -> ! {
    profile::end_process(status as i32)
}

wasi_functions! { "wasi_snapshot_preview1":
    /// Sends a signal to the process itself.
    fn proc_raise(_call, signal: u32) {
        let index = (signal as usize).checked_sub(1).ok_or(Errno::INVAL)?;
        let signal = SIGNALS.get(index).ok_or(Errno::INVAL)?;
        Ok(kill_process(getpid(), *signal)?)
    }

    /// Lets another thread run.
    fn sched_yield(_call) {
        rustix::thread::sched_yield();
        Ok(())
    }
}
