//! Bytes with addresses in them, before they have a place.

use std::mem::offset_of;
use wasmwright_abi::program::ConstSlice;

/// Something with an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A symbol plus bytes.
    Symbol(String, u64),
    /// A place in a section of this object.
    Place(super::writer::Section, u64),
}

impl Address {
    /// A symbol.
    pub fn symbol(name: impl Into<String>) -> Self {
        Self::Symbol(name.into(), 0)
    }
}

/// A structure or an array that is being filled; all zero at first.
#[derive(Clone, Debug, Default)]
pub struct Block {
    pub(super) bytes: Vec<u8>,
    pub(super) addresses: Vec<(u64, Address)>,
}

impl Block {
    /// Room for that many bytes.
    pub fn zeroed(bytes: u64) -> Self {
        Self { bytes: vec![0; bytes as usize], addresses: Vec::new() }
    }

    /// Bytes without addresses.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self { bytes, addresses: Vec::new() }
    }

    /// Room for a structure of the ABI.
    pub fn of<T>() -> Self {
        Self::zeroed(size_of::<T>() as u64)
    }

    /// Adds another block behind this one.
    pub fn append(&mut self, other: Block) {
        let start = self.bytes.len() as u64;
        self.bytes.extend(other.bytes);
        self.addresses.extend(other.addresses.into_iter().map(|(offset, address)| (start + offset, address)));
    }

    /// Writes bytes at an offset.
    pub fn set_bytes(&mut self, offset: usize, bytes: &[u8]) {
        self.bytes[offset..offset + bytes.len()].copy_from_slice(bytes);
    }

    /// Writes a number at an offset.
    pub fn set_u32(&mut self, offset: usize, value: u32) {
        self.set_bytes(offset, &value.to_le_bytes());
    }

    /// Writes a number at an offset.
    pub fn set_u64(&mut self, offset: usize, value: u64) {
        self.set_bytes(offset, &value.to_le_bytes());
    }

    /// Writes an address at an offset.
    pub fn set_address(&mut self, offset: usize, address: Address) {
        self.addresses.push((offset as u64, address));
    }

    /// Writes a [`ConstSlice`] at an offset.
    pub fn set_slice(&mut self, offset: usize, slice: Option<Slice>) {
        let Some(Slice { address, length }) = slice else { return };
        self.set_address(offset + offset_of!(ConstSlice<u8>, start), address);
        self.set_u64(offset + offset_of!(ConstSlice<u8>, length), length);
    }
}

/// A constant array that has a place; an empty one has none.
#[derive(Clone, Debug)]
pub struct Slice {
    /// Its first element.
    pub address: Address,
    /// Number of elements.
    pub length: u64,
}
