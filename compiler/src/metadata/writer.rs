//! Blocks → an ELF object.

use super::block::{Address, Block, Slice};
use crate::error::{Error, Result};
use crate::target::Architecture;
use object::write::{Object, Relocation, SectionId, StandardSection, Symbol, SymbolId, SymbolSection};
use object::{
    BinaryFormat, Endianness, RelocationEncoding, RelocationFlags, RelocationKind, SectionFlags, SectionKind,
    SymbolFlags, SymbolKind, SymbolScope,
};
use std::collections::HashMap;

/// Where a block goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Section {
    /// Bytes without addresses that nothing writes.
    ReadOnly,
    /// What nothing writes once its addresses are relocated.
    Relocated,
    /// Instance records, tables.
    Data,
    /// Initial images whose pages move: nothing else may share them.
    Movable,
    /// The note.
    Note,
}

/// Fills an object.
pub struct Writer {
    object: Object<'static>,
    sections: HashMap<Section, SectionId>,
    symbols: HashMap<String, SymbolId>,
    strings: HashMap<Vec<u8>, Address>,
}

impl Writer {
    /// An empty object.
    pub fn new(architecture: Architecture) -> Self {
        let architecture = match architecture {
            Architecture::X86_64 => object::Architecture::X86_64,
            Architecture::Aarch64 => object::Architecture::Aarch64,
        };
        Self {
            object: Object::new(BinaryFormat::Elf, architecture, Endianness::Little),
            sections: HashMap::new(),
            symbols: HashMap::new(),
            strings: HashMap::new(),
        }
    }

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

    /// Gives a block its place.
    pub fn place(&mut self, section: Section, block: Block, align: u64) -> Address {
        let id = self.section(section);
        let start = self.object.append_section_data(id, &block.bytes, align);
        for (offset, address) in block.addresses {
            self.relocate(id, start + offset, address);
        }
        Address::Place(section, start)
    }

    /// Gives a block its place and a symbol that the artifact sees.
    pub fn define(&mut self, symbol: &str, section: Section, block: Block, align: u64) {
        let size = block.bytes.len() as u64;
        let Address::Place(_, value) = self.place(section, block, align) else {
            unreachable!("blocks have places")
        };
        let section = SymbolSection::Section(self.section(section));
        let id = self.symbol(symbol);
        let symbol = self.object.symbol_mut(id);
        symbol.value = value;
        symbol.size = size;
        symbol.section = section;
        symbol.scope = SymbolScope::Linkage;
        symbol.kind = SymbolKind::Data;
    }

    /// Gives an array its place; an empty one needs none.
    pub fn array<T>(&mut self, section: Section, blocks: impl IntoIterator<Item = Block>) -> Option<Slice> {
        let mut whole = Block::default();
        let mut length = 0;
        for block in blocks {
            debug_assert_eq!(block.bytes.len(), size_of::<T>());
            whole.append(block);
            length += 1;
        }
        (length > 0).then(|| Slice { address: self.place(section, whole, align_of::<T>() as u64), length })
    }

    /// Constant bytes; equal ones share a place.
    pub fn bytes(&mut self, bytes: &[u8]) -> Option<Slice> {
        if bytes.is_empty() {
            return None;
        }
        let length = bytes.len() as u64;
        if let Some(address) = self.strings.get(bytes) {
            return Some(Slice { address: address.clone(), length });
        }
        let address = self.place(Section::ReadOnly, Block::from_bytes(bytes.to_vec()), 1);
        self.strings.insert(bytes.to_vec(), address.clone());
        Some(Slice { address, length })
    }

    fn relocate(&mut self, section: SectionId, offset: u64, address: Address) {
        let (symbol, addend) = match address {
            Address::Symbol(name, addend) => (self.symbol(&name), addend),
            Address::Place(target, addend) => {
                let target = self.section(target);
                (self.object.section_symbol(target), addend)
            }
        };
        let flags = RelocationFlags::Generic {
            kind: RelocationKind::Absolute,
            encoding: RelocationEncoding::Generic,
            size: 64,
        };
        let relocation = Relocation { offset, symbol, addend: addend as i64, flags };
        self.object.add_relocation(section, relocation).expect("every target has 64-bit addresses");
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

    /// The object's bytes.
    pub fn finish(self) -> Result<Vec<u8>> {
        self.object.write().map_err(|error| Error::internal(format!("data object: {error}")))
    }
}
