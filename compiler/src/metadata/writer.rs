//! Blocks → sections with symbols and addresses, which `elf.rs` and `assembly.rs` write down.

use super::block::{Address, Block, Slice};
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

/// A section that is being filled.
#[derive(Debug, Default)]
pub struct Contents {
    /// Its bytes; zero where an address goes.
    pub bytes: Vec<u8>,
    /// 64-bit addresses in it, by their offset.
    pub addresses: Vec<(u64, Address)>,
    /// Alignment of the whole, in bytes.
    pub align: u64,
}

/// A symbol that the artifact sees.
#[derive(Debug)]
pub struct Definition {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub section: Section,
    /// And there.
    pub offset: u64,
    /// Bytes from there on.
    pub size: u64,
}

/// Collects sections and symbols, in the order of their first use.
#[derive(Debug, Default)]
pub struct Writer {
    /// Sections.
    pub sections: Vec<(Section, Contents)>,
    /// Symbols defined in them.
    pub definitions: Vec<Definition>,
    strings: HashMap<Vec<u8>, Address>,
}

impl Writer {
    fn section(&mut self, section: Section) -> &mut Contents {
        let position = self.sections.iter().position(|(known, _)| *known == section);
        let position = position.unwrap_or_else(|| {
            self.sections.push((section, Contents { align: 1, ..Contents::default() }));
            self.sections.len() - 1
        });
        &mut self.sections[position].1
    }

    /// Gives a block its place.
    pub fn place(&mut self, section: Section, block: Block, align: u64) -> Address {
        let contents = self.section(section);
        let start = (contents.bytes.len() as u64).next_multiple_of(align);
        contents.bytes.resize(start as usize, 0);
        contents.bytes.extend(block.bytes);
        contents.align = contents.align.max(align);
        let placed = block.addresses.into_iter().map(|(offset, address)| (start + offset, address));
        contents.addresses.extend(placed);
        Address::Place(section, start)
    }

    /// Gives a block its place and a symbol that the artifact sees.
    pub fn define(&mut self, symbol: &str, section: Section, block: Block, align: u64) {
        let size = block.bytes.len() as u64;
        let Address::Place(_, offset) = self.place(section, block, align) else {
            unreachable!("blocks have places")
        };
        self.definitions.push(Definition { name: symbol.to_owned(), section, offset, size });
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
}
