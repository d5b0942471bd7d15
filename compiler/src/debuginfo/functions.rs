//! Functions with bodies: their scopes and lines.

use super::dwarf::{Entry, Module, number};
use super::lines::Lines;
use super::model::{ScopeKind, SourceBody, SourceLine, SourcePlace, SourceScope};
use std::ops::Range;

/// Scopes of one body at most: beyond this it is not worth its cost.
const MOST_SCOPES: usize = 100_000;

/// Reads the functions of one unit.
pub struct BodyReader<'r, 'm, 'a> {
    module: &'r mut Module<'m, 'a>,
    unit: usize,
    lines: &'r Lines,
    current: Option<Current>,
}

/// A body that is being read.
struct Current {
    /// Depth of its entry.
    depth: isize,
    /// Its bytes in the module.
    bytes: Range<u64>,
    body: SourceBody,
    /// Depths and positions of the scopes around the current entry.
    enclosing: Vec<(isize, usize)>,
}

impl<'r, 'm, 'a> BodyReader<'r, 'm, 'a> {
    /// A reader of a unit with those lines.
    pub fn new(module: &'r mut Module<'m, 'a>, unit: usize, lines: &'r Lines) -> Self {
        Self { module, unit, lines, current: None }
    }

    /// Reads them into the module's [`super::DebugInfo`].
    pub fn read(mut self) -> gimli::Result<()> {
        let mut offsets = Vec::new();
        let mut entries = self.module.units[self.unit].entries();
        while let Some(entry) = entries.next_dfs()? {
            offsets.push((entry.depth(), entry.clone()));
        }
        for (depth, entry) in offsets {
            self.leave(depth);
            match entry.tag() {
                gimli::DW_TAG_subprogram => self.begin(depth, &entry)?,
                gimli::DW_TAG_lexical_block => self.add_block(depth, &entry)?,
                gimli::DW_TAG_inlined_subroutine => self.add_inlined(depth, &entry)?,
                gimli::DW_TAG_formal_parameter | gimli::DW_TAG_variable => self.add_variable(&entry)?,
                _ => {}
            }
        }
        self.finish();
        Ok(())
    }

    /// Leaves the scopes that the entry at a depth is not in.
    fn leave(&mut self, depth: isize) {
        let Some(current) = &mut self.current else { return };
        if depth <= current.depth {
            return self.finish();
        }
        while current.enclosing.last().is_some_and(|&(outer, _)| outer >= depth) {
            current.enclosing.pop();
        }
    }

    fn finish(&mut self) {
        if let Some(current) = self.current.take() {
            self.module.info.bodies.insert(current.bytes.start, current.body);
        }
    }

    fn begin(&mut self, depth: isize, entry: &Entry<'a>) -> gimli::Result<()> {
        let mut ranges = self.module.dwarf.die_ranges(&self.module.units[self.unit], entry)?;
        let Some(range) = ranges.next()? else { return Ok(()) };
        let Some(bytes) = self.body_at(range.begin) else { return Ok(()) };
        let function = self.module.function((self.unit, entry.offset()))?;
        let scope = SourceScope { kind: ScopeKind::Function(function), parent: 0, ranges: Vec::new() };
        let (lines, prologue_end) = self.lines_of(&bytes);
        let frame_base = self.module.frame_base(self.unit, entry);
        let scopes = vec![scope];
        let body = SourceBody { scopes, lines, prologue_end, frame_base, ..SourceBody::default() };
        self.current = Some(Current { depth, bytes, body, enclosing: vec![(depth, 0)] });
        Ok(())
    }

    /// The body at an address, which may also be that of the body's size before it.
    fn body_at(&self, address: u64) -> Option<Range<u64>> {
        let parsed = self.module.parsed;
        let offset = address.checked_add(parsed.code_offset)?;
        let bodies = &parsed.bodies;
        let after = bodies.partition_point(|body| body.offset + body.bytes.len() as u64 <= offset);
        let body = bodies.get(after)?;
        (address != 0 && offset + 5 >= body.offset)
            .then(|| body.offset..body.offset + body.bytes.len() as u64)
    }

    /// The lines of a body, and where its prologue ends.
    fn lines_of(&self, bytes: &Range<u64>) -> (Vec<SourceLine>, Option<u32>) {
        let base = self.module.parsed.code_offset;
        let code = bytes.start - base..bytes.end - base;
        let start = |address: u64| (address + base).saturating_sub(bytes.start) as u32;
        let rows = self.lines.of(code.clone()).iter();
        let lines = rows.map(|&(address, place)| SourceLine { start: start(address), place });
        (lines.collect(), self.lines.prologue_end(code).map(start))
    }

    fn add_block(&mut self, depth: isize, entry: &Entry<'a>) -> gimli::Result<()> {
        let origin = self.module.target(self.unit, entry.attr_value(gimli::DW_AT_abstract_origin));
        let origin = origin.map(|origin| self.module.place_of(origin));
        self.add_scope(depth, entry, ScopeKind::Block { origin })
    }

    fn add_inlined(&mut self, depth: isize, entry: &Entry<'a>) -> gimli::Result<()> {
        let origin = self.module.target(self.unit, entry.attr_value(gimli::DW_AT_abstract_origin));
        let (Some(origin), true) = (origin, self.current.is_some()) else { return Ok(()) };
        let function = self.module.function(origin)?;
        let file = self.module.file_of(self.unit, entry.attr_value(gimli::DW_AT_call_file))?;
        let (line, column) = (number(entry, gimli::DW_AT_call_line), number(entry, gimli::DW_AT_call_column));
        let call = SourcePlace { file, line, column };
        self.add_scope(depth, entry, ScopeKind::Inlined { function, call })
    }

    fn add_variable(&mut self, entry: &Entry<'a>) -> gimli::Result<()> {
        let id = (self.unit, entry.offset());
        let base = self.module.parsed.code_offset;
        let Some(current) = &mut self.current else { return self.module.global(id, entry) };
        let bytes = current.bytes.clone();
        let place =
            |address: u64| (address.saturating_add(base).clamp(bytes.start, bytes.end) - bytes.start) as u32;
        let scope = current.enclosing.last().map_or(0, |&(_, scope)| scope);
        if let Some(variable) = self.module.variable(id, entry, scope, &place)? {
            current.body.variables.push(variable);
        }
        Ok(())
    }

    fn add_scope(&mut self, depth: isize, entry: &Entry<'a>, kind: ScopeKind) -> gimli::Result<()> {
        let Some(current) = &mut self.current else { return Ok(()) };
        if current.body.scopes.len() >= MOST_SCOPES {
            return Ok(());
        }
        let parsed = self.module.parsed;
        let place = |address: u64| {
            let offset = address.saturating_add(parsed.code_offset);
            offset.clamp(current.bytes.start, current.bytes.end) - current.bytes.start
        };
        let mut ranges = Vec::new();
        let mut all = self.module.dwarf.die_ranges(&self.module.units[self.unit], entry)?;
        while let Some(range) = all.next()? {
            ranges.push(place(range.begin) as u32..place(range.end) as u32);
        }
        let parent = current.enclosing.last().map_or(0, |&(_, scope)| scope);
        current.body.scopes.push(SourceScope { kind, parent, ranges });
        current.enclosing.push((depth, current.body.scopes.len() - 1));
        Ok(())
    }
}
