//! How a frame of translated code is left: from a program counter to the caller's registers, by
//! the tables that LLVM writes (`.eh_frame`) and the linker indexes (`.eh_frame_hdr`).
//!
//! Only frames of translated code pass through here, so of all that such tables may say only what
//! LLVM says of these is understood. Invariant: an address in translated code that a call returns
//! to has an entry, because no function that may be unwound is `nounwind`.

use super::dwarf::{Cursor, OMIT};
use crate::arch::{self, PRESERVED_REGISTERS, Registers};

/// The index: address of the function's first instruction and of its entry, both relative to the
/// index's own beginning, ascending.
#[repr(C)]
#[derive(Clone, Copy)]
struct IndexEntry {
    function: i32,
    entry: i32,
}

/// What the tables say of a function.
pub struct Function {
    /// Its first instruction.
    pub start: usize,
    /// Its table of landing pads, null where it has none.
    pub landing_pads: *const u8,
    unit: Unit,
    instructions: Program,
}

/// What functions of an object have in common (a CIE).
struct Unit {
    code_factor: u64,
    data_factor: i64,
    address_encoding: u8,
    landing_pad_encoding: u8,
    instructions: Program,
}

/// Instructions that build a [`Row`].
#[derive(Clone, Copy)]
struct Program {
    start: *const u8,
    end: *const u8,
}

/// How registers of the caller are found at one program counter.
#[derive(Clone, Copy)]
pub struct Row {
    /// The caller's stack pointer is this register's value plus the offset.
    base_register: u64,
    base_offset: i64,
    /// Where preserved registers and the return address were saved, relative to the caller's
    /// stack pointer.
    saved: [Option<i32>; PRESERVED_REGISTERS + 1],
    /// Bytes that a call had on the stack, which a landing pad finds popped.
    pub argument_bytes: usize,
}

/// Rows set aside by an epilogue in the middle of a function.
const MOST_REMEMBERED: usize = 4;

/// The functions of this image, by address.
#[derive(Clone, Copy)]
pub struct Index {
    start: *const u8,
    entries: &'static [IndexEntry],
}

/// The parts of an ELF header and of a program header (gABI) that lead to the index.
mod elf {
    pub const PROGRAM_HEADERS: usize = 0x20;
    pub const PROGRAM_HEADER_COUNT: usize = 0x38;
    pub const PROGRAM_HEADER_BYTES: usize = 56;
    pub const ADDRESS: usize = 0x10;
    pub const PT_LOAD: u32 = 1;
    pub const PT_GNU_EH_FRAME: u32 = 0x6474_E550;
}

impl Index {
    /// The index of this image; `None` where it was linked without one.
    pub fn of_image() -> Option<Self> {
        let image = arch::image().start as *const u8;
        // SAFETY: an image begins with its header, which says where the program headers are. Both
        // are loaded: linkers define no symbol for a header that is not.
        unsafe {
            let headers = image.add(image.add(elf::PROGRAM_HEADERS).cast::<usize>().read());
            let count = image.add(elf::PROGRAM_HEADER_COUNT).cast::<u16>().read();
            let headers = (0..usize::from(count)).map(|index| headers.add(index * elf::PROGRAM_HEADER_BYTES));
            let address_of = |kind| {
                let header = headers.clone().find(|header| header.cast::<u32>().read() == kind)?;
                Some(header.add(elf::ADDRESS).cast::<usize>().read())
            };
            // Addresses count from 0, unless a host is linked to a fixed address. The first segment
            // begins with the header.
            let first = address_of(elf::PT_LOAD)?;
            Some(Self::read(image.add(address_of(elf::PT_GNU_EH_FRAME)? - first)))
        }
    }

    unsafe fn read(start: *const u8) -> Self {
        // SAFETY: the linker wrote the header, which names the number of its entries.
        unsafe {
            let mut header = Cursor(start);
            let [_version, frames_encoding, count_encoding, _] = header.read::<[u8; 4]>();
            header.offset(frames_encoding);
            let count = header.offset(count_encoding);
            Self { start, entries: core::slice::from_raw_parts(header.0.cast(), count) }
        }
    }

    /// The function that an address lies in.
    pub fn find(&self, address: usize) -> Option<Function> {
        let relative = address.wrapping_sub(self.start as usize) as i64;
        let after = self.entries.partition_point(|entry| i64::from(entry.function) <= relative);
        let entry = self.entries.get(after.checked_sub(1)?)?;
        // SAFETY: the linker's entries lead to LLVM's.
        unsafe { read_function(self.start.offset(entry.entry as isize), address) }
    }
}

/// Reads an FDE.
unsafe fn read_function(entry: *const u8, address: usize) -> Option<Function> {
    // SAFETY: the entry is LLVM's.
    unsafe {
        let mut cursor = Cursor(entry);
        let length: u32 = cursor.read();
        let end = cursor.0.add(length as usize);
        let here = cursor.0;
        let distance: u32 = cursor.read();
        let unit = read_unit(here.sub(distance as usize));
        let start = cursor.address(unit.address_encoding);
        let bytes = cursor.offset(unit.address_encoding);
        if address.wrapping_sub(start) >= bytes {
            return None;
        }
        let augmentation = cursor.unsigned();
        let mut landing_pads = cursor;
        cursor.0 = cursor.0.add(augmentation as usize);
        Some(Function {
            start,
            landing_pads: landing_pads.address(unit.landing_pad_encoding) as *const u8,
            unit,
            instructions: Program { start: cursor.0, end },
        })
    }
}

/// Reads a CIE.
unsafe fn read_unit(entry: *const u8) -> Unit {
    // SAFETY: the entry is LLVM's: version 1, with an augmentation string that begins with `z`.
    unsafe {
        let mut cursor = Cursor(entry);
        let length: u32 = cursor.read();
        let end = cursor.0.add(length as usize);
        let (_identifier, _version): (u32, u8) = (cursor.read(), cursor.read());
        let mut letters = Cursor(cursor.0);
        while cursor.read::<u8>() != 0 {}
        let (code_factor, data_factor) = (cursor.unsigned(), cursor.signed());
        let _return_address_register: u8 = cursor.read();
        let mut unit = Unit {
            code_factor,
            data_factor,
            address_encoding: 0,
            landing_pad_encoding: OMIT,
            instructions: Program { start: end, end },
        };
        let _ = letters.read::<u8>();
        let augmentation = cursor.unsigned();
        unit.instructions.start = cursor.0.add(augmentation as usize);
        loop {
            match letters.read::<u8>() {
                b'P' => {
                    let encoding = cursor.read();
                    cursor.offset(encoding);
                }
                b'L' => unit.landing_pad_encoding = cursor.read(),
                b'R' => unit.address_encoding = cursor.read(),
                0 => return unit,
                _ => {}
            }
        }
    }
}

impl Function {
    /// The row of an address in it.
    ///
    /// # Safety
    /// It must be the one that [`Index::find`] found for that address.
    pub unsafe fn row(&self, address: usize) -> Option<Row> {
        let nothing = Row {
            base_register: 0,
            base_offset: 0,
            saved: [None; PRESERVED_REGISTERS + 1],
            argument_bytes: 0,
        };
        let mut machine = Machine {
            unit: &self.unit,
            row: nothing,
            initial: nothing,
            remembered: [nothing; MOST_REMEMBERED],
            depth: 0,
        };
        // SAFETY: both programs are LLVM's.
        unsafe {
            machine.run(self.unit.instructions, u64::MAX)?;
            machine.initial = machine.row;
            machine.run(self.instructions, (address - self.start) as u64)?;
        }
        Some(machine.row)
    }
}

/// Executes call frame instructions (DWARF 5 section 6.4.2).
struct Machine<'u> {
    unit: &'u Unit,
    row: Row,
    initial: Row,
    remembered: [Row; MOST_REMEMBERED],
    depth: usize,
}

impl Machine<'_> {
    /// Runs up to the row that holds at `target`, an offset in the function. `None` for an
    /// instruction that LLVM does not use for translated code.
    unsafe fn run(&mut self, program: Program, target: u64) -> Option<()> {
        let mut cursor = Cursor(program.start);
        let mut location = 0;
        while cursor.0 < program.end {
            // SAFETY: the program has not ended.
            unsafe {
                let opcode: u8 = cursor.read();
                let operand = u64::from(opcode & 0x3F);
                let advance = match opcode {
                    0x40..=0x7F => operand,
                    0x02 => cursor.read::<u8>().into(),
                    0x03 => cursor.read::<u16>().into(),
                    0x04 => cursor.read::<u32>().into(),
                    _ => {
                        self.change(opcode, operand, &mut cursor)?;
                        continue;
                    }
                };
                location += advance * self.unit.code_factor;
            }
            if location > target {
                break;
            }
        }
        Some(())
    }

    unsafe fn change(&mut self, opcode: u8, operand: u64, cursor: &mut Cursor) -> Option<()> {
        // SAFETY: the operands follow the opcode.
        unsafe {
            match opcode {
                0x80..=0xBF => {
                    let offset = cursor.unsigned() as i64 * self.unit.data_factor;
                    self.save(operand, Some(offset));
                }
                0xC0..=0xFF => self.restore(operand),
                0x00 => {}
                0x05 => {
                    let (register, offset) = (cursor.unsigned(), cursor.unsigned());
                    self.save(register, Some(offset as i64 * self.unit.data_factor));
                }
                0x06 => self.restore(cursor.unsigned()),
                0x07 | 0x08 => self.save(cursor.unsigned(), None),
                0x0A => {
                    *self.remembered.get_mut(self.depth)? = self.row;
                    self.depth += 1;
                }
                0x0B => {
                    self.depth = self.depth.checked_sub(1)?;
                    let argument_bytes = self.row.argument_bytes;
                    self.row = Row { argument_bytes, ..*self.remembered.get(self.depth)? };
                }
                0x0C => {
                    self.row.base_register = cursor.unsigned();
                    self.row.base_offset = cursor.unsigned() as i64;
                }
                0x0D => self.row.base_register = cursor.unsigned(),
                0x0E => self.row.base_offset = cursor.unsigned() as i64,
                0x11 => {
                    let (register, offset) = (cursor.unsigned(), cursor.signed());
                    self.save(register, Some(offset * self.unit.data_factor));
                }
                0x12 => {
                    self.row.base_register = cursor.unsigned();
                    self.row.base_offset = cursor.signed() * self.unit.data_factor;
                }
                0x13 => self.row.base_offset = cursor.signed() * self.unit.data_factor,
                0x2E => self.row.argument_bytes = cursor.unsigned() as usize,
                _ => return None,
            }
        }
        Some(())
    }

    /// Registers that calls do not preserve are of no interest.
    fn save(&mut self, register: u64, offset: Option<i64>) {
        if let Some(place) = slot(register).and_then(|slot| self.row.saved.get_mut(slot)) {
            *place = offset.map(|offset| offset as i32);
        }
    }

    fn restore(&mut self, register: u64) {
        let initial = slot(register).and_then(|slot| self.initial.saved.get(slot).copied()).flatten();
        self.save(register, initial.map(i64::from));
    }
}

/// The place of a register in [`Row::saved`]: the return address comes last.
fn slot(register: u64) -> Option<usize> {
    if register == arch::DWARF_RETURN_ADDRESS {
        return Some(PRESERVED_REGISTERS);
    }
    arch::preserved_slot(register)
}

impl Registers {
    /// Which frame this is, by its end: the caller's stack pointer.
    pub fn frame(&self, row: &Row) -> Option<usize> {
        let base = match row.base_register {
            arch::DWARF_STACK_POINTER => self.stack_pointer,
            register => *self.preserved.get(arch::preserved_slot(register)?)?,
        };
        Some(base.wrapping_add(row.base_offset as usize))
    }

    /// Leaves a frame: the registers become those of its caller, at the return address.
    ///
    /// # Safety
    /// `row` must be that of the program counter, and the frame live.
    pub unsafe fn leave(&mut self, row: &Row) -> Option<()> {
        let caller = self.frame(row)?;
        // SAFETY: the function's prologue saved them there.
        let load = |offset: i32| unsafe { (caller.wrapping_add(offset as usize) as *const usize).read() };
        let (saved, return_address) = row.saved.split_at(PRESERVED_REGISTERS);
        for (register, offset) in self.preserved.iter_mut().zip(saved) {
            if let Some(offset) = *offset {
                *register = load(offset);
            }
        }
        self.program_counter = match return_address {
            [Some(offset)] => load(*offset),
            // A register, which the function has not overwritten.
            _ => *self.preserved.get(arch::preserved_slot(arch::DWARF_RETURN_ADDRESS)?)?,
        };
        self.stack_pointer = caller;
        Some(())
    }
}
