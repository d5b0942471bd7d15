//! The beginning of an executable: from what the kernel left on the stack to the program's entry.
//!
//! What enters: the arguments, the environment and the auxiliary vector. What leaves: an exit
//! status. Each step relies on the ones before it: relocation first, since nothing else may
//! follow a pointer; signals and the stack before any compiled code; WASI before instances,
//! whose start functions may use it.

mod command;
mod cpu;
mod invoke;

use core::cell::UnsafeCell;
use core::ffi::c_void;
use core::ptr::{null, null_mut};

use wasmwright_abi::ABI_VERSION;
use wasmwright_abi::library::Limits;
use wasmwright_abi::program::{ProgramDescriptor, program_flag};

use crate::arch::{self, AddressRange};
use crate::arena::Arena;
use crate::call::OnTrap;
use crate::exception::{Heap, Trace};
use crate::instance::{initialize, prepare};
use crate::store::{self, Launch, Store, WasmStack};
use crate::sys::{self, SIG_IGN, SIGINT, SIGPIPE, SIGTERM, SignalAction, SignalInfo};
use crate::{profile, stack, trap};

unsafe extern "C" {
    /// The artifact's descriptor, [`wasmwright_abi::PROGRAM_SYMBOL`].
    static wasmwright_program: ProgramDescriptor;
}

/// The store of an executable.
struct ProcessStore(UnsafeCell<Store>);

// SAFETY: start-up fills it before any other code runs, and the process has one thread.
unsafe impl Sync for ProcessStore {}

const NOWHERE: AddressRange = AddressRange { start: 0, end: 0 };

static STORE: ProcessStore = ProcessStore(UnsafeCell::new(Store {
    launch: Launch {
        program: null(),
        argument_count: 0,
        arguments: null(),
        environment: null(),
        page_bytes: 0,
    },
    activation: null_mut(),
    stack: WasmStack { guard: NOWHERE, usable: NOWHERE },
    instances: null_mut(),
    // SAFETY: the only arena of an executable.
    arena: unsafe { Arena::first() },
    exceptions: Heap::EMPTY,
    trace: Trace::EMPTY,
    wasi: null_mut(),
    exit_status: 0,
}));

/// Called by `_start` alone.
///
/// # Safety
/// `stack` must be what the kernel left, `base` and `dynamic` those of this image.
pub unsafe extern "C" fn start_process(stack: *const usize, base: usize, dynamic: *const arch::Dynamic) -> ! {
    // SAFETY: as this function's; the first thing that happens.
    unsafe { arch::relocate(base, dynamic) };
    // SAFETY: the image is relocated.
    let status = unsafe { run(stack) };
    profile::end_process(status)
}

/// Everything after relocation. Apart, so that nothing of it can be computed before.
#[inline(never)]
unsafe fn run(stack: *const usize) -> i32 {
    // SAFETY: the order below is the one that the module's documentation demands.
    unsafe {
        let store = STORE.0.get();
        (*store).launch = read_launch(stack);
        let program = (*store).program();
        rustix::param::init((*store).launch.environment.cast_mut().cast());
        check_program(program);
        (*store).launch.page_bytes = rustix::param::page_size();
        (*store).instances = (*store).arena.allocate(program.modules.length as usize);
        (*store).stack = stack::map(program.stack_bytes);
        store::set_current(store);
        set_signals();
        if let Some(wasi_setup) = program.wasi_setup {
            wasi_setup(store.cast());
        }
        if program.flags & program_flag::ENTRY_INSTANTIATES == 0 {
            instantiate_all(store, program);
        }
        program.entry.map_or(0, |entry| entry(store.cast()))
    }
}

/// The arguments and the environment, where the kernel left them.
unsafe fn read_launch(stack: *const usize) -> Launch {
    // SAFETY: the stack holds a count, as many pointers, null, and the environment's pointers.
    unsafe {
        let argument_count = *stack;
        let arguments = stack.add(1).cast::<*const u8>();
        let environment = arguments.add(argument_count + 1);
        Launch {
            program: &raw const wasmwright_program,
            argument_count,
            arguments,
            environment,
            page_bytes: 0,
        }
    }
}

/// Ends the process with a message where the program cannot run: better than an illegal
/// instruction later.
fn check_program(program: &ProgramDescriptor) {
    if program.abi_version != ABI_VERSION {
        sys::fail(&[b"this program was linked with the runtime of another version"]);
    }
    cpu::check(&program.cpu);
}

/// Traps by faults; no end by a closed pipe; an end by request also as the first process of a
/// container, whose default actions the kernel ignores.
unsafe fn set_signals() {
    // SAFETY: the stack and the store of the fault handler are set; the other handler only exits.
    unsafe {
        trap::signal::install();
        sys::set_signal_action(SIGPIPE, &SignalAction::plain(SIG_IGN));
        if rustix::process::getpid().is_init() {
            sys::set_signal_action(SIGTERM, &SignalAction::handled(end_by_signal));
            sys::set_signal_action(SIGINT, &SignalAction::handled(end_by_signal));
        }
    }
}

unsafe extern "C" fn end_by_signal(signal: i32, _info: *mut SignalInfo, _context: *mut c_void) {
    profile::end_process(128 + signal)
}

unsafe fn instantiate_all(store: *mut Store, program: &ProgramDescriptor) {
    let modules = 0..program.modules.length as usize;
    // All are prepared before code runs: a function of the host that is called meanwhile may use the
    // last one.
    for index in modules.clone() {
        // SAFETY: modules come after those that they import from.
        if let Err(error) = unsafe { prepare(store, index, &Limits::NONE) } {
            error.fail();
        }
    }
    for index in modules {
        // SAFETY: they are prepared, and no host provides anything.
        if let Err(error) = unsafe { initialize(store, (*store).instance(index), OnTrap::EndProcess) } {
            error.fail();
        }
    }
}
