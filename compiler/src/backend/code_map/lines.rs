//! Lines of code, which are positions in functions.

use super::broken;
use super::sections::Reader;
use crate::error::Result;
use crate::ir::{Place, PositionCoding};
use std::ops::Range;

/// The positions of a unit's code by address.
#[derive(Debug, Default)]
pub struct Lines {
    /// Where a stretch begins, and its position; sorted.
    rows: Vec<(u32, Option<u32>)>,
}

impl Lines {
    /// Reads all line programs.
    pub fn read(dwarf: &gimli::Dwarf<Reader<'_>>, coding: &PositionCoding) -> Result<Self> {
        let mut rows = Vec::new();
        let mut units = dwarf.units();
        while let Some(header) = units.next().map_err(broken)? {
            let unit = dwarf.unit(header).map_err(broken)?;
            let Some(program) = unit.line_program.clone() else { continue };
            let mut program = program.rows();
            while let Some((_, row)) = program.next_row().map_err(broken)? {
                let address = row.address() as u32;
                match place(row, coding) {
                    _ if row.end_sequence() => rows.push((address, None)),
                    Place::At(position) => rows.push((address, Some(position))),
                    Place::Unknown => rows.push((address, None)),
                    Place::Nowhere => {}
                }
            }
        }
        // Of rows for one address the last one holds.
        rows.sort_by_key(|&(address, _)| address);
        rows.reverse();
        rows.dedup_by_key(|&mut (address, _)| address);
        rows.reverse();
        Ok(Self { rows })
    }

    fn first_from(&self, address: u32) -> usize {
        self.rows.partition_point(|&(start, _)| start < address)
    }

    /// Where stretches begin in a range.
    pub fn starts(&self, range: &Range<u32>) -> impl Iterator<Item = u32> {
        let rows = &self.rows[self.first_from(range.start)..self.first_from(range.end)];
        rows.iter().map(|&(start, _)| start)
    }

    /// The position at an address.
    pub fn at(&self, address: u32) -> Option<u32> {
        let after = self.rows.partition_point(|&(start, _)| start <= address);
        after.checked_sub(1).and_then(|index| self.rows[index].1)
    }
}

fn place(row: &gimli::LineRow, coding: &PositionCoding) -> Place {
    let column = match row.column() {
        gimli::ColumnType::LeftEdge => 0,
        gimli::ColumnType::Column(column) => column.get() as u32,
    };
    coding.place(row.line().map_or(0, |line| line.get() as u32), column, row.discriminator() as u32)
}
