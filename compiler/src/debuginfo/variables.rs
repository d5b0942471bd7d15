//! Variables of a module's DWARF, and where they are: expressions over locals, operands, the frame
//! and addresses in the memory.
//!
//! What an expression needs that is not understood makes its variable one without a place there.

use super::dwarf::{Entry, EntryId, Module, Reader, number};
use super::model::{GlobalVariable, Location, Place, Root, Variable};
use gimli::{AttributeValue, Operation};

/// Addresses from here up stand for what linkers have dropped.
const TOMBSTONES: u64 = 0xffff_fff0;

impl<'a> Module<'_, 'a> {
    /// The variable at an entry of a body whose DWARF addresses begin at `base`.
    pub fn variable(
        &mut self,
        id: EntryId,
        entry: &Entry<'a>,
        scope: usize,
        place: &dyn Fn(u64) -> u32,
    ) -> gimli::Result<Option<Variable>> {
        let chain = self.chain(id)?;
        let root = chain.last().map_or(id, |(id, _)| *id);
        let (mut name, mut ty, mut file, mut line) = (None, None, None, 0);
        for ((unit, _), entry) in &chain {
            name = name.or(self.text(*unit, entry.attr_value(gimli::DW_AT_name))?);
            ty = ty.or_else(|| self.type_of(*unit, entry));
            if line == 0 {
                file = self.file_of(*unit, entry.attr_value(gimli::DW_AT_decl_file))?;
                line = number(entry, gimli::DW_AT_decl_line);
            }
        }
        let (Some(name), Some(ty)) = (name, ty) else { return Ok(None) };
        Ok(Some(Variable {
            number: self.place_of(root),
            scope,
            name,
            ty,
            file,
            line,
            argument: self.arguments.get(&root).copied(),
            locations: self.locations(id.0, entry, place)?,
        }))
    }

    fn locations(
        &mut self,
        unit: usize,
        entry: &Entry<'a>,
        place: &dyn Fn(u64) -> u32,
    ) -> gimli::Result<Vec<Location>> {
        if let Some(value) = entry.attr_value(gimli::DW_AT_const_value) {
            let value = value.sdata_value().or(value.udata_value().map(|value| value as i64));
            let place = |value| Place { root: Root::Constant(value), offset: 0, is_memory: false };
            return Ok(value
                .map(|value| Location { range: None, place: place(value) })
                .into_iter()
                .collect());
        }
        let Some(value) = entry.attr_value(gimli::DW_AT_location) else { return Ok(Vec::new()) };
        let header = &self.units[unit];
        if let AttributeValue::Exprloc(expression) = value {
            let place = read_place(expression, header.encoding());
            return Ok(place.map(|place| Location { range: None, place }).into_iter().collect());
        }
        let mut locations = Vec::new();
        let Some(mut list) = self.dwarf.attr_locations(header, value)? else { return Ok(locations) };
        while let Some(one) = list.next()? {
            let range = place(one.range.begin)..place(one.range.end);
            if let Some(place) = read_place(one.data, header.encoding()).filter(|_| range.start < range.end) {
                locations.push(Location { range: Some(range), place });
            }
        }
        Ok(locations)
    }

    /// What a body's frame base is.
    pub fn frame_base(&self, unit: usize, function: &Entry<'a>) -> Option<Root> {
        let AttributeValue::Exprloc(expression) = function.attr_value(gimli::DW_AT_frame_base)? else {
            return None;
        };
        read_place(expression, self.units[unit].encoding()).map(|place| place.root)
    }

    /// A variable with a fixed address in the memory, at an entry outside bodies or in one.
    pub fn global(&mut self, id: EntryId, entry: &Entry<'a>) -> gimli::Result<()> {
        let Some(AttributeValue::Exprloc(expression)) = entry.attr_value(gimli::DW_AT_location) else {
            return Ok(());
        };
        let place = read_place(expression, self.units[id.0].encoding());
        let Some(Place { root: Root::Address(address), offset: 0, is_memory: true }) = place else {
            return Ok(());
        };
        if address == 0 || address >= TOMBSTONES {
            return Ok(());
        }
        let Some(variable) = self.variable(id, entry, 0, &|_| 0)? else { return Ok(()) };
        let root = self.chain(id)?.last().map_or(id, |(id, _)| *id);
        let unit = self.source_unit(id.0)?;
        let parent = self.parent_of(root)?;
        self.info.globals.push(GlobalVariable { variable, unit, parent, address });
        Ok(())
    }
}

/// What an expression computes, if it is one that compilers write for Wasm.
fn read_place(expression: gimli::Expression<Reader<'_>>, encoding: gimli::Encoding) -> Option<Place> {
    let mut operations = expression.operations(encoding);
    let root = |operation| match operation {
        Operation::WasmLocal { index } => Some(Root::Local(index)),
        Operation::WasmStack { index } => Some(Root::Operand(index)),
        Operation::Address { address } => Some(Root::Address(address)),
        Operation::UnsignedConstant { value } => Some(Root::Constant(value as i64)),
        Operation::SignedConstant { value } => Some(Root::Constant(value)),
        _ => None,
    };
    let mut place = match operations.next().ok()?? {
        Operation::FrameOffset { offset } => Place { root: Root::FrameBase, offset, is_memory: true },
        first => Place { is_memory: true, root: root(first)?, offset: 0 },
    };
    while let Some(operation) = operations.next().ok()? {
        match operation {
            Operation::PlusConstant { value } if place.is_memory => place.offset += value as i64,
            Operation::StackValue if place.is_memory && place.root != Root::FrameBase => {
                place.is_memory = false
            }
            _ => return None,
        }
    }
    // A local holds the value itself or the address of the variable; an address is never a value.
    let is_address = matches!(place.root, Root::Address(_));
    (place.is_memory || !is_address).then_some(place)
}
