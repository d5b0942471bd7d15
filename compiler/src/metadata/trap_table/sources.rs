//! Source lines of places in modules, from the modules' DWARF or source maps.
//!
//! What enters are offsets in modules; what leaves are, for each of them that DWARF knows, the
//! source functions that were inlined there, and lines. Broken debug information is a warning.

use super::code::Offset;
use super::names::readable;
use crate::frontend::{ParsedModule, SourceMap};
use crate::plan::ProgramPlan;
use crate::progress::Progress;
use gimli::{Dwarf, EndianSlice, LittleEndian};
use std::collections::{BTreeMap, BTreeSet, HashMap};

type Reader<'a> = EndianSlice<'a, LittleEndian>;

/// A line of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Line {
    /// Path, as the producer wrote it.
    pub file: Option<String>,
    /// From 1; 0 where it is not known.
    pub line: u32,
}

/// A source function, or one that was inlined.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SourceScope {
    /// Its name.
    pub name: Option<String>,
    /// Position of the caller's scope, and the line of the call.
    pub call: Option<(usize, Line)>,
}

/// Places of a program and their source lines.
#[derive(Debug, Default)]
pub struct Sources {
    /// Callers before callees.
    pub scopes: Vec<SourceScope>,
    /// Each with the position of its scope and its line, where the source is known.
    pub places: BTreeMap<Offset, Option<(usize, Line)>>,
    positions: HashMap<Offset, u32>,
    known: HashMap<SourceScope, usize>,
}

impl Sources {
    /// Looks up places in all modules that have debug information.
    pub fn collect(program: &ProgramPlan<'_>, offsets: BTreeSet<Offset>, progress: &dyn Progress) -> Self {
        let mut sources = Self {
            positions: offsets.iter().copied().zip(0..).collect(),
            places: offsets.into_iter().map(|offset| (offset, None)).collect(),
            ..Self::default()
        };
        for module in &program.modules {
            if let Some(map) = &module.parsed.source_map {
                sources.add_mapped_module(module.index, &module.parsed, map);
            }
            if module.parsed.debug_sections.is_empty() {
                continue;
            }
            if let Err(error) = sources.add_module(module.index, &module.parsed) {
                let error = read_dwarf(&module.parsed).format_error(error);
                let name = &module.name;
                progress.warning(&format!(
                    "the debug information of module `{name}` is broken ({error}): traps there tell no lines"
                ));
            }
        }
        sources
    }

    /// Position of a place among all.
    pub fn position(&self, offset: Offset) -> u32 {
        self.positions[&offset]
    }

    fn add_module(&mut self, module: usize, parsed: &ParsedModule<'_>) -> gimli::Result<()> {
        let context = addr2line::Context::from_dwarf(read_dwarf(parsed))?;
        for offset in self.offsets_in(module) {
            // Addresses in the DWARF of a module count from its code section.
            let bytes = within_instructions(parsed, offset.bytes.into());
            let Some(address) = bytes.checked_sub(parsed.code_offset) else { continue };
            let mut frames = context.find_frames(address).skip_all_loads()?;
            let mut chain = Vec::new();
            while let Some(frame) = frames.next()? {
                let name = match &frame.function {
                    Some(function) => Some(readable(&function.raw_name()?)),
                    None => None,
                };
                chain.push((name, frame.location.map(line).unwrap_or_default()));
            }
            let source = self.add_chain(chain);
            self.places.insert(offset, source);
        }
        Ok(())
    }

    fn add_mapped_module(&mut self, module: usize, parsed: &ParsedModule<'_>, map: &SourceMap) {
        for offset in self.offsets_in(module) {
            let bytes = offset.bytes.into();
            let Some(found) = parsed.body_at(bytes).and_then(|body| map.find(&body, bytes)) else { continue };
            let line = Line { file: map.files.get(found.file).map(|file| printable(file)), line: found.line };
            let source = self.add_chain(vec![(None, line)]);
            self.places.insert(offset, source);
        }
    }

    fn offsets_in(&self, module: usize) -> Vec<Offset> {
        let range = Offset { module, bytes: 0 }..Offset { module: module + 1, bytes: 0 };
        self.places.range(range).map(|(&offset, _)| offset).collect()
    }

    /// Adds functions that come innermost first; returns the innermost scope and its line.
    fn add_chain(&mut self, chain: Vec<(Option<String>, Line)>) -> Option<(usize, Line)> {
        let mut call = None;
        for (name, line) in chain.into_iter().rev() {
            let scope = self.scope(SourceScope { name, call });
            call = Some((scope, line));
        }
        call
    }

    fn scope(&mut self, scope: SourceScope) -> usize {
        if let Some(&position) = self.known.get(&scope) {
            return position;
        }
        self.scopes.push(scope.clone());
        self.known.insert(scope, self.scopes.len() - 1);
        self.scopes.len() - 1
    }
}

/// The offset, or that of the first instruction where the place is before it, in a function that
/// begins: no line is there yet.
fn within_instructions(module: &ParsedModule<'_>, offset: u64) -> u64 {
    let after = module.bodies.partition_point(|body| body.offset <= offset);
    let body = after.checked_sub(1).map(|index| &module.bodies[index]);
    let operators = body.and_then(|body| body.reader.get_operators_reader().ok());
    operators.map_or(offset, |operators| offset.max(operators.original_position()))
}

fn line(location: addr2line::Location<'_>) -> Line {
    Line { file: location.file.map(printable), line: location.line.unwrap_or(0) }
}

fn printable(path: &str) -> String {
    path.replace(|c: char| c.is_control(), "\u{FFFD}")
}

fn read_dwarf<'a>(module: &ParsedModule<'a>) -> Dwarf<Reader<'a>> {
    let section = |id: gimli::SectionId| {
        let bytes = module.debug_sections.get(id.name()).copied().unwrap_or_default();
        Ok::<_, std::convert::Infallible>(EndianSlice::new(bytes, LittleEndian))
    };
    Dwarf::load(section).unwrap_or_else(|never| match never {})
}
