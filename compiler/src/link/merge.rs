//! Several relocatable objects become one, as by `ld -r`.
//!
//! In: ELF objects. Out: one, in which sections of a name follow one another as one section (readers
//! of debug information expect one of each) and each global symbol stands once. COMDAT groups and the visibility of symbols stay, which wild's own `-r` loses: it makes
//! hidden symbols local, so that no other object finds them.

use super::{NamedObject, merge_symbols::GlobalSymbols};
use crate::error::{Error, Result};
use crate::target::Architecture;
use object::elf::{self, SectionFlags as Flags};
use object::read::elf::{ElfFile64, ElfSection64};
use object::write::{self, Object, SectionId, SymbolId};
use object::{Object as _, ObjectComdat, ObjectSection, ObjectSymbol, RelocationTarget, SectionFlags};
use std::collections::{HashMap, HashSet};
use wasmwright_abi::CODE_SECTION;

type File<'a> = ElfFile64<'a, object::Endianness>;
type Section<'a, 'f> = ElfSection64<'a, 'f, object::Endianness>;

/// Merges `objects`; `strip` leaves their debug information out. Where there are `exports`, all other
/// symbols that are defined become local.
pub(super) fn merge(
    architecture: Architecture,
    objects: &[NamedObject],
    strip: bool,
    exports: Option<&[String]>,
) -> Result<Vec<u8>> {
    let architecture = architecture.of_objects();
    let output = Object::new(object::BinaryFormat::Elf, architecture, object::Endianness::Little);
    let mut merger = Merger {
        output,
        sections: HashMap::new(),
        symbols: GlobalSymbols::default(),
        groups: HashSet::new(),
        strip,
        closed: exports.is_some(),
    };
    for object in objects {
        let add = File::parse(object.bytes.as_ref().as_ref()).map_err(Failure::from);
        let add = add.and_then(|file| {
            if file.architecture() != architecture {
                return Err(Failure("it is for another machine".into()));
            }
            merger.add(&object.name, &file)
        });
        add.map_err(|Failure(message)| Error::Link(format!("{}: {message}", object.name)))?;
    }
    if let Some(exports) = exports {
        merger.bound_code();
        merger.symbols.make_local(&mut merger.output, exports);
    }
    merger.output.write().map_err(|error| Error::internal(format!("merged object: {error}")))
}

/// What is wrong with an object.
pub(super) struct Failure(pub String);

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

struct Merger<'a> {
    output: Object<'a>,
    /// Sections outside groups by name, type and flags.
    sections: HashMap<(&'a [u8], SectionFlags), SectionId>,
    symbols: GlobalSymbols<'a>,
    /// Names of the COMDAT groups that are in the output.
    groups: HashSet<&'a [u8]>,
    strip: bool,
    /// Whether symbols become local. Sections are in no groups then: a linker would drop one for that
    /// of another object, and local symbols with it.
    closed: bool,
}

/// Where the parts of one object are in the output; `None` for those that are not in it.
struct Places {
    sections: Vec<Option<Place>>,
    symbols: Vec<Option<SymbolPlace>>,
}

/// Where the contents of a section begin.
#[derive(Clone, Copy)]
struct Place {
    section: SectionId,
    offset: u64,
}

#[derive(Clone, Copy)]
struct SymbolPlace {
    symbol: SymbolId,
    /// For the symbol of a section, which stays at the section's beginning: where the contents are
    /// that it stood for.
    offset: u64,
}

impl<'a> Merger<'a> {
    fn add(&mut self, name: &'a str, file: &File<'a>) -> Result<(), Failure> {
        let count = file.elf_section_table().len();
        let mut places = Places { sections: vec![None; count], symbols: Vec::new() };
        let (grouped, discarded) = self.read_groups(file)?;
        for section in file.sections().filter(|section| !discarded.contains(&section.index().0)) {
            let is_grouped = !self.closed && grouped.contains(&section.index().0);
            places.sections[section.index().0] = self.add_section(&section, is_grouped)?;
        }
        self.add_symbols(name, file, &mut places)?;
        self.add_groups(file, &places)?;
        for section in file.sections() {
            if let Some(place) = places.sections[section.index().0] {
                self.add_relocations(&section, place, &places)?;
            }
        }
        Ok(())
    }

    /// Indices of the sections in COMDAT groups, and of those in groups that an earlier object
    /// brought.
    fn read_groups(&self, file: &File<'a>) -> Result<(HashSet<usize>, HashSet<usize>), Failure> {
        let (mut grouped, mut discarded) = (HashSet::new(), HashSet::new());
        for group in file.comdats() {
            let sections =
                if self.groups.contains(group.name_bytes()?) { &mut discarded } else { &mut grouped };
            sections.extend(group.sections().map(|section| section.0));
        }
        Ok((grouped, discarded))
    }

    fn add_groups(&mut self, file: &File<'a>, places: &Places) -> Result<(), Failure> {
        for group in file.comdats() {
            if !self.groups.insert(group.name_bytes()?) || self.closed {
                continue;
            }
            let place = places.symbols.get(group.symbol().0).copied().flatten();
            let SymbolPlace { symbol, .. } =
                place.ok_or_else(|| Failure("a COMDAT group without a symbol".into()))?;
            let sections = group.sections().filter_map(|section| *places.sections.get(section.0)?);
            let sections = sections.map(|place| place.section);
            let comdat =
                write::Comdat { kind: object::ComdatKind::Any, symbol, sections: sections.collect() };
            self.output.add_comdat(comdat);
        }
        Ok(())
    }

    /// Defines what linkers define of the section of compiled code: theirs would be of all that have
    /// its name.
    fn bound_code(&mut self) {
        let mut codes = self.sections.iter().filter(|((name, _), _)| *name == CODE_SECTION.as_bytes());
        let Some((_, &section)) = codes.next() else { return };
        debug_assert!(codes.next().is_none(), "all code has the same flags");
        let length = self.output.section(section).data().len() as u64;
        for (edge, value) in [("__start_", 0), ("__stop_", length)] {
            let name = format!("{edge}{CODE_SECTION}");
            self.symbols.define(&mut self.output, name.as_bytes(), section, value);
        }
    }

    /// Copies a section unless it only describes the object file itself.
    fn add_section(&mut self, section: &Section<'a, '_>, grouped: bool) -> Result<Option<Place>, Failure> {
        let name = section.name_bytes()?;
        let SectionFlags::Elf { sh_type, sh_flags } = section.flags() else { return Ok(None) };
        let is_debug = name.starts_with(b".debug_");
        if !is_content(sh_type)
            || name == b".comment"
            || sh_flags.contains(elf::SHF_EXCLUDE)
            || (self.strip && is_debug)
        {
            return Ok(None);
        }
        let header = section.elf_section_header();
        let is_strings =
            sh_flags.contains(elf::SHF_STRINGS) && header.sh_entsize.get(object::Endianness::Little) == 1;
        let kind = match sh_type {
            elf::SHT_NOBITS => object::SectionKind::UninitializedData,
            _ if is_strings => object::SectionKind::OtherString,
            _ => object::SectionKind::Data,
        };
        let flags = SectionFlags::Elf { sh_type, sh_flags: kept_flags(sh_flags, is_strings, grouped) };
        let id = self.section_for(name, kind, flags, grouped);
        let output = self.output.section_mut(id);
        let align = section.align().max(1);
        let offset = match kind {
            object::SectionKind::UninitializedData => output.append_bss(section.size(), align),
            _ => output.append_data(section.data()?, align),
        };
        Ok(Some(Place { section: id, offset }))
    }

    /// The section that such contents go to. Groups are kept or dropped each as a whole.
    fn section_for(
        &mut self,
        name: &'a [u8],
        kind: object::SectionKind,
        flags: SectionFlags,
        grouped: bool,
    ) -> SectionId {
        if let Some(known) = self.sections.get(&(name, flags)).filter(|_| !grouped) {
            return *known;
        }
        let id = self.output.add_section(Vec::new(), name.to_vec(), kind);
        self.output.section_mut(id).flags = flags;
        if !grouped {
            self.sections.insert((name, flags), id);
        }
        id
    }

    fn add_symbols(&mut self, object: &'a str, file: &File<'a>, places: &mut Places) -> Result<(), Failure> {
        places.symbols = vec![None; file.elf_symbol_table().len()];
        for symbol in file.symbols() {
            let mut offset = 0;
            let section = match symbol.section() {
                object::SymbolSection::Section(index) => {
                    match places.sections.get(index.0).copied().flatten() {
                        Some(place) => {
                            offset = place.offset;
                            write::SymbolSection::Section(place.section)
                        }
                        None if symbol.is_local() => continue,
                        None => write::SymbolSection::Undefined,
                    }
                }
                object::SymbolSection::Absolute => write::SymbolSection::Absolute,
                object::SymbolSection::Common => write::SymbolSection::Common,
                object::SymbolSection::None => write::SymbolSection::None,
                _ => write::SymbolSection::Undefined,
            };
            let place = match (symbol.kind(), section) {
                (object::SymbolKind::Section, write::SymbolSection::Section(id)) => {
                    SymbolPlace { symbol: self.output.section_symbol(id), offset }
                }
                _ => {
                    let symbol = self.symbols.add(&mut self.output, object, &symbol, section, offset)?;
                    SymbolPlace { symbol, offset: 0 }
                }
            };
            places.symbols[symbol.index().0] = Some(place);
        }
        Ok(())
    }

    /// Relocations by symbols of discarded sections go: they are in tables that describe those
    /// sections (unwinding, debug information), whose readers skip entries of nothing.
    fn add_relocations(
        &mut self,
        section: &Section<'a, '_>,
        place: Place,
        places: &Places,
    ) -> Result<(), Failure> {
        for (offset, relocation) in section.relocations() {
            let RelocationTarget::Symbol(target) = relocation.target() else { continue };
            let Some(target) = places.symbols.get(target.0).copied().flatten() else { continue };
            let relocation = write::Relocation {
                offset: place.offset + offset,
                symbol: target.symbol,
                addend: relocation.addend().wrapping_add_unsigned(target.offset),
                flags: relocation.flags(),
            };
            self.output.add_relocation(place.section, relocation)?;
        }
        Ok(())
    }
}

/// Sections that hold what a program is made of, rather than tables of the object file.
fn is_content(sh_type: elf::SectionType) -> bool {
    [
        elf::SHT_PROGBITS,
        elf::SHT_NOBITS,
        elf::SHT_NOTE,
        elf::SHT_INIT_ARRAY,
        elf::SHT_FINI_ARRAY,
        elf::SHT_PREINIT_ARRAY,
        elf::SHT_X86_64_UNWIND,
    ]
    .contains(&sh_type)
}

/// Merging of constants other than strings is an optimisation whose entry size cannot be written;
/// an order among sections is one that only their producer can ask for.
fn kept_flags(flags: Flags, is_strings: bool, grouped: bool) -> Flags {
    let mut dropped = elf::SHF_LINK_ORDER | elf::SHF_INFO_LINK;
    if !is_strings {
        dropped |= elf::SHF_MERGE | elf::SHF_STRINGS;
    }
    if !grouped {
        dropped |= elf::SHF_GROUP;
    }
    flags.without(dropped)
}
