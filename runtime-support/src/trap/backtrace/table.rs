//! The trap table, decoded, and what it is asked.

use core::ffi::c_void;

use wasmwright_abi::coding::{Decoder, MODELS_OF_CONTEXT, Model, UNSEEN};
use wasmwright_abi::program::ProgramDescriptor;
use wasmwright_abi::trap_table::{
    COLUMNS, CONTEXTS, Column, FORMAT, LENGTH_CONTEXT, PARTS, Record, TEXT_CONTEXT, column_context, part,
    unfolded,
};

use crate::sys;

/// Columns that mean something else once the table is decoded: where a string begins and ends in
/// the text, ...
const STRING_START: usize = 0;
const STRING_END: usize = 1;
/// ... the first byte of a row, counted from the first unit's, and its place, referred to, ...
const ROW_START: usize = 0;
const ROW_PLACE: usize = 3;
/// ... and the last place of a scope's rows, referred to.
const SCOPE_LAST: usize = 3;

/// The table.
pub struct Table {
    /// Address that rows count from.
    code: usize,
    records: &'static mut [Record],
    /// Where parts begin in the records; the last one ends with them.
    starts: [usize; PARTS + 1],
    text: &'static mut [u8],
}

impl Table {
    /// Decodes the table of a program.
    ///
    /// # Safety
    /// The descriptor must be one that the compiler wrote.
    pub unsafe fn read(program: &ProgramDescriptor) -> Option<Self> {
        // SAFETY: by this function's contract; models are integers.
        let (bytes, units, models) = unsafe {
            let models = map::<Model>(CONTEXTS * MODELS_OF_CONTEXT)?;
            (program.trap_table.as_slice(), program.code.as_slice(), models)
        };
        models.fill(UNSEEN);
        let mut input = Decoder::new(bytes, models);
        let (mut starts, mut end) = ([0; PARTS + 1], 0);
        for start in starts.iter_mut().skip(1) {
            end += input.number(LENGTH_CONTEXT) as usize;
            *start = end;
        }
        let text = input.number(LENGTH_CONTEXT) as usize;
        // SAFETY: records and text are integers.
        let (records, text) = unsafe { (map::<Record>(end)?, map::<u8>(text)?) };
        let mut table = Self { code: *units.first()? as usize, records, starts, text };
        for part in 0..PARTS {
            table.read_records(&mut input, part);
        }
        table.read_text(&mut input);
        table.place_rows(units);
        Some(table)
    }

    fn read_records(&mut self, input: &mut Decoder<'_>, part: usize) {
        let mut last: Record = [0; COLUMNS];
        let mut position = 0;
        while let Some(record) = self.record_mut(part, position) {
            for (column, value) in last.iter_mut().enumerate() {
                let context = column_context(part, column);
                match FORMAT.get(part).and_then(|columns| columns.get(column)) {
                    Some(Column::Plain) => *value = input.number(context),
                    Some(Column::Running) => *value = unfolded(*value, input.number(context)),
                    _ => {}
                }
            }
            *record = last;
            position += 1;
        }
    }

    fn read_text(&mut self, input: &mut Decoder<'_>) {
        let (mut start, mut before, mut string) = (0, 0, 0);
        while let Some(record) = self.record_mut(part::STRINGS, string) {
            let [shared, rest, ..] = *record;
            let length = shared + rest;
            record[STRING_START] = start;
            record[STRING_END] = start + length;
            let mut last = 0;
            for position in 0..length {
                last = match position < shared {
                    true => self.text.get((before + position) as usize).copied().unwrap_or(0),
                    false => input.byte(TEXT_CONTEXT + usize::from(last)),
                };
                if let Some(place) = self.text.get_mut((start + position) as usize) {
                    *place = last;
                }
            }
            before = start;
            start += length;
            string += 1;
        }
    }

    /// Turns what rows say of one another into addresses and places.
    fn place_rows(&mut self, units: &[*const c_void]) {
        let (mut position, mut recent) = (0, 0);
        for (unit, &code) in units.iter().enumerate() {
            let mut start = (code as usize).wrapping_sub(self.code) as u32;
            let end = position + self.record(part::UNITS, unit as u32).map_or(0, |unit| unit[0]);
            while position < end
                && let Some(row) = self.record_mut(part::ROWS, position)
            {
                let [bytes, _, scope, place, _] = *row;
                row[ROW_START] = start;
                start += bytes;
                if place != 0
                    && let Some(scope) = self.record_mut(part::SCOPES, scope)
                {
                    let last = if scope[SCOPE_LAST] == 0 { recent } else { scope[SCOPE_LAST] - 1 };
                    recent = unfolded(last, place - 1);
                    scope[SCOPE_LAST] = recent + 1;
                    if let Some(row) = self.record_mut(part::ROWS, position) {
                        row[ROW_PLACE] = recent + 1;
                    }
                }
                position += 1;
            }
        }
    }

    #[inline(never)]
    fn index(&self, part: usize, position: u32) -> Option<usize> {
        let index = self.starts.get(part)?.checked_add(position as usize)?;
        (index < *self.starts.get(part + 1)?).then_some(index)
    }

    fn record_mut(&mut self, part: usize, position: u32) -> Option<&mut Record> {
        let index = self.index(part, position)?;
        self.records.get_mut(index)
    }

    /// A record by its position.
    #[inline(never)]
    pub fn record(&self, part: usize, position: u32) -> Option<&Record> {
        self.records.get(self.index(part, position)?)
    }

    /// A record by a reference to it.
    #[inline(never)]
    pub fn referred(&self, part: usize, reference: u32) -> Option<&Record> {
        self.record(part, reference.checked_sub(1)?)
    }

    /// The row of an address.
    #[inline(never)]
    pub fn row(&self, address: usize) -> Option<&Record> {
        let address = u32::try_from(address.checked_sub(self.code)?).ok()?;
        let rows = self.records.get(*self.starts.get(part::ROWS)?..*self.starts.get(part::ROWS + 1)?)?;
        let after = rows.partition_point(|row| row[ROW_START] <= address);
        rows.get(after.checked_sub(1)?)
    }

    /// A string by a reference to it.
    #[inline(never)]
    pub fn string(&self, reference: u32) -> Option<&[u8]> {
        let [start, end, ..] = *self.referred(part::STRINGS, reference)?;
        self.text.get(start as usize..end as usize)
    }

    /// How many functions an address stands for.
    pub fn depth(&self, address: usize) -> u32 {
        let mut position = self.row(address).map_or(u32::MAX, |row| row[2]);
        let mut depth = 0;
        while let Some(&[function, steps, ..]) = self.record(part::SCOPES, position) {
            depth += u32::from(function != 0);
            position = outwards(position, steps);
        }
        depth
    }
}

/// The scope that one is inlined into; none for no steps.
pub fn outwards(position: u32, steps: u32) -> u32 {
    if steps == 0 { u32::MAX } else { position.wrapping_sub(steps) }
}

/// An array of zeros that is never freed.
///
/// # Safety
/// `T` must be made of integers.
unsafe fn map<T>(count: usize) -> Option<&'static mut [T]> {
    let start = map_bytes(count.checked_mul(size_of::<T>())?)?;
    // SAFETY: the pages are new, and as long as the array; zeros are integers.
    Some(unsafe { core::slice::from_raw_parts_mut(start.cast(), count) })
}

#[inline(never)]
fn map_bytes(bytes: usize) -> Option<*mut u8> {
    sys::map_zeroed(bytes.max(1))
}
