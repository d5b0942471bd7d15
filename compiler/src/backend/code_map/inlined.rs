//! What was inlined where.

use super::broken;
use super::sections::Reader;
use crate::code_map::{InlinedCall, Scope};
use crate::error::Result;
use crate::ir::{INLINED_IN_SOURCE, PositionCoding, Positions};
use gimli::{AttributeValue, DebuggingInformationEntry, Dwarf, Unit, UnitOffset};
use std::collections::HashMap;

type Entry<'a> = DebuggingInformationEntry<Reader<'a>>;

/// Code that an inlined call stands for; one call may have several stretches.
#[derive(Clone, Copy, Debug)]
pub struct Stretch {
    start: u32,
    end: u32,
    /// Position of the scope in the function's.
    scope: usize,
}

/// The calls that were inlined into one function.
#[derive(Debug, Default)]
struct Function {
    /// Scopes from position 1 on: position 0 is the function.
    scopes: Vec<Scope>,
    /// By ascending start; what contains another comes before it.
    stretches: Vec<Stretch>,
}

/// The inlined calls of a unit, by the addresses of the functions that contain them.
#[derive(Debug, Default)]
pub struct InlinedCalls {
    functions: HashMap<u32, Function>,
}

impl InlinedCalls {
    /// Reads those of all functions.
    pub fn read(dwarf: &Dwarf<Reader<'_>>, coding: &PositionCoding) -> Result<Self> {
        let mut calls = Self::default();
        let mut units = dwarf.units();
        while let Some(header) = units.next().map_err(broken)? {
            let unit = dwarf.unit(header).map_err(broken)?;
            let mut reader = UnitReader { dwarf, unit: &unit, coding, names: HashMap::new() };
            reader.read(&mut calls).map_err(broken)?;
        }
        for function in calls.functions.values_mut() {
            function.stretches.sort_by_key(|stretch| (stretch.start, stretch.scope));
        }
        Ok(calls)
    }

    /// Stretches of the function at an address.
    pub fn of(&self, address: u32) -> &[Stretch] {
        self.functions.get(&address).map_or(&[], |function| &function.stretches)
    }

    /// Its scopes besides itself.
    pub fn take_scopes(&mut self, address: u32) -> Vec<Scope> {
        self.functions.remove(&address).map(|function| function.scopes).unwrap_or_default()
    }
}

struct UnitReader<'u, 'a> {
    dwarf: &'u Dwarf<Reader<'a>>,
    unit: &'u Unit<Reader<'a>>,
    coding: &'u PositionCoding,
    /// Symbols by the entries of functions.
    names: HashMap<UnitOffset, String>,
}

impl<'a> UnitReader<'_, 'a> {
    fn read(&mut self, calls: &mut InlinedCalls) -> gimli::Result<()> {
        // What encloses the current entry: its depth and scope.
        let mut enclosing: Vec<(isize, usize)> = Vec::new();
        let (mut address, mut function) = (None, Function::default());
        let mut entries = self.unit.entries();
        while let Some(entry) = entries.next_dfs()? {
            let depth = entry.depth();
            while enclosing.last().is_some_and(|&(outer, _)| outer >= depth) {
                enclosing.pop();
            }
            match entry.tag() {
                gimli::DW_TAG_subprogram => {
                    calls.add(address.take(), std::mem::take(&mut function));
                    address = self.start(entry)?;
                    enclosing = vec![(depth, 0)];
                }
                gimli::DW_TAG_inlined_subroutine if !self.is_of_source(entry) => {
                    let caller = enclosing.last().map_or(0, |&(_, scope)| scope);
                    function.scopes.push(self.scope(entry, caller)?);
                    let scope = function.scopes.len();
                    enclosing.push((depth, scope));
                    let mut ranges = self.dwarf.die_ranges(self.unit, entry)?;
                    while let Some(range) = ranges.next()? {
                        let (start, end) = (range.begin as u32, range.end as u32);
                        function.stretches.push(Stretch { start, end, scope });
                    }
                }
                _ => {}
            }
        }
        calls.add(address, function);
        Ok(())
    }

    /// Whether it was the module's compiler that inlined a call.
    fn is_of_source(&self, call: &Entry<'a>) -> bool {
        matches!(self.coding, PositionCoding::Discriminators(_))
            && discriminator(call) == Some(INLINED_IN_SOURCE)
    }

    fn start(&self, entry: &Entry<'a>) -> gimli::Result<Option<u32>> {
        let first = self.dwarf.die_ranges(self.unit, entry)?.next()?;
        Ok(first.map(|range| range.begin as u32))
    }

    fn scope(&mut self, entry: &Entry<'a>, caller: usize) -> gimli::Result<Scope> {
        if let PositionCoding::Discriminators(_) = self.coding {
            let position = discriminator(entry).filter(|&number| number != 0);
            return Ok(Scope { symbol: String::new(), call: Some(InlinedCall { caller, position }) });
        }
        let symbol = match entry.attr_value(gimli::DW_AT_abstract_origin) {
            Some(AttributeValue::UnitRef(origin)) => self.symbol(origin)?,
            _ => String::new(),
        };
        let line = entry.attr_value(gimli::DW_AT_call_line).and_then(|line| line.udata_value());
        let position = line.and_then(|line| Positions::of_line(line as u32));
        Ok(Scope { symbol, call: Some(InlinedCall { caller, position }) })
    }

    fn symbol(&mut self, function: UnitOffset) -> gimli::Result<String> {
        if let Some(known) = self.names.get(&function) {
            return Ok(known.clone());
        }
        let entry = self.unit.entry(function)?;
        let name = entry.attr_value(gimli::DW_AT_linkage_name).or(entry.attr_value(gimli::DW_AT_name));
        let name = match name {
            Some(name) => {
                use gimli::Reader as _;
                self.dwarf.attr_string(self.unit, name)?.to_string_lossy()?.into_owned()
            }
            None => String::new(),
        };
        self.names.insert(function, name.clone());
        Ok(name)
    }
}

fn discriminator(call: &Entry<'_>) -> Option<u32> {
    call.attr_value(gimli::DW_AT_GNU_discriminator)?.udata_value().map(|number| number as u32)
}

impl InlinedCalls {
    fn add(&mut self, address: Option<u32>, function: Function) {
        if let Some(address) = address.filter(|_| !function.scopes.is_empty()) {
            self.functions.insert(address, function);
        }
    }
}

/// Finds scopes of ascending addresses.
pub struct Sweep<'a> {
    ahead: std::slice::Iter<'a, Stretch>,
    next: Option<&'a Stretch>,
    open: Vec<&'a Stretch>,
}

impl<'a> Sweep<'a> {
    /// Begins before the first of a function's stretches.
    pub fn new(stretches: &'a [Stretch]) -> Self {
        let mut ahead = stretches.iter();
        let next = ahead.next();
        Self { ahead, next, open: Vec::new() }
    }

    /// The innermost scope at an address.
    pub fn at(&mut self, address: u32) -> usize {
        while let Some(stretch) = self.next.filter(|stretch| stretch.start <= address) {
            self.open.push(stretch);
            self.next = self.ahead.next();
        }
        self.open.retain(|stretch| stretch.end > address);
        self.open.last().map_or(0, |stretch| stretch.scope)
    }
}
