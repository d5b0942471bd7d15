//! Faults that are traps: an access outside a memory under guard pages, and the end of the Wasm
//! stack.
//!
//! This file is dangerous. The handler runs in the middle of any instruction of the process, also
//! of code that is not ours: it must decide from addresses alone whether a fault is a trap, and a
//! wrong yes turns a defect into a trap that hides it. Any change must keep these rules:
//!
//! - A fault is a trap only if the kernel raised it for an address that the runtime owns: in the
//!   guard of its Wasm stack, whatever was running (host functions use that stack too); or in the
//!   reservation of a memory, and then only if the faulting instruction is compiled code.
//! - Every other fault goes to the action that was there before, as if this handler were not.
//! - The handler itself uses nothing that the interrupted code may be in the middle of: it reads
//!   the store, writes to standard error, and either ends the process or returns into
//!   `arch::resume`. It allocates nothing and takes no lock.
//! - It runs on the alternate stack, since the Wasm stack may be used up.
//!
//! Only SIGSEGV is handled: Linux raises SIGBUS for pages that a file no longer backs, which is
//! not a trap.

use core::cell::UnsafeCell;
use core::ffi::c_void;
use core::ptr::null_mut;

use wasmwright_abi::instance::{BoundsStrategy, MemoryRecord};
use wasmwright_abi::library::HostImportKind;
use wasmwright_abi::trap::Trap;

use super::report_and_end;
use crate::arch::{self, FrameRegisters};
use crate::store::{self, Store};
use crate::sys::{self, SIG_DFL, SIG_IGN, SIGSEGV, SignalAction, SignalInfo};

/// The action before ours. Written once, before the handler can run.
struct PreviousAction(UnsafeCell<SignalAction>);

// SAFETY: written once by `install`, only read afterwards.
unsafe impl Sync for PreviousAction {}

static PREVIOUS: PreviousAction = PreviousAction(UnsafeCell::new(SignalAction::plain(SIG_DFL)));

/// Makes faults of compiled code traps.
///
/// # Safety
/// Must be called once, after the alternate signal stack is set.
pub unsafe fn install() {
    // SAFETY: nothing reads PREVIOUS yet: the handler is not installed. It is written for any
    // instruction.
    unsafe {
        *PREVIOUS.0.get() = sys::signal_action(SIGSEGV);
        sys::set_signal_action(SIGSEGV, &SignalAction::handled(handle_fault));
    }
    // A fault while the signal is blocked would end the process as if there were no handler.
    sys::unblock_signal(SIGSEGV);
}

/// [`wasmwright_abi::program::HANDLE_FAULTS_SYMBOL`]: the same at its first call; any number of
/// threads may call it, and it returns once it is done.
///
/// # Safety
/// The handler must suit the process.
#[cfg(not(feature = "start"))]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmwright_library_handle_faults() {
    use core::sync::atomic::{AtomicU32, Ordering};
    const BEGUN: u32 = 1;
    const DONE: u32 = 2;
    static STATE: AtomicU32 = AtomicU32::new(0);
    if STATE.load(Ordering::Acquire) == DONE {
        return;
    }
    if STATE.compare_exchange(0, BEGUN, Ordering::AcqRel, Ordering::Acquire).is_ok() {
        // SAFETY: this happens once.
        unsafe { install() };
        STATE.store(DONE, Ordering::Release);
    }
    while STATE.load(Ordering::Acquire) != DONE {
        rustix::thread::sched_yield();
    }
}

unsafe extern "C" fn handle_fault(signal: i32, info: *mut SignalInfo, context: *mut c_void) {
    // SAFETY: the kernel passes valid pointers, and the store is live once it is set.
    unsafe {
        let registers = arch::registers(context);
        let raised_by_kernel = (*info).code > 0;
        let store = if raised_by_kernel { running_store(&registers) } else { null_mut() };
        let trap = if store.is_null() { None } else { classify(&*store, (*info).address, &registers) };
        match trap {
            Some(fault) if (*store).activation.is_null() => {
                fault.report_and_end(&*store, &arch::registers(context))
            }
            Some(fault) => arch::resume_after_signal(context, (*store).activation, fault.trap() as u32),
            None => pass_on(signal, info, context),
        }
    }
}

/// The store whose code may have faulted. Other threads of a library's host may have no state to ask.
fn running_store(registers: &FrameRegisters) -> *mut Store {
    if cfg!(feature = "start") || arch::compiled_code().contains(registers.program_counter) {
        store::current()
    } else {
        null_mut()
    }
}

/// A fault that is a trap.
enum Fault {
    StackOverflow,
    Memory {
        /// Address in the memory, where it is not below its base.
        address: Option<u64>,
        length_bytes: u64,
    },
}

impl Fault {
    fn trap(&self) -> Trap {
        match self {
            Fault::StackOverflow => Trap::StackOverflow,
            Fault::Memory { .. } => Trap::MemoryOutOfBounds,
        }
    }

    /// # Safety
    /// `registers` must be those at the fault, in code that runs for the store.
    unsafe fn report_and_end(self, store: &Store, registers: &FrameRegisters) -> ! {
        let end = |details: &[&[u8]]| {
            // SAFETY: by this function's contract.
            unsafe { report_and_end(store, self.trap(), details, registers) }
        };
        match self {
            Fault::Memory { address: Some(address), length_bytes } => {
                let (address, length) =
                    (sys::Digits::hexadecimal(address), sys::Digits::decimal(length_bytes));
                let details: [&[u8]; 5] =
                    [b" (address 0x", address.as_bytes(), b" of ", length.as_bytes(), b" bytes)"];
                end(&details)
            }
            _ => end(&[]),
        }
    }
}

/// Decides by the rules at the head of this file.
fn classify(store: &Store, address: usize, registers: &FrameRegisters) -> Option<Fault> {
    if store.stack.guard.contains(address) {
        return Some(Fault::StackOverflow);
    }
    if !arch::compiled_code().contains(registers.program_counter) {
        return None;
    }
    let Some(memory) = owner_of(store, address) else {
        return is_probe(address, registers).then_some(Fault::StackOverflow);
    };
    let address = address.checked_sub(memory.base as usize).map(|address| address as u64);
    Some(Fault::Memory { address, length_bytes: memory.length_bytes })
}

/// Whether compiled code of a library probed or pushed where the host's thread has no stack left:
/// the thread's stack is smaller than the limit that the code compares with.
fn is_probe(address: usize, registers: &FrameRegisters) -> bool {
    const WIDEST_PUSH_BYTES: usize = 64;
    cfg!(not(feature = "start"))
        && address.wrapping_sub(registers.stack_pointer.wrapping_sub(WIDEST_PUSH_BYTES))
            < 2 * WIDEST_PUSH_BYTES
}

/// The memory in whose reservation the address lies.
fn owner_of(store: &Store, address: usize) -> Option<&MemoryRecord> {
    // SAFETY: the descriptors are the compiler's constants; an instance that is not null has its
    // records at the offsets that they state.
    unsafe {
        for (index, module) in store.program().modules.as_slice().iter().enumerate() {
            let instance = store.instance(index);
            if instance.is_null() {
                continue;
            }
            for descriptor in module.memories.as_slice() {
                let memory = &*instance.cast::<u8>().add(descriptor.record_offset as usize).cast();
                if reservation_contains(memory, address) {
                    return Some(memory);
                }
            }
            for import in module.host_imports.as_slice() {
                if import.kind == HostImportKind::GuardedMemory as u32 {
                    let slot = instance.cast::<u8>().add(import.slot_offset as usize);
                    let memory = slot.cast::<*const MemoryRecord>().read().as_ref()?;
                    if reservation_contains(memory, address) {
                        return Some(memory);
                    }
                }
            }
        }
    }
    None
}

fn reservation_contains(memory: &MemoryRecord, address: usize) -> bool {
    let lowest = (memory.base as u64).wrapping_sub(memory.reserved_below_bytes);
    memory.strategy == BoundsStrategy::GuardPages as u32
        && !memory.base.is_null()
        && (address as u64).wrapping_sub(lowest) < memory.reserved_below_bytes + memory.mapped_bytes
}

/// Does what would have happened without this handler.
unsafe fn pass_on(signal: i32, info: *mut SignalInfo, context: *mut c_void) {
    // SAFETY: written before the handler was installed.
    let previous = unsafe { *PREVIOUS.0.get() };
    if previous.handler == SIG_DFL || previous.handler == SIG_IGN {
        // SAFETY: these actions run no code of the process. A fault happens again at once; a
        // signal that was sent must be sent again.
        unsafe {
            sys::set_signal_action(signal, &SignalAction::plain(previous.handler));
            if (*info).code <= 0 {
                sys::send_signal_to_self(signal);
            }
        }
        return;
    }
    // SAFETY: the kernel would have called the handler with these arguments. One that takes only
    // the signal ignores the others.
    unsafe {
        let handler: sys::Handler = core::mem::transmute::<usize, sys::Handler>(previous.handler);
        handler(signal, info, context);
    }
}
