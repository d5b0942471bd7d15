//! Frames as lines of text.

use wasmwright_abi::program::ProgramDescriptor;
use wasmwright_abi::trap_table::part;

use super::Frame;
use super::table::{Table, outwards};
use crate::sys::{self, Digits};

/// Writes frames to standard error.
pub struct Printer<'a> {
    table: &'a Table,
    program: &'a ProgramDescriptor,
    line: [u8; LINE_BYTES],
    length: usize,
}

/// Longer lines are cut.
const LINE_BYTES: usize = 1500;

impl<'a> Printer<'a> {
    /// A printer for the code of a program.
    pub fn new(table: &'a Table, program: &'a ProgramDescriptor) -> Self {
        Self { table, program, line: [0; LINE_BYTES], length: 0 }
    }

    /// The functions of a frame, the innermost first.
    pub fn frame(&mut self, frame: &Frame) {
        let Some(&[_, _, mut position, mut place, _]) = self.table.row(frame.program_counter) else { return };
        let mut number = frame.number;
        while let Some(&[function, steps, call, ..]) = self.table.record(part::SCOPES, position) {
            if let Some(&[module, index, name, ..]) = self.table.referred(part::FUNCTIONS, function) {
                self.function(number, module, index, name, place);
                number += 1;
            }
            position = outwards(position, steps);
            place = call;
        }
    }

    /// Stands for the frames in between.
    pub fn omission(&mut self) {
        self.text(b"  ...");
        self.end_line();
    }

    /// A function and, where it is known, the place that it has got to.
    fn function(&mut self, number: u32, module: u32, index: u32, name: u32, place: u32) {
        self.text(b"  ");
        self.number(number);
        self.text(b": ");
        self.name(name);
        self.text(b"(");
        self.module(module);
        self.text(b"function ");
        self.number(index);
        let place = self.table.referred(part::PLACES, place);
        if let Some(&[_, offset, ..]) = place {
            self.text(b", offset 0x");
            self.text(Digits::hexadecimal(offset.into()).as_bytes());
        }
        self.text(b")");
        self.end_line();
        if let Some(&[_, _, scope, file, line]) = place {
            self.lines(scope, file, line);
        }
    }

    #[inline(never)]
    fn name(&mut self, reference: u32) {
        if let Some(name) = self.table.string(reference) {
            self.text(name);
            self.text(b" ");
        }
    }

    /// The module's name, where there are several.
    fn module(&mut self, position: u32) {
        // SAFETY: the descriptor is the compiler's.
        let modules = unsafe { self.program.modules.as_slice() };
        if let Some(module) = modules.get(position as usize).filter(|_| modules.len() > 1) {
            // SAFETY: likewise.
            self.text(unsafe { module.name.as_slice() });
            self.text(b" ");
        }
    }

    /// The source functions that were inlined at a place, the innermost first.
    fn lines(&mut self, scope: u32, mut file: u32, mut line: u32) {
        let mut position = scope.wrapping_sub(1);
        while let Some(&[name, steps, caller_file, caller_line, _]) =
            self.table.record(part::SOURCE_SCOPES, position)
        {
            self.text(b"       ");
            self.name(name);
            self.text(b"at ");
            self.text(self.table.string(file).unwrap_or(b"?"));
            self.text(b":");
            self.number(line);
            self.end_line();
            position = outwards(position, steps);
            (file, line) = (caller_file, caller_line);
        }
    }

    #[inline(never)]
    fn text(&mut self, text: &[u8]) {
        for (place, byte) in self.line.iter_mut().skip(self.length).zip(text) {
            *place = *byte;
            self.length += 1;
        }
    }

    #[inline(never)]
    fn number(&mut self, number: u32) {
        self.text(Digits::decimal(number.into()).as_bytes());
    }

    #[inline(never)]
    fn end_line(&mut self) {
        if let Some(last) = self.line.last_mut() {
            *last = b'\n';
        }
        self.text(b"\n");
        sys::print_error(self.line.get(..self.length).unwrap_or(b""));
        self.length = 0;
    }
}
