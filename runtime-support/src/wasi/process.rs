//! The process: `proc_exit`, `proc_raise`, `sched_yield`.

use rustix::process::{Signal, getpid, kill_process};
use wasmwright_abi::instance::InstanceHeader;

use super::errno::Errno;
use super::wasi_functions;

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

/// Ends the process with `status & 255`; in a library, the calls from the host that led here.
///
/// # Safety
/// As for every function of WASI; in an executable the caller's record is not looked at.
#[unsafe(export_name = "wasmwright_wasi_snapshot_preview1_proc_exit")]
pub unsafe extern "C" fn proc_exit(caller: *mut InstanceHeader, status: u32) -> ! {
    #[cfg(not(any(feature = "start", test)))]
    // SAFETY: the caller is a live instance whose code waits; no frame in between cleans up.
    unsafe {
        use crate::store::Store;
        let code = crate::host::wasmwright_library_exit(caller, status);
        crate::arch::resume((*(*caller).store.cast::<Store>()).activation, code)
    }
    #[cfg(any(feature = "start", test))]
    {
        let _ = caller;
        crate::profile::end_process(status as i32)
    }
}

wasi_functions! { "wasi_snapshot_preview1":
    /// Sends a signal to the process itself, unless that is the host of a library.
    fn proc_raise(_call, signal: u32) {
        if cfg!(not(any(feature = "start", test))) {
            return Err(Errno::NOSYS);
        }
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
