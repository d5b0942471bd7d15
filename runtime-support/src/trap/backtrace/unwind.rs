//! Walks from frame to frame by the rules of the trap table.
//!
//! Invariant: only words of the Wasm stack are read, whatever the table says.

use wasmwright_abi::trap_table::{Record, WORD_BYTES, part};

use super::table::Table;
use crate::arch::{self, AddressRange, FrameRegisters};

/// Gives the addresses of the calls that have not returned, the trap's first.
pub struct Unwinder<'a> {
    table: &'a Table,
    stack: AddressRange,
    compiled: AddressRange,
    /// Those of the next frame, while there is one.
    registers: Option<FrameRegisters>,
}

impl<'a> Unwinder<'a> {
    /// Begins at a trap.
    pub fn new(table: &'a Table, stack: AddressRange, registers: FrameRegisters) -> Self {
        Self { table, stack, compiled: arch::compiled_code(), registers: Some(registers) }
    }

    /// The next frame's address; `None` at the end of compiled code.
    pub fn next(&mut self) -> Option<usize> {
        let registers = self.registers.take()?;
        let address = registers.program_counter;
        if !self.compiled.contains(address) {
            return None;
        }
        let rule = self.table.row(address).and_then(|row| self.table.record(part::RULES, row[1]));
        self.registers = rule.and_then(|rule| self.caller(registers, rule));
        Some(address)
    }

    /// The registers at the call of a frame.
    fn caller(&self, registers: FrameRegisters, rule: &Record) -> Option<FrameRegisters> {
        let [base, frame_words, frame_pointer_words, return_words, _] = *rule;
        let base = match base {
            0 => registers.stack_pointer,
            1 => registers.frame_pointer,
            _ => return None,
        };
        let frame = base.wrapping_add((frame_words * WORD_BYTES) as usize);
        // The stack grows downwards: a frame that is not above its callee's is none.
        if frame < registers.stack_pointer {
            return None;
        }
        let saved = |words: u32, register: usize| match words {
            0 => Some(register),
            words => self.word(frame.wrapping_sub((words * WORD_BYTES) as usize)),
        };
        Some(FrameRegisters {
            // The address after a call may be another function's; the call itself is before it.
            program_counter: saved(return_words, registers.return_address)?.wrapping_sub(1),
            stack_pointer: frame,
            frame_pointer: saved(frame_pointer_words, registers.frame_pointer)?,
            return_address: 0,
        })
    }

    fn word(&self, address: usize) -> Option<usize> {
        let last = self.stack.end - size_of::<usize>();
        let is_word =
            address >= self.stack.start && address <= last && address.is_multiple_of(size_of::<usize>());
        // SAFETY: the stack is mapped and readable, and this is an aligned word of it.
        is_word.then(|| unsafe { (address as *const usize).read() })
    }
}
