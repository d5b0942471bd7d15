//! The parts of the table as records, and their coding: both as the ABI says.

use super::code::{Code, Piece};
use super::sources::{Line, Sources};
use super::strings::Strings;
use wasmwright_abi::coding::{Encoder, MODELS_OF_CONTEXT, UNSEEN};
use wasmwright_abi::trap_table::{
    COLUMNS, CONTEXTS, Column, FORMAT, LENGTH_CONTEXT, PARTS, Record, TEXT_CONTEXT, column_context, folded,
    part,
};

/// Codes a table. `names` are those of the code's functions.
pub fn encode(code: &Code, names: &[Option<String>], sources: &Sources) -> Vec<u8> {
    let lines = sources.scopes.iter().filter_map(|scope| scope.call.as_ref().map(|(_, line)| line));
    let lines = lines.chain(sources.places.values().flatten().map(|(_, line)| line));
    let files = lines.filter_map(|line| line.file.as_deref());
    let scope_names = sources.scopes.iter().filter_map(|scope| scope.name.as_deref());
    let names_of_functions = names.iter().filter_map(|name| name.as_deref());
    let strings = Strings::new(names_of_functions.chain(files).chain(scope_names));
    let mut parts: [Vec<Record>; PARTS] = Default::default();
    let text = add_strings(&mut parts, &strings);
    add_functions(&mut parts, code, names, &strings);
    for rule in &code.rules {
        let record = [rule.base as u32, rule.frame_words, rule.frame_pointer_words, rule.return_words];
        parts[part::RULES].push(padded(record));
    }
    add_units(&mut parts, code, sources);
    add_sources(&mut parts, sources, &strings);
    write(&parts, &text)
}

fn padded<const N: usize>(columns: [u32; N]) -> Record {
    let mut record = [0; COLUMNS];
    record[..N].copy_from_slice(&columns);
    record
}

/// Adds the strings; returns what each does not share with the one before, and what stands before
/// that.
fn add_strings<'s>(parts: &mut [Vec<Record>; PARTS], strings: &Strings<'s>) -> Vec<(u8, &'s [u8])> {
    let mut before: &[u8] = b"";
    let mut text = Vec::new();
    for string in &strings.sorted {
        let string = string.as_bytes();
        let shared = before.iter().zip(string).take_while(|(one, other)| one == other).count();
        let rest = &string[shared..];
        parts[part::STRINGS].push(padded([shared as u32, rest.len() as u32]));
        text.push((shared.checked_sub(1).map_or(0, |last| string[last]), rest));
        before = string;
    }
    text
}

fn add_functions(
    parts: &mut [Vec<Record>; PARTS],
    code: &Code,
    names: &[Option<String>],
    strings: &Strings<'_>,
) {
    for (function, name) in code.functions.iter().zip(names) {
        let name = strings.reference(name.as_deref());
        parts[part::FUNCTIONS].push(padded([function.module as u32, function.index.0, name]));
    }
}

fn add_units(parts: &mut [Vec<Record>; PARTS], code: &Code, sources: &Sources) {
    let mut recent = 0;
    for pieces in &code.units {
        let first_row = parts[part::ROWS].len();
        let mut end = 0;
        for piece in pieces {
            // What the linker's alignment leaves between functions belongs to the one before.
            let gap = piece.start - end;
            if let Some(last) = parts[part::ROWS][first_row..].last_mut() {
                last[0] += gap;
            }
            recent = add_piece(parts, piece, sources, recent);
            end = piece.start + piece.rows.iter().map(|row| row.bytes).sum::<u32>();
        }
        let rows = parts[part::ROWS].len() - first_row;
        parts[part::UNITS].push(padded([rows as u32]));
    }
}

/// `recent` is the last place of the rows before; returns that of this piece's.
fn add_piece(parts: &mut [Vec<Record>; PARTS], piece: &Piece, sources: &Sources, mut recent: u32) -> u32 {
    let first_scope = parts[part::SCOPES].len() as u32;
    for (position, scope) in piece.scopes.iter().enumerate() {
        let function = scope.function.map_or(0, |function| function as u32 + 1);
        let (steps, call) = scope.call.map_or((0, 0), |(caller, offset)| {
            ((position - caller) as u32, offset.map_or(0, |offset| sources.position(offset) + 1))
        });
        parts[part::SCOPES].push(padded([function, steps, call]));
    }
    let mut last = vec![None; piece.scopes.len()];
    for row in &piece.rows {
        let place = row.offset.map_or(0, |offset| {
            let place = sources.position(offset);
            let code = folded(last[row.scope].unwrap_or(recent), place) + 1;
            last[row.scope] = Some(place);
            recent = place;
            code
        });
        let scope = first_scope + row.scope as u32;
        parts[part::ROWS].push(padded([row.bytes, row.rule as u32, scope, place]));
    }
    recent
}

fn add_sources(parts: &mut [Vec<Record>; PARTS], sources: &Sources, strings: &Strings<'_>) {
    let file = |line: &Line| strings.reference(line.file.as_deref());
    for (position, scope) in sources.scopes.iter().enumerate() {
        let name = strings.reference(scope.name.as_deref());
        let call = scope.call.as_ref();
        let [steps, file, line] =
            call.map_or([0; 3], |(caller, line)| [(position - caller) as u32, file(line), line.line]);
        parts[part::SOURCE_SCOPES].push(padded([name, steps, file, line]));
    }
    for (offset, source) in &sources.places {
        let [scope, file, line] =
            source.as_ref().map_or([0; 3], |(scope, line)| [*scope as u32 + 1, file(line), line.line]);
        parts[part::PLACES].push([offset.module as u32, offset.bytes, scope, file, line]);
    }
}

fn write(parts: &[Vec<Record>; PARTS], text: &[(u8, &[u8])]) -> Vec<u8> {
    let mut models = vec![UNSEEN; CONTEXTS * MODELS_OF_CONTEXT];
    let mut bytes = Vec::new();
    let mut out = Encoder::new(&mut models, |byte| bytes.push(byte));
    // Afterwards every string is whole in memory.
    let text_bytes: u32 = parts[part::STRINGS].iter().map(|string| string[0] + string[1]).sum();
    parts.iter().for_each(|records| out.number(LENGTH_CONTEXT, records.len() as u32));
    out.number(LENGTH_CONTEXT, text_bytes);
    for (part, records) in parts.iter().enumerate() {
        let mut last = [0; COLUMNS];
        for record in records {
            for (column, &value) in record.iter().enumerate() {
                let context = column_context(part, column);
                match FORMAT[part][column] {
                    Column::Unused => debug_assert_eq!(value, 0),
                    Column::Plain => out.number(context, value),
                    Column::Running => out.number(context, folded(last[column], value)),
                }
            }
            last = *record;
        }
    }
    for &(before, rest) in text {
        let mut last = before;
        for &byte in rest {
            out.byte(TEXT_CONTEXT + usize::from(last), byte);
            last = byte;
        }
    }
    out.finish();
    bytes
}
