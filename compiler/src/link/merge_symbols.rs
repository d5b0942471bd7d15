//! The global symbols of a merged object: each name once, defined by the strongest definition.

use super::merge::Failure;
use object::elf;
use object::read::elf::ElfSymbol64;
use object::write::{Object, SectionId, Symbol, SymbolId, SymbolSection};
use object::{ObjectSymbol, SymbolFlags, SymbolKind, SymbolScope};
use std::collections::{HashMap, HashSet};

/// Which of two symbols of a name is kept: the later in this order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Strength {
    WeakReference,
    Reference,
    WeakDefinition,
    Common,
    Definition,
}

struct Global<'a> {
    id: SymbolId,
    strength: Strength,
    /// Name of the object that it is from.
    object: &'a str,
}

/// The symbols that several objects share.
#[derive(Default)]
pub(super) struct GlobalSymbols<'a> {
    by_name: HashMap<&'a [u8], Global<'a>>,
}

impl<'a> GlobalSymbols<'a> {
    /// Adds a symbol of `object` that the output has in `section`, whose contents of that object
    /// begin at `offset`.
    pub fn add(
        &mut self,
        output: &mut Object<'a>,
        object: &'a str,
        symbol: &ElfSymbol64<'a, '_>,
        section: SymbolSection,
        offset: u64,
    ) -> Result<SymbolId, Failure> {
        let name = symbol.name_bytes()?;
        let merged = to_written(symbol, name, section, offset);
        if symbol.is_local() {
            return Ok(output.add_symbol(merged));
        }
        let strength = strength_of(symbol, section);
        let Some(known) = self.by_name.get_mut(name) else {
            let id = output.add_symbol(merged);
            self.by_name.insert(name, Global { id, strength, object });
            return Ok(id);
        };
        if strength == Strength::Definition && known.strength == Strength::Definition {
            let name = String::from_utf8_lossy(name);
            return Err(Failure(format!("symbol {name} is defined in {} too", known.object)));
        }
        let visibility = narrower(visibility_of(&merged), visibility_of(output.symbol(known.id)));
        if strength > known.strength {
            *output.symbol_mut(known.id) = merged;
            (known.strength, known.object) = (strength, object);
        }
        set_visibility(output.symbol_mut(known.id), visibility);
        Ok(known.id)
    }
}

impl GlobalSymbols<'_> {
    /// Gives a symbol that somebody refers to its definition, which is local.
    pub fn define(&mut self, output: &mut Object<'_>, name: &[u8], section: SectionId, value: u64) {
        let Some(known) = self.by_name.get_mut(name) else { return };
        let symbol = output.symbol_mut(known.id);
        (symbol.section, symbol.value) = (SymbolSection::Section(section), value);
        known.strength = Strength::Definition;
    }

    /// Makes all definitions local but those of these names.
    pub fn make_local(&mut self, output: &mut Object<'_>, exports: &[String]) {
        let exports: HashSet<&[u8]> = exports.iter().map(|export| export.as_bytes()).collect();
        for (name, global) in &self.by_name {
            if global.strength >= Strength::WeakDefinition && !exports.contains(name) {
                let symbol = output.symbol_mut(global.id);
                symbol.scope = SymbolScope::Compilation;
                if let SymbolFlags::Elf { st_info, st_other } = &mut symbol.flags {
                    *st_info = elf::SymbolInfo::new(elf::STB_LOCAL, st_info.st_type());
                    *st_other = st_other.with_visibility(elf::STV_DEFAULT);
                }
            }
        }
    }
}

/// The kind of a symbol is in its flags; the other one only says how to write it.
fn to_written(symbol: &ElfSymbol64<'_, '_>, name: &[u8], section: SymbolSection, offset: u64) -> Symbol {
    let raw = symbol.elf_symbol();
    let value = raw.st_value.get(object::Endianness::Little);
    let is_file = symbol.kind() == SymbolKind::File;
    Symbol {
        name: name.to_vec(),
        value: if section == SymbolSection::Undefined { 0 } else { value + offset },
        size: symbol.size(),
        kind: if is_file { SymbolKind::File } else { SymbolKind::Unknown },
        scope: if symbol.is_local() { SymbolScope::Compilation } else { SymbolScope::Dynamic },
        weak: false,
        section: if is_file { SymbolSection::None } else { section },
        flags: SymbolFlags::Elf { st_info: raw.st_info, st_other: raw.st_other },
    }
}

fn strength_of(symbol: &ElfSymbol64<'_, '_>, section: SymbolSection) -> Strength {
    let is_weak = symbol.elf_symbol().st_bind() == elf::STB_WEAK;
    match section {
        SymbolSection::Undefined if is_weak => Strength::WeakReference,
        SymbolSection::Undefined => Strength::Reference,
        SymbolSection::Common => Strength::Common,
        _ if is_weak => Strength::WeakDefinition,
        _ => Strength::Definition,
    }
}

fn visibility_of(symbol: &Symbol) -> elf::SymbolVisibility {
    match symbol.flags {
        SymbolFlags::Elf { st_other, .. } => st_other.visibility(),
        _ => elf::STV_DEFAULT,
    }
}

fn set_visibility(symbol: &mut Symbol, visibility: elf::SymbolVisibility) {
    if let SymbolFlags::Elf { st_other, .. } = &mut symbol.flags {
        *st_other = st_other.with_visibility(visibility);
    }
}

/// The one that hides more: internal, hidden, protected, default.
fn narrower(one: elf::SymbolVisibility, other: elf::SymbolVisibility) -> elf::SymbolVisibility {
    match (one, other) {
        (elf::STV_DEFAULT, visibility) | (visibility, elf::STV_DEFAULT) => visibility,
        _ => elf::SymbolVisibility(one.0.min(other.0)),
    }
}
