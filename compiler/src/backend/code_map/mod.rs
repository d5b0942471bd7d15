//! An object with debug information → its [`CodeMap`].
//!
//! LLVM writes what it knows of each instruction as DWARF: lines (`lines.rs`), what was inlined where
//! (`inlined.rs`), how frames are laid out (`unwind.rs`). Here the three become rows, one for each
//! stretch of code of which the same holds. The code of a unit is one section, and its addresses are
//! offsets in it.

mod inlined;
mod lines;
mod prologue;
pub(super) mod sections;
mod unwind;

use crate::code_map::{CodeMap, FunctionCode, Row, Scope, UnwindRule};
use crate::error::{Error, Result};
use crate::ir::{FunctionNumbers, PositionCoding};
use inlined::InlinedCalls;
use lines::Lines;
use object::{Object, ObjectSection, ObjectSymbol, SymbolKind};
use sections::Sections;
use unwind::UnwindRules;

/// What is wrong with LLVM's output.
pub(super) fn broken(error: impl std::fmt::Display) -> Error {
    Error::internal(format!("LLVM's debug information: {error}"))
}

/// Reads an object of ours.
pub fn read(object: &[u8], coding: &PositionCoding) -> Result<CodeMap> {
    let file = object::File::parse(object).map_err(broken)?;
    let Some(code) = file.section_by_name(wasmwright_abi::CODE_SECTION) else {
        return Ok(CodeMap::default());
    };
    let sections = Sections::read(&file)?;
    let dwarf = sections.dwarf()?;
    let lines = Lines::read(&dwarf, coding)?;
    let mut inlined = InlinedCalls::read(&dwarf, coding)?;
    let bytes = code.data().map_err(broken)?;
    let rules = UnwindRules::read(&sections, file.architecture(), bytes)?;
    let mut functions = Vec::new();
    let mut anchor: Option<(String, u32)> = None;
    for symbol in file.symbols() {
        if symbol.section_index() != Some(code.index()) || symbol.kind() != SymbolKind::Text {
            continue;
        }
        let name = symbol.name().map_err(broken)?;
        let start = symbol.address() as u32;
        if symbol.is_global() && anchor.as_ref().is_none_or(|&(_, known)| start < known) {
            anchor = Some((name.to_owned(), start));
        }
        let range = start..start + symbol.size() as u32;
        let rows = Merger { lines: &lines, rules: &rules, inlined: inlined.of(start) }.rows(range);
        let mut scopes = vec![Scope { symbol: name.to_owned(), call: None }];
        scopes.extend(inlined.take_scopes(start));
        let mut function = FunctionCode { start, scopes, rows };
        if let PositionCoding::Discriminators(numbers) = coding {
            resolve(&mut function, numbers);
        }
        functions.push(function);
    }
    functions.sort_by_key(|function| function.start);
    let anchor = anchor.ok_or_else(|| broken("no symbol of the code is global"))?;
    Ok(CodeMap { anchor, functions })
}

/// Where positions are numbers: makes them positions in the functions of their scopes, which the
/// numbers tell.
fn resolve(function: &mut FunctionCode, numbers: &FunctionNumbers) {
    let calls = function.scopes.iter().filter_map(|scope| scope.call);
    let told = calls.map(|call| (call.caller, call.position));
    let told = told.chain(function.rows.iter().map(|row| (row.scope, row.position)));
    let mut symbols = vec![None; function.scopes.len()];
    for (scope, number) in told {
        let found = number.and_then(|number| numbers.find(number));
        if let (Some((symbol, _)), None) = (found, &symbols[scope]) {
            symbols[scope] = Some(symbol.to_owned());
        }
    }
    for (scope, symbol) in function.scopes.iter_mut().zip(symbols).skip(1) {
        scope.symbol = symbol.unwrap_or_default();
    }
    let scopes: Vec<String> = function.scopes.iter().map(|scope| scope.symbol.clone()).collect();
    let position = |scope: usize, number: Option<u32>| {
        let (symbol, position) = numbers.find(number?)?;
        (symbol == scopes[scope]).then_some(position)
    };
    for row in &mut function.rows {
        row.position = position(row.scope, row.position);
    }
    for call in function.scopes.iter_mut().filter_map(|scope| scope.call.as_mut()) {
        call.position = position(call.caller, call.position);
    }
}

/// Makes rows of what is known of a function's code.
struct Merger<'a> {
    lines: &'a Lines,
    rules: &'a UnwindRules,
    inlined: &'a [inlined::Stretch],
}

impl Merger<'_> {
    fn rows(&self, range: std::ops::Range<u32>) -> Vec<Row> {
        let mut rows: Vec<Row> = Vec::new();
        let mut starts: Vec<u32> = self.lines.starts(&range).chain(self.rules.starts(&range)).collect();
        starts.push(range.start);
        starts.sort_unstable();
        starts.dedup();
        let mut scopes = inlined::Sweep::new(self.inlined);
        for (index, &start) in starts.iter().enumerate() {
            let bytes = starts.get(index + 1).unwrap_or(&range.end) - start;
            let row = Row {
                bytes,
                scope: scopes.at(start),
                position: self.lines.at(start),
                unwind: self.rules.at(start),
            };
            match rows.last_mut() {
                Some(last) if continues(last, &row) => last.bytes += bytes,
                _ => rows.push(row),
            }
        }
        rows
    }
}

/// Whether a row says nothing new. What undoes a frame before a return is neither a call nor an
/// access that can fail, so no trap is ever there.
fn continues(last: &Row, next: &Row) -> bool {
    let same_place = (last.scope, last.position) == (next.scope, next.position);
    same_place && (last.unwind == next.unwind || undoes(last.unwind, next.unwind))
}

fn undoes(before: UnwindRule, after: UnwindRule) -> bool {
    after.frame_words < before.frame_words
}
