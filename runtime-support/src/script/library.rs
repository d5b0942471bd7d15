//! Scripts in a library: makes a store for the artifact in the process that loaded it, as start-up
//! does in an executable, and executes a script in it.

use core::ptr::{copy_nonoverlapping, null, null_mut};
use core::slice;

use wasmwright_abi::program::ProgramDescriptor;
use wasmwright_abi::script::OVERFLOW;

use crate::arena::Arena;
use crate::exception::{Heap, Trace};
use crate::store::{self, Launch, Store};
use crate::{stack, trap};

unsafe extern "C" {
    /// The artifact's descriptor, [`wasmwright_abi::PROGRAM_SYMBOL`].
    static wasmwright_program: ProgramDescriptor;
}

/// Granularity of the runtime's mappings, a multiple of the page size of every machine.
const GRANULE_BYTES: usize = 64 << 10;

/// [`wasmwright_abi::script::ScriptRun`].
///
/// # Safety
/// To be called once in a process. Both stretches must be valid for reads and writes, and no
/// other thread may touch them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmwright_script_run(
    script: *const u8,
    script_bytes: u64,
    outcomes: *mut u8,
    capacity_bytes: u64,
) -> u64 {
    let mut length = 0;
    let mut accept = |outcome: &[u8]| {
        let fits = outcome.len() <= capacity_bytes as usize - length;
        if fits {
            // SAFETY: there is room for it behind the ones before it.
            unsafe { copy_nonoverlapping(outcome.as_ptr(), outcomes.add(length), outcome.len()) };
            length += outcome.len();
        }
        fits
    };
    // SAFETY: by this function's contract.
    let complete = unsafe {
        let script = slice::from_raw_parts(script, script_bytes as usize);
        super::run(make_store(), script, &mut accept)
    };
    if complete { length as u64 } else { OVERFLOW }
}

/// The store of this artifact, ready for instances.
unsafe fn make_store() -> *mut Store {
    let mut arena = Arena::empty();
    let store: *mut Store = arena.allocate(1);
    let launch = Launch {
        program: &raw const wasmwright_program,
        argument_count: 0,
        arguments: null(),
        environment: null(),
        page_bytes: GRANULE_BYTES,
    };
    // SAFETY: the room is the store's; this happens once, before any compiled code.
    unsafe {
        let program = &*launch.program;
        let instances = arena.allocate(program.modules.length as usize);
        let stack = stack::map(program.stack_bytes);
        store.write(Store {
            launch,
            activation: null_mut(),
            stack,
            instances,
            arena,
            exceptions: Heap::EMPTY,
            trace: Trace::EMPTY,
            wasi: null_mut(),
        });
        store::set_current(store);
        trap::signal::install();
    }
    store
}
