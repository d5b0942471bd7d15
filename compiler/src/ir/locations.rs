//! The locations of the instructions that a builder appends.
//!
//! Where only traps and backtraces are told of, no others are looked at than those of calls and accesses
//! (`positions`). So these alone get one, which is made for the first of them: to make, move and drop
//! locations of all instructions is a tenth of the time of unoptimised code.

use super::Builder;
use super::debug::Node;
use inkwell::llvm_sys::core::LLVMSetCurrentDebugLocation2;
use inkwell::llvm_sys::debuginfo::{LLVMDIBuilderCreateDebugLocation, LLVMInstructionSetDebugLoc};
use inkwell::values::AsValueRef;
use std::cell::Cell;

/// The location of the next calls and accesses of a builder.
#[derive(Debug, Default)]
pub(super) struct NextLocation<'c>(Cell<State<'c>>);

#[derive(Clone, Copy, Debug, Default)]
enum State<'c> {
    /// They have that of the next instructions of any kind.
    #[default]
    Shared,
    /// Nothing has it yet.
    Wanted {
        function: Node<'c>,
        line: u32,
        column: u32,
    },
    Made(Node<'c>),
}

impl<'c> Builder<'c> {
    /// Sets the location of the next instructions.
    pub(super) fn locate_all(&self, location: Node<'c>) {
        self.next_location.0.set(State::Shared);
        self.set_current_location(location);
    }

    /// Sets the location of the next calls and accesses; other instructions get none.
    pub(super) fn locate_telling(&self, function: Node<'c>, line: u32, column: u32) {
        if let State::Shared = self.next_location.0.replace(State::Wanted { function, line, column }) {
            self.set_current_location(Node::NONE);
        }
    }

    /// Gives a call or an access its location.
    pub(super) fn located<I: AsValueRef>(&self, instruction: I) -> I {
        let location = match self.next_location.0.get() {
            State::Shared => return instruction,
            State::Made(location) => location,
            State::Wanted { function, line, column } => {
                let context = self.types.context.raw();
                let none = std::ptr::null_mut();
                // SAFETY: the function is a node of this context.
                Node::new(unsafe {
                    LLVMDIBuilderCreateDebugLocation(context, line, column, function.0, none)
                })
            }
        };
        self.next_location.0.set(State::Made(location));
        // SAFETY: the instruction is in a function of the location's context.
        unsafe { LLVMInstructionSetDebugLoc(instruction.as_value_ref(), location.0) };
        instruction
    }

    fn set_current_location(&self, location: Node<'c>) {
        // SAFETY: both are of one context, and the node is a location or none.
        unsafe { LLVMSetCurrentDebugLocation2(self.raw.as_mut_ptr(), location.0) };
    }
}
