//! All assembly of the runtime, one file per processor, chosen here and nowhere else.
//!
//! Each file provides the same items: the system call, the switch to the Wasm stack and the way
//! back ([`enter`], [`resume`]), the throw of exceptions, what a signal handler must know of the processor's registers,
//! and, for executables, `_start`.

use wasmwright_abi::program::InvokeFunction;

#[cfg(target_arch = "aarch64")]
mod aarch64;
#[cfg(feature = "start")]
mod relocate;
#[cfg(target_arch = "x86_64")]
mod x86_64;

#[cfg(target_arch = "aarch64")]
pub use aarch64::*;
#[cfg(feature = "start")]
pub use relocate::{Dynamic, relocate};
#[cfg(target_arch = "x86_64")]
pub use x86_64::*;

/// What [`enter`] calls. A function of the instance alone is called the same way: in the C
/// convention it does not see the second argument.
pub type CompiledFunction = InvokeFunction;

/// The registers that frames are found by.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct FrameRegisters {
    /// An address in the instruction that has not been completed: a call, or what faulted.
    pub program_counter: usize,
    /// At that instruction, before a call has pushed anything.
    pub stack_pointer: usize,
    /// What the platform calls so; compiled code may use it for anything.
    pub frame_pointer: usize,
    /// What the processor keeps a return address in, where it does.
    pub return_address: usize,
}

impl FrameRegisters {
    /// Those of a caller.
    pub fn at_call(return_address: usize, stack_pointer: usize, frame_pointer: usize) -> Self {
        let program_counter = return_address.wrapping_sub(1);
        Self { program_counter, stack_pointer, frame_pointer, return_address: 0 }
    }
}

/// Addresses from `start` up to `end`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct AddressRange {
    /// The first one.
    pub start: usize,
    /// One past the last one.
    pub end: usize,
}

impl AddressRange {
    /// Whether the address is one of them.
    pub fn contains(&self, address: usize) -> bool {
        (self.start..self.end).contains(&address)
    }
}
