//! Executes scripts of calls: how the specification's tests drive compiled modules, in an
//! executable and in a library alike. Never shipped.
//!
//! What enters: the encoded operations of [`wasmwright_abi::script`]. What leaves: an encoded
//! outcome for each, handed over before the next one begins, so that a crash loses none.

#[cfg(feature = "start")]
use core::ffi::c_void;
use core::ptr::addr_of_mut;

use wasmwright_abi::instance::{InstanceHeader, ValueSlot};
use wasmwright_abi::library::Limits;
use wasmwright_abi::program::{ExportDescriptor, ExportKind, ModuleDescriptor};
use wasmwright_abi::script::{
    MAXIMUM_SLOTS, OUTCOME_HEAD_BYTES, Operation, Outcome, SLOT_BYTES, slot_bytes, slots, status,
};

use crate::call::{OnTrap, call};
use crate::instance::{InstantiationError, initialize, part, prepare};
use crate::store::Store;
#[cfg(feature = "start")]
use crate::sys;

#[cfg(not(feature = "start"))]
mod library;

/// The body of `EntryKind::Script`: operations come from the file that is standard input, outcomes
/// go to standard output.
///
/// # Safety
/// Start-up calls it, with the store; nothing is instantiated yet.
#[cfg(feature = "start")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmwright_entry_script(store: *mut c_void) -> i32 {
    // SAFETY: as this function's.
    unsafe {
        let Some(script) = sys::map_standard_input() else {
            sys::fail(&[b"the script on standard input is not a file that can be mapped"]);
        };
        if run(store.cast(), script, &mut sys::print) { 0 } else { 1 }
    }
}

/// Executes the operations until one cannot be decoded or `accept` refuses an outcome; whether all
/// of them were executed.
///
/// # Safety
/// The store must be live and its program the one that the script was made for.
pub unsafe fn run(store: *mut Store, mut script: &[u8], accept: &mut dyn FnMut(&[u8]) -> bool) -> bool {
    let mut interpreter = Interpreter { store, slots: [[0; 2]; MAXIMUM_SLOTS] };
    while let Some(operation) = Operation::decode(&mut script) {
        // SAFETY: as this function's.
        let outcome = unsafe { interpreter.execute(operation) };
        let (status, count) = outcome.map_or_else(|status| (status, 0), |count| (status::RETURNED, count));
        let mut results = Buffer::<{ MAXIMUM_SLOTS * SLOT_BYTES }>::new();
        results.extend(interpreter.slots.iter().take(count).copied().flat_map(slot_bytes));
        let mut encoded = Buffer::<{ OUTCOME_HEAD_BYTES + MAXIMUM_SLOTS * SLOT_BYTES }>::new();
        Outcome { status, results: results.as_slice() }.encode(&mut encoded);
        if !accept(encoded.as_slice()) {
            return false;
        }
    }
    script.is_empty()
}

struct Interpreter {
    store: *mut Store,
    slots: [ValueSlot; MAXIMUM_SLOTS],
}

impl Interpreter {
    /// The number of results, which are in `self.slots`, or a status.
    unsafe fn execute(&mut self, operation: Operation<'_>) -> Result<usize, u32> {
        // SAFETY: as `run`.
        unsafe {
            match operation {
                Operation::Instantiate { module } => self.instantiate(module as usize),
                Operation::Invoke { module, export, arguments } => {
                    self.invoke(module as usize, export, arguments)
                }
                Operation::Get { module, export } => self.get(module as usize, export),
            }
        }
    }

    unsafe fn instantiate(&mut self, module: usize) -> Result<usize, u32> {
        // SAFETY: the store is live; the script instantiates providers first, as modules are
        // numbered.
        unsafe {
            self.module(module)?;
            if !(*self.store).instance(module).is_null() {
                return Err(status::NO_SUCH_MODULE);
            }
            let prepared = prepare(self.store, module, &Limits::NONE);
            match prepared.and_then(|instance| initialize(self.store, instance, OnTrap::Return)) {
                Ok(()) => Ok(0),
                Err(InstantiationError::Abandoned(code)) => Err(code),
                Err(_) => Err(status::OUT_OF_RESOURCES),
            }
        }
    }

    unsafe fn invoke(&mut self, module: usize, name: &[u8], arguments: &[u8]) -> Result<usize, u32> {
        // SAFETY: the descriptor is the compiler's, and `slots` has room for all that it states.
        unsafe {
            let instance = self.instance(module)?;
            let export = self.export(module, name, ExportKind::Function)?;
            let function = export.invoke.ok_or(status::NO_SUCH_EXPORT)?;
            let (parameters, results) = (export.parameters.length as usize, export.results.length as usize);
            let arguments = slots(arguments);
            if arguments.len() != parameters || parameters > MAXIMUM_SLOTS || results > MAXIMUM_SLOTS {
                return Err(status::WRONG_ARGUMENTS);
            }
            for (slot, argument) in self.slots.iter_mut().zip(arguments) {
                *slot = argument;
            }
            let slots = addr_of_mut!(self.slots).cast();
            call(self.store, function, instance, slots, OnTrap::Return)?;
            Ok(results)
        }
    }

    unsafe fn get(&mut self, module: usize, name: &[u8]) -> Result<usize, u32> {
        // SAFETY: the descriptor is the compiler's: the global lies at its offset in the instance
        // of the module that defines it.
        unsafe {
            self.instance(module)?;
            let export = self.export(module, name, ExportKind::Global)?;
            let owner = self.instance(export.provider as usize)?;
            self.slots[0] = match export.parameters.as_slice() {
                [VALUE_TYPE_I32 | VALUE_TYPE_F32] => [(*part::<u32>(owner, export.offset)).into(), 0],
                [VALUE_TYPE_V128] => *part(owner, export.offset),
                _ => [*part(owner, export.offset), 0],
            };
            Ok(1)
        }
    }

    unsafe fn module(&self, module: usize) -> Result<&'static ModuleDescriptor, u32> {
        // SAFETY: the store is live and its program's descriptor a constant.
        let modules = unsafe { (*self.store).program().modules.as_slice() };
        modules.get(module).ok_or(status::NO_SUCH_MODULE)
    }

    unsafe fn instance(&self, module: usize) -> Result<*mut InstanceHeader, u32> {
        // SAFETY: the store is live.
        unsafe {
            self.module(module)?;
            let instance = (*self.store).instance(module);
            if instance.is_null() { Err(status::NO_SUCH_MODULE) } else { Ok(instance) }
        }
    }

    unsafe fn export(
        &self,
        module: usize,
        name: &[u8],
        kind: ExportKind,
    ) -> Result<&'static ExportDescriptor, u32> {
        // SAFETY: the descriptor is the compiler's.
        let exports = unsafe { self.module(module)?.exports.as_slice() };
        // SAFETY: as above.
        let mut named = exports.iter().filter(|export| unsafe { export.name.as_slice() } == name);
        named.find(|export| export.kind == kind as u32).ok_or(status::NO_SUCH_EXPORT)
    }
}

/// Types of values, as in the binary format.
const VALUE_TYPE_I32: u8 = 0x7F;
const VALUE_TYPE_F32: u8 = 0x7D;
const VALUE_TYPE_V128: u8 = 0x7B;

/// Room for an encoding. What does not fit is left out.
struct Buffer<const N: usize> {
    bytes: [u8; N],
    length: usize,
}

impl<const N: usize> Buffer<N> {
    fn new() -> Self {
        Self { bytes: [0; N], length: 0 }
    }

    fn as_slice(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or(&[])
    }
}

impl<const N: usize> Extend<u8> for Buffer<N> {
    fn extend<T: IntoIterator<Item = u8>>(&mut self, items: T) {
        for byte in items {
            if let Some(place) = self.bytes.get_mut(self.length) {
                *place = byte;
                self.length += 1;
            }
        }
    }
}
