//! Rows → line programs (DWARF 5, 6.2.5), encoded as LLVM does.

use super::rows::{Place, Row};
use gimli::leb128::write::Leb128;
use gimli::{LineProgramHeader, Reader};

/// Writes the program of one table.
#[derive(Debug)]
pub struct Encoder<'o> {
    output: &'o mut Vec<u8>,
    line_base: i64,
    line_range: u64,
    opcode_base: u64,
    instruction_bytes: u64,
    default_is_stmt: bool,
}

/// What a program's reader knows.
struct State {
    address: u64,
    place: Place,
    is_stmt: bool,
}

impl<'o> Encoder<'o> {
    /// Appends to bytes that end with that header.
    pub fn new<R: Reader>(header: &LineProgramHeader<R>, output: &'o mut Vec<u8>) -> Self {
        Self {
            output,
            line_base: header.line_base().into(),
            line_range: header.line_range().into(),
            opcode_base: header.opcode_base().into(),
            instruction_bytes: header.minimum_instruction_length().into(),
            default_is_stmt: header.default_is_stmt(),
        }
    }

    /// Writes a sequence; its first address is that of a relocation, whose place in the bytes is returned.
    pub fn sequence(&mut self, rows: &[Row]) -> usize {
        self.extended(gimli::DW_LNE_set_address, size_of::<u64>());
        let operand = self.output.len();
        self.output.extend([0; size_of::<u64>()]);
        let Some((end, rows)) = rows.split_last() else { return operand };
        let mut state = State {
            address: rows.first().unwrap_or(end).address,
            place: Place { file: 1, line: 1, column: 0 },
            is_stmt: self.default_is_stmt,
        };
        for row in rows {
            self.row(&mut state, row);
        }
        self.end(end.address - state.address);
        operand
    }

    fn row(&mut self, state: &mut State, row: &Row) {
        if row.place.file != state.place.file {
            self.standard(gimli::DW_LNS_set_file, Leb128::unsigned(row.place.file));
        }
        if row.place.column != state.place.column {
            self.standard(gimli::DW_LNS_set_column, Leb128::unsigned(row.place.column));
        }
        let flags = [
            (row.is_stmt != state.is_stmt, gimli::DW_LNS_negate_stmt),
            (row.prologue_end, gimli::DW_LNS_set_prologue_end),
            (row.epilogue_begin, gimli::DW_LNS_set_epilogue_begin),
        ];
        self.output.extend(flags.iter().filter(|(is_set, _)| *is_set).map(|(_, operation)| operation.0));
        let lines = row.place.line.wrapping_sub(state.place.line) as i64;
        self.advance(lines, row.address - state.address);
        *state = State { address: row.address, place: row.place, is_stmt: row.is_stmt };
    }

    /// Appends a row that is so many lines and bytes after the one before.
    fn advance(&mut self, lines: i64, bytes: u64) {
        let special = |lines: i64| {
            let above = u64::try_from(lines - self.line_base).ok()?;
            (above < self.line_range).then_some(above + self.opcode_base)
        };
        let opcode = match special(lines) {
            Some(opcode) => opcode,
            None => {
                self.standard(gimli::DW_LNS_advance_line, Leb128::signed(lines));
                self.opcode_base + self.line_base.unsigned_abs()
            }
        };
        let units = bytes / self.instruction_bytes;
        let by_constant = self.constant_advance();
        let with = |units: u64| u8::try_from(opcode + units * self.line_range).ok();
        let short = units.checked_sub(by_constant).and_then(with);
        match (with(units), short) {
            (Some(opcode), _) => self.output.push(opcode),
            (None, Some(opcode)) => self.output.extend([gimli::DW_LNS_const_add_pc.0, opcode]),
            (None, None) => {
                self.standard(gimli::DW_LNS_advance_pc, Leb128::unsigned(units));
                self.output.push(opcode as u8);
            }
        }
    }

    fn end(&mut self, bytes: u64) {
        if bytes > 0 {
            let units = bytes / self.instruction_bytes;
            self.standard(gimli::DW_LNS_advance_pc, Leb128::unsigned(units));
        }
        self.extended(gimli::DW_LNE_end_sequence, 0);
    }

    /// Instructions that `DW_LNS_const_add_pc` advances by.
    fn constant_advance(&self) -> u64 {
        (u64::from(u8::MAX) - self.opcode_base) / self.line_range
    }

    fn standard(&mut self, operation: gimli::DwLns, operand: Leb128) {
        self.output.push(operation.0);
        self.output.extend(operand.bytes());
    }

    fn extended(&mut self, operation: gimli::DwLne, operand_bytes: usize) {
        self.output.extend([0, 1 + operand_bytes as u8, operation.0]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gimli::{DebugLine, DebugLineOffset, LittleEndian};

    /// A header of version 4 without files, otherwise as LLVM sets it, of code with such instructions.
    fn header(instruction_bytes: u8) -> Vec<u8> {
        let mut bytes = vec![0, 0, 0, 0, 4, 0, 20, 0, 0, 0];
        bytes.extend([instruction_bytes, 1, 1, -5i8 as u8, 14, 13]);
        bytes.extend([0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1]);
        bytes.extend([0; 2]);
        bytes
    }

    fn with_length(mut bytes: Vec<u8>) -> Vec<u8> {
        let length = (bytes.len() - 4) as u32;
        bytes[..4].copy_from_slice(&length.to_le_bytes());
        bytes
    }

    #[test]
    fn programs_are_read_as_the_rows_they_were_written_from() {
        let distances = [0u64, 1, 2, 16, 17, 18, 33, 34, 35, 100, 127, 128, 20_000];
        let lines = [1u64, 1, 9, 10, 0, 8, 100_000, 3, 11, 12];
        for instruction_bytes in [1, 4] {
            let mut rows = Vec::new();
            let mut address = 0;
            for (number, (distance, line)) in
                distances.iter().flat_map(|distance| lines.map(|line| (distance, line))).enumerate()
            {
                rows.push(Row {
                    address,
                    place: Place { file: 1 + number as u64 % 3 / 2, line, column: number as u64 % 5 / 3 },
                    discriminator: 0,
                    is_stmt: number % 4 > 1,
                    prologue_end: number % 7 == 0,
                    epilogue_begin: number % 11 == 0,
                });
                address += distance * u64::from(instruction_bytes);
            }
            let last = rows[rows.len() - 1].clone();
            rows.push(Row { address, prologue_end: false, epilogue_begin: false, ..last });
            let mut output = header(instruction_bytes);
            let read = with_length(output.clone());
            let read = DebugLine::new(&read, LittleEndian);
            let empty = read.program(DebugLineOffset(0), 8, None, None).unwrap();
            Encoder::new(empty.header(), &mut output).sequence(&rows);
            let output = with_length(output);
            let written = DebugLine::new(&output, LittleEndian);
            let mut program = written.program(DebugLineOffset(0), 8, None, None).unwrap().rows();
            for expected in &rows {
                let (_, row) = program.next_row().unwrap().unwrap();
                assert_eq!(&Row::new(row), expected);
            }
            assert!(program.next_row().unwrap().is_none());
        }
    }
}
