//! The DWARF of a module → [`DebugInfo`], unit by unit.
//!
//! Addresses there count from the content of the code section. A unit that is broken is left out.

use super::functions::BodyReader;
use super::lines::Lines;
use super::model::{DebugInfo, Parent, SourceFile, SourceFunction, SourceUnit};
use crate::frontend::ParsedModule;
use gimli::{AttributeValue, DebuggingInformationEntry, EndianSlice, LittleEndian, UnitOffset};
use std::collections::HashMap;

pub type Reader<'a> = EndianSlice<'a, LittleEndian>;
pub type Entry<'a> = DebuggingInformationEntry<Reader<'a>>;
pub type Value<'a> = AttributeValue<Reader<'a>>;

/// Entries that an entry may stand for: chains longer than this are cycles.
const LONGEST_CHAIN: usize = 8;

/// An entry of a module's debug information: the position of its unit, and its place there.
pub type EntryId = (usize, UnitOffset);

/// Reads all that can be read; `warn` is told of the rest.
pub fn read(parsed: &ParsedModule<'_>, warn: &dyn Fn(&str)) -> DebugInfo {
    let mut module = Module::new(parsed);
    module.load_units(warn);
    for position in 0..module.units.len() {
        // What goes wrong here does so again, and is told, when the unit is read.
        let _ = module.read_structure(position);
    }
    for position in 0..module.units.len() {
        if let Err(error) = read_unit(&mut module, position) {
            let offset = module.units[position].header.debug_info_offset().map_or(0, |offset| offset.0);
            let error = module.dwarf.format_error(error);
            warn(&format!("{error} (unit at {offset:#x} of .debug_info); that unit is left out"));
        }
    }
    module.info
}

fn read_unit(module: &mut Module<'_, '_>, position: usize) -> gimli::Result<()> {
    let lines = Lines::read(module, position)?;
    BodyReader::new(module, position, &lines).read()?;
    module.read_types()
}

/// A module that is being read.
pub struct Module<'m, 'a> {
    pub parsed: &'m ParsedModule<'a>,
    pub dwarf: gimli::Dwarf<Reader<'a>>,
    pub units: Vec<gimli::Unit<Reader<'a>>>,
    pub info: DebugInfo,
    files: HashMap<SourceFile, usize>,
    functions: HashMap<EntryId, usize>,
    /// Positions of units in [`DebugInfo`].
    source_units: HashMap<usize, usize>,
    /// Positions of types in [`DebugInfo`], and those that are still to be read.
    pub types: HashMap<EntryId, usize>,
    pub unread_types: Vec<(usize, EntryId)>,
    pub namespaces: HashMap<EntryId, usize>,
    /// What entries are in that are in a name space or a type.
    pub parents: HashMap<EntryId, EntryId>,
    /// Which parameters parameters are, from 1.
    pub arguments: HashMap<EntryId, u32>,
}

impl<'m, 'a> Module<'m, 'a> {
    fn new(parsed: &'m ParsedModule<'a>) -> Self {
        let section = |id: gimli::SectionId| {
            let bytes = parsed.debug_sections.get(id.name()).copied().unwrap_or_default();
            Ok::<_, std::convert::Infallible>(EndianSlice::new(bytes, LittleEndian))
        };
        Self {
            parsed,
            dwarf: gimli::Dwarf::load(section).unwrap_or_else(|never| match never {}),
            units: Vec::new(),
            info: DebugInfo::default(),
            files: HashMap::new(),
            functions: HashMap::new(),
            source_units: HashMap::new(),
            types: HashMap::new(),
            unread_types: Vec::new(),
            namespaces: HashMap::new(),
            parents: HashMap::new(),
            arguments: HashMap::new(),
        }
    }

    fn load_units(&mut self, warn: &dyn Fn(&str)) {
        let mut headers = self.dwarf.units();
        loop {
            let unit = match headers.next() {
                Ok(Some(header)) => self.dwarf.unit(header),
                Ok(None) => return,
                // Where the next one begins is not known then.
                Err(error) => return warn(&self.dwarf.format_error(error)),
            };
            match unit {
                Ok(unit) => self.units.push(unit),
                Err(error) => warn(&self.dwarf.format_error(error)),
            }
        }
    }

    /// Learns what the entries of a unit are in.
    fn read_structure(&mut self, position: usize) -> gimli::Result<()> {
        let mut enclosing: Vec<(isize, UnitOffset, gimli::DwTag, u32)> = Vec::new();
        let mut entries = self.units[position].entries();
        while let Some(entry) = entries.next_dfs()? {
            while enclosing.last().is_some_and(|&(depth, ..)| depth >= entry.depth()) {
                enclosing.pop();
            }
            let (tag, id) = (entry.tag(), (position, entry.offset()));
            let outer = enclosing.last_mut().filter(|(depth, ..)| depth + 1 == entry.depth());
            if let Some((_, outer, outer_tag, arguments)) = outer {
                if is_named_scope(*outer_tag) {
                    self.parents.insert(id, (position, *outer));
                }
                if *outer_tag == gimli::DW_TAG_subprogram && tag == gimli::DW_TAG_formal_parameter {
                    *arguments += 1;
                    self.arguments.insert(id, *arguments);
                }
            }
            if is_named_scope(tag) || tag == gimli::DW_TAG_subprogram {
                enclosing.push((entry.depth(), entry.offset(), tag, 0));
            }
        }
        Ok(())
    }

    /// The text of an attribute of a unit's entry.
    pub fn text(&self, unit: usize, value: Option<Value<'a>>) -> gimli::Result<Option<String>> {
        let Some(value) = value else { return Ok(None) };
        let text = self.dwarf.attr_string(&self.units[unit], value)?;
        Ok(Some(text.to_string_lossy().into_owned()))
    }

    /// The file of a name and a folder.
    pub fn file(&mut self, file: SourceFile) -> usize {
        let next = self.info.files.len();
        *self.files.entry(file).or_insert_with_key(|file| {
            self.info.files.push(file.clone());
            next
        })
    }

    /// Where a unit was compiled.
    pub fn folder_of(&self, unit: usize) -> String {
        self.units[unit].comp_dir.map(|folder| folder.to_string_lossy().into_owned()).unwrap_or_default()
    }

    /// The entry that an attribute refers to.
    pub fn target(&self, unit: usize, value: Option<Value<'a>>) -> Option<EntryId> {
        match value? {
            AttributeValue::UnitRef(offset) => Some((unit, offset)),
            AttributeValue::DebugInfoRef(offset) => self
                .units
                .iter()
                .enumerate()
                .find_map(|(position, unit)| offset.to_unit_offset(unit).map(|offset| (position, offset))),
            _ => None,
        }
    }

    /// A number for an entry that no other has.
    pub fn place_of(&self, (unit, offset): EntryId) -> usize {
        self.units[unit].header.debug_info_offset().map_or(0, |start| start.0) + offset.0
    }

    pub fn entry(&self, (unit, offset): EntryId) -> gimli::Result<Entry<'a>> {
        self.units[unit].entry(offset)
    }

    /// An entry, then what it is an instance of or completes.
    pub fn chain(&self, first: EntryId) -> gimli::Result<Vec<(EntryId, Entry<'a>)>> {
        let mut chain = Vec::new();
        let mut next = Some(first);
        while let Some(id) = next.filter(|_| chain.len() < LONGEST_CHAIN) {
            let entry = self.entry(id)?;
            let target = |name| self.target(id.0, entry.attr_value(name));
            next = target(gimli::DW_AT_abstract_origin).or_else(|| target(gimli::DW_AT_specification));
            chain.push((id, entry));
        }
        Ok(chain)
    }

    /// The function that an entry is, completes or is an instance of.
    pub fn function(&mut self, entry: EntryId) -> gimli::Result<usize> {
        let mut root = entry;
        for _ in 0..LONGEST_CHAIN {
            let value = self.entry(root)?.attr_value(gimli::DW_AT_abstract_origin);
            let Some(origin) = self.target(root.0, value) else { break };
            root = origin;
        }
        if let Some(&known) = self.functions.get(&root) {
            return Ok(known);
        }
        let function = self.read_function(root)?;
        self.info.functions.push(function);
        let position = self.info.functions.len() - 1;
        self.functions.insert(root, position);
        Ok(position)
    }

    fn read_function(&mut self, root: EntryId) -> gimli::Result<SourceFunction> {
        let mut function = SourceFunction {
            unit: self.source_unit(root.0)?,
            name: String::new(),
            linkage_name: None,
            file: None,
            line: 0,
            external: false,
            parent: Parent::Unit,
        };
        for ((unit, offset), entry) in self.chain(root)? {
            if function.parent == Parent::Unit {
                function.parent = self.parent_of((unit, offset))?;
            }
            if function.name.is_empty() {
                function.name = self.text(unit, entry.attr_value(gimli::DW_AT_name))?.unwrap_or_default();
            }
            if function.linkage_name.is_none() {
                let name = entry.attr_value(gimli::DW_AT_linkage_name);
                function.linkage_name =
                    self.text(unit, name.or(entry.attr_value(gimli::DW_AT_MIPS_linkage_name)))?;
            }
            if function.line == 0 {
                function.file = self.file_of(unit, entry.attr_value(gimli::DW_AT_decl_file))?;
                function.line = number(&entry, gimli::DW_AT_decl_line);
            }
            function.external |= flag(&entry, gimli::DW_AT_external);
        }
        // C has no other names than those of the source; what linkers see is a trick of the compiler.
        if is_c(self.info.units[function.unit].language) && !function.name.is_empty() {
            function.linkage_name = None;
        }
        if function.name.is_empty() {
            function.name = function.linkage_name.clone().unwrap_or_else(|| "function".into());
        }
        Ok(function)
    }

    /// The file that a number stands for in a unit.
    pub fn file_of(&mut self, unit: usize, value: Option<Value<'a>>) -> gimli::Result<Option<usize>> {
        let number = match value {
            Some(AttributeValue::FileIndex(number)) => number,
            Some(value) => value.udata_value().unwrap_or(0),
            None => return Ok(None),
        };
        let header = self.units[unit].line_program.as_ref().map(|program| program.header().clone());
        let Some(header) = header else { return Ok(None) };
        if number == 0 && header.version() < 5 {
            return Ok(None);
        }
        header.file(number).map(|file| super::lines::file(self, unit, &header, file)).transpose()
    }

    /// The unit at a position as the model has it.
    pub fn source_unit(&mut self, position: usize) -> gimli::Result<usize> {
        if let Some(&known) = self.source_units.get(&position) {
            return Ok(known);
        }
        let unit = &self.units[position];
        let name = unit.name.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let root = unit.entry(unit.header.root_offset())?;
        let language = match root.attr_value(gimli::DW_AT_language) {
            Some(AttributeValue::Language(language)) => language.0,
            _ => gimli::DW_LANG_C99.0,
        };
        let file = self.file(SourceFile { name, folder: self.folder_of(position) });
        self.info.units.push(SourceUnit { file, language });
        self.source_units.insert(position, self.info.units.len() - 1);
        Ok(self.info.units.len() - 1)
    }
}

/// Whether names are in that of such an entry.
fn is_named_scope(tag: gimli::DwTag) -> bool {
    [
        gimli::DW_TAG_namespace,
        gimli::DW_TAG_structure_type,
        gimli::DW_TAG_class_type,
        gimli::DW_TAG_union_type,
    ]
    .contains(&tag)
}

fn is_c(language: u16) -> bool {
    let language = gimli::DwLang(language);
    [gimli::DW_LANG_C89, gimli::DW_LANG_C, gimli::DW_LANG_C99, gimli::DW_LANG_C11, gimli::DW_LANG_C17]
        .contains(&language)
}

/// An attribute that is a number; 0 where it is not there.
pub fn number(entry: &Entry<'_>, name: gimli::DwAt) -> u32 {
    entry.attr_value(name).and_then(|value| value.udata_value()).map_or(0, |value| value as u32)
}

/// An attribute that is true or false.
pub fn flag(entry: &Entry<'_>, name: gimli::DwAt) -> bool {
    matches!(entry.attr_value(name), Some(AttributeValue::Flag(true)))
}
