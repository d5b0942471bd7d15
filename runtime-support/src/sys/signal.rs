//! Signals: the system calls that `rustix` does not offer as a stable interface.

use core::ffi::c_void;

use crate::arch;

const RT_SIGACTION: usize = if cfg!(target_arch = "x86_64") { 13 } else { 134 };
const RT_SIGPROCMASK: usize = if cfg!(target_arch = "x86_64") { 14 } else { 135 };
const SIGALTSTACK: usize = if cfg!(target_arch = "x86_64") { 131 } else { 132 };

/// Interrupt from the keyboard.
pub const SIGINT: i32 = 2;
/// Invalid memory reference.
pub const SIGSEGV: i32 = 11;
/// Write to a pipe that nobody reads.
pub const SIGPIPE: i32 = 13;
/// Request to end.
pub const SIGTERM: i32 = 15;

/// Default action.
pub const SIG_DFL: usize = 0;
/// Ignore the signal.
pub const SIG_IGN: usize = 1;

const SA_SIGINFO: usize = 4;
const SA_RESTORER: usize = 0x0400_0000;
const SA_ONSTACK: usize = 0x0800_0000;

/// A handler as the kernel calls it: the signal, a `siginfo_t`, a `ucontext_t`.
pub type Handler = unsafe extern "C" fn(i32, *mut SignalInfo, *mut c_void);

/// The kernel's `struct sigaction` (not libc's).
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct SignalAction {
    /// Address of the handler, [`SIG_DFL`] or [`SIG_IGN`].
    pub handler: usize,
    flags: usize,
    restorer: usize,
    mask: u64,
}

impl SignalAction {
    /// The default action, or to ignore.
    pub const fn plain(handler: usize) -> Self {
        Self { handler, flags: 0, restorer: 0, mask: 0 }
    }

    /// A handler that runs on the alternate signal stack.
    pub fn handled(handler: Handler) -> Self {
        Self {
            handler: handler as usize,
            flags: SA_SIGINFO | SA_ONSTACK | SA_RESTORER,
            restorer: arch::return_from_signal as *const () as usize,
            mask: 0,
        }
    }
}

/// The head of the kernel's `siginfo_t`.
#[repr(C)]
#[derive(Debug)]
pub struct SignalInfo {
    signal: i32,
    error: i32,
    /// Positive when the kernel raised the signal, else it was sent by a process.
    pub code: i32,
    padding: i32,
    /// For faults: the address. Else other things.
    pub address: usize,
}

/// What a signal does.
pub fn signal_action(signal: i32) -> SignalAction {
    let mut action = SignalAction::default();
    let place = core::ptr::from_mut(&mut action) as usize;
    // SAFETY: the structure has the kernel's layout and outlives the call.
    unsafe { arch::system_call(RT_SIGACTION, [signal as usize, 0, place, size_of::<u64>()]) };
    action
}

/// Sets what a signal does; the action before.
///
/// # Safety
/// A handler must be fit to run at any instruction of the process.
pub unsafe fn set_signal_action(signal: i32, action: &SignalAction) -> SignalAction {
    let mut before = SignalAction::default();
    let (new, old) = (core::ptr::from_ref(action) as usize, core::ptr::from_mut(&mut before) as usize);
    // SAFETY: both structures have the kernel's layout and outlive the call; 8 is the size of the
    // mask. It cannot fail for the signals above.
    unsafe { arch::system_call(RT_SIGACTION, [signal as usize, new, old, size_of::<u64>()]) };
    before
}

/// Lets a signal through that the process may have been started with blocked.
pub fn unblock_signal(signal: i32) {
    const SIG_UNBLOCK: usize = 1;
    let mask = 1u64 << (signal - 1);
    let set = core::ptr::from_ref(&mask) as usize;
    // SAFETY: the mask has the kernel's layout and size, and outlives the call.
    unsafe { arch::system_call(RT_SIGPROCMASK, [SIG_UNBLOCK, set, 0, size_of::<u64>()]) };
}

/// Sends a signal to this process.
pub fn send_signal_to_self(signal: i32) {
    const KILL: usize = if cfg!(target_arch = "x86_64") { 62 } else { 129 };
    let process = rustix::process::getpid().as_raw_nonzero().get();
    // SAFETY: kill takes two integers.
    unsafe { arch::system_call(KILL, [process as usize, signal as usize, 0, 0]) };
}

/// Sets the stack on which handlers run.
///
/// # Safety
/// The memory must stay mapped and be used for nothing else.
pub unsafe fn set_signal_stack(start: *mut u8, bytes: usize) {
    /// The kernel's `stack_t`.
    #[repr(C)]
    struct SignalStack {
        start: *mut u8,
        flags: i32,
        bytes: usize,
    }
    let stack = SignalStack { start, flags: 0, bytes };
    // SAFETY: the structure has the kernel's layout and outlives the call.
    unsafe { arch::system_call(SIGALTSTACK, [core::ptr::from_ref(&stack) as usize, 0, 0, 0]) };
}
