//! Line tables that positions were read from → those that users get.
//!
//! What enters is an object with `-g`, whose line tables have a row for each position, its discriminator.
//! What leaves has the rows of the source and no discriminators: gdb passes over lines that repeat with
//! such, and profilers would take them for theirs. Functions begin to debuggers where the module's own
//! table says that parameters are in their places: LLVM does not know that stores into the memory set
//! up a frame. No address, no other section but references to this one changes.

mod program;
mod rows;
mod section;

use super::code_map::broken;
use super::code_map::sections::{Reader, Sections};
use crate::error::Result;
use crate::ir::PositionCoding;
use gimli::{DebugLine, DebugLineOffset, Reader as _, SectionId};
use object::{Object, ObjectSection, ObjectSymbol, SymbolKind};
use program::Encoder;
use rows::{Prologue, Row};
use section::NewSection;
use std::collections::HashMap;

/// Bytes of a table's length, which it does not count.
const LENGTH: usize = 4;

/// Rewrites all line tables of an object.
pub fn rewrite(object: &mut [u8], coding: &PositionCoding) -> Result<()> {
    let PositionCoding::Discriminators(numbers) = coding else { return Ok(()) };
    let new = {
        let file = object::File::parse(&*object).map_err(broken)?;
        let known: HashMap<_, _> = numbers.prologues().collect();
        let mut prologues = Vec::new();
        for symbol in file.symbols().filter(|symbol| symbol.kind() == SymbolKind::Text) {
            let name = symbol.name().map_err(broken)?;
            let Some(numbers) = known.get(name) else { continue };
            let (start, size) = (symbol.address(), symbol.size());
            prologues.push(Prologue { code: start..start + size, numbers: numbers.clone() });
        }
        prologues.sort_by_key(|prologue| prologue.code.start);
        let sections = Sections::read(&file)?;
        let relocated = relocated_places(&file);
        rewrite_section(sections.reader(SectionId::DebugLine), &relocated, &prologues)?
    };
    section::replace(object, SectionId::DebugLine.name(), &new)
}

/// Where the section has relocations, ascending.
fn relocated_places(file: &object::File<'_>) -> Vec<usize> {
    let section = file.section_by_name(SectionId::DebugLine.name());
    let places = section.iter().flat_map(ObjectSection::relocations);
    let mut places: Vec<usize> = places.map(|(place, _)| place as usize).collect();
    places.sort_unstable();
    places
}

fn rewrite_section(section: Reader<'_>, relocated: &[usize], prologues: &[Prologue]) -> Result<NewSection> {
    let mut new = NewSection::default();
    let tables = DebugLine::from(section.clone());
    let mut start = 0;
    while start < section.len() {
        let table = tables.program(DebugLineOffset(start), size_of::<u64>() as u8, None, None);
        let table = table.map_err(broken)?;
        let header = table.header();
        let end = start + LENGTH + header.unit_length();
        let code = end - header.raw_program_buf().len();
        let old = section.inner().slice();
        let new_start = new.bytes.len();
        new.moved.push((start, new_start));
        new.bytes.extend(&old[start..code]);
        let mut encoder = Encoder::new(header, &mut new.bytes);
        let operands: Vec<usize> =
            relocated.iter().copied().filter(|place| (code..end).contains(place)).collect();
        let sequences = sequences(table)?;
        if sequences.len() != operands.len() {
            return Err(broken("sequences and addresses are not as many"));
        }
        for (rows, operand) in sequences.into_iter().zip(operands) {
            new.moved.push((operand, encoder.sequence(&rows::of_source(rows, prologues))));
        }
        let length = (new.bytes.len() - new_start - LENGTH) as u32;
        new.bytes[new_start..new_start + LENGTH].copy_from_slice(&length.to_le_bytes());
        start = end;
    }
    Ok(new)
}

/// The sequences of a table, in its order; each ends with the row that ends it.
fn sequences(table: gimli::IncompleteLineProgram<Reader<'_>>) -> Result<Vec<Vec<Row>>> {
    let (mut sequences, mut current) = (Vec::new(), Vec::new());
    let mut rows = table.rows();
    while let Some((_, row)) = rows.next_row().map_err(broken)? {
        current.push(Row::new(row));
        if row.end_sequence() {
            sequences.push(std::mem::take(&mut current));
        }
    }
    match current.is_empty() {
        true => Ok(sequences),
        false => Err(broken("a sequence has no end")),
    }
}
