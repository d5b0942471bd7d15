//! Data → an ELF object.

use super::block::Address;
use super::writer::{Contents, Definition, Section, Writer};
use crate::error::{Error, Result};
use crate::target::Architecture;
use object::write::{Object, Relocation, SectionId, StandardSection, Symbol, SymbolId, SymbolSection};
use object::{
    BinaryFormat, Endianness, RelocationEncoding, RelocationFlags, RelocationKind, SectionFlags, SectionKind,
    SymbolFlags, SymbolKind, SymbolScope,
};
use std::collections::HashMap;

/// The object's bytes.
pub fn write(data: &Writer, architecture: Architecture) -> Result<Vec<u8>> {
    let object = Object::new(BinaryFormat::Elf, architecture.of_objects(), Endianness::Little);
    let mut file = File { object, sections: HashMap::new(), symbols: HashMap::new() };
    for (section, contents) in &data.sections {
        let id = file.section(*section);
        file.object.append_section_data(id, &contents.bytes, contents.align);
    }
    data.definitions.iter().for_each(|definition| file.define(definition));
    for (section, contents) in &data.sections {
        file.relocate(*section, contents);
    }
    file.object.write().map_err(|error| Error::internal(format!("data object: {error}")))
}

struct File {
    object: Object<'static>,
    sections: HashMap<Section, SectionId>,
    symbols: HashMap<String, SymbolId>,
}

impl File {
    fn section(&mut self, section: Section) -> SectionId {
        let object = &mut self.object;
        *self.sections.entry(section).or_insert_with(|| match section {
            Section::ReadOnly => object.section_id(StandardSection::ReadOnlyData),
            Section::Relocated => object.section_id(StandardSection::ReadOnlyDataWithRel),
            Section::Data => object.section_id(StandardSection::Data),
            Section::Note => {
                let id = object.add_section(Vec::new(), b".note.wasmwright".to_vec(), SectionKind::Note);
                let (sh_type, sh_flags) = (object::elf::SHT_NOTE, object::elf::SHF_ALLOC);
                object.section_mut(id).flags = SectionFlags::Elf { sh_type, sh_flags };
                id
            }
            Section::Movable => {
                object.add_section(Vec::new(), b".data.wasm_image".to_vec(), SectionKind::Data)
            }
        })
    }

    fn define(&mut self, definition: &Definition) {
        let section = SymbolSection::Section(self.section(definition.section));
        let id = self.symbol(&definition.name);
        let symbol = self.object.symbol_mut(id);
        symbol.value = definition.offset;
        symbol.size = definition.size;
        symbol.section = section;
        symbol.scope = SymbolScope::Linkage;
        symbol.kind = SymbolKind::Data;
    }

    fn relocate(&mut self, section: Section, contents: &Contents) {
        let id = self.section(section);
        for (offset, address) in &contents.addresses {
            let (symbol, addend) = match address {
                Address::Symbol(name, addend) => (self.symbol(name), *addend),
                Address::Place(target, addend) => {
                    let target = self.section(*target);
                    (self.object.section_symbol(target), *addend)
                }
            };
            let flags = RelocationFlags::Generic {
                kind: RelocationKind::Absolute,
                encoding: RelocationEncoding::Generic,
                size: 64,
            };
            let relocation = Relocation { offset: *offset, symbol, addend: addend as i64, flags };
            self.object.add_relocation(id, relocation).expect("every target has 64-bit addresses");
        }
    }

    fn symbol(&mut self, name: &str) -> SymbolId {
        if let Some(&id) = self.symbols.get(name) {
            return id;
        }
        let id = self.object.add_symbol(Symbol {
            name: name.as_bytes().to_vec(),
            value: 0,
            size: 0,
            kind: SymbolKind::Unknown,
            scope: SymbolScope::Unknown,
            weak: false,
            section: SymbolSection::Undefined,
            flags: SymbolFlags::None,
        });
        self.symbols.insert(name.to_owned(), id);
        id
    }
}
