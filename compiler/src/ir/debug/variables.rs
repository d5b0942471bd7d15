//! Variables, told to LLVM: where they are, as expressions over values of the code.

use super::pointers::Form;
use super::raw_types::{Named, VariableNode};
use super::{BodyNodes, Node, SourceNodes};
use crate::debuginfo::{DebugInfo, Location, Place, Root, ScopeKind, SourceBody, Variable};
use gimli::constants as dw;

/// What in an expression stands for the address of a memory's record plus an offset below 2^28:
/// debuggers compute it by `DW_OP_addrx`, which LLVM's expressions do not have. A constant of 8 bytes
/// in LEB128, of which the low 28 bits, 4 bytes, are the offset.
const RECORD_MARK: u64 = 0x5a5_74d1 << 28;

/// Bytes of the mark behind the offset, as they are in an object.
pub const RECORD_MARK_BYTES: [u8; 4] = [0xd1, 0xe9, 0x95, 0x2d];

/// Offsets in the record of an instance that the mark has room for.
const LARGEST_OFFSET: u64 = 1 << 28;

/// Where the word is that has the address of a memory's first byte: an offset in the record of an
/// instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BaseWord(u64);

impl BaseWord {
    /// The word at that offset, if debuggers can be told of it.
    pub fn at(offset: u64) -> Option<Self> {
        (offset < LARGEST_OFFSET).then_some(Self(offset))
    }

    /// Pushes the address of the memory's first byte.
    fn push(self) -> [u64; 3] {
        [op(dw::DW_OP_constu), RECORD_MARK | self.0, op(dw::DW_OP_deref)]
    }

    /// The offset.
    pub fn offset(self) -> u64 {
        self.0
    }
}

fn op(op: gimli::DwOp) -> u64 {
    op.0.into()
}

/// A variable of a body.
#[derive(Clone, Copy, Debug)]
pub struct KnownVariable<'c> {
    /// Its node.
    pub node: Node<'c>,
    /// A location in its scope.
    pub location: Node<'c>,
    /// Whether it is told as a pointer of the host.
    pub is_host_pointer: bool,
    /// Its size in the memory.
    pub bits: u64,
    /// Position of the unit whose builder made it.
    pub unit: usize,
}

/// How a value becomes a variable's.
#[derive(Clone, Copy, Debug)]
pub struct Expression {
    /// The place; its root is the value.
    pub place: Place,
    /// Where the memory begins.
    pub base: Option<BaseWord>,
    /// Whether the variable is told as a pointer of the host.
    pub is_host_pointer: bool,
    /// Whether the value is the address of a word that holds the root.
    pub in_frame: bool,
}

impl Expression {
    /// The expression's words; nothing where debuggers cannot be told.
    pub fn words(&self) -> Option<Vec<u64>> {
        let mut words = Vec::new();
        if !self.place.is_memory && !self.is_host_pointer {
            // A value as it is, or where it is.
            return (self.place.offset == 0).then_some(words);
        }
        if self.in_frame {
            words.extend([op(dw::DW_OP_deref_size), 4]);
        }
        match self.place.offset {
            0 => {}
            offset @ 1.. => words.extend([op(dw::DW_OP_plus_uconst), offset as u64]),
            offset => words.extend([op(dw::DW_OP_constu), offset.unsigned_abs(), op(dw::DW_OP_minus)]),
        }
        // Registers may hold anything above the 32 bits of an address.
        words.extend([op(dw::DW_OP_constu), u32::MAX.into(), op(dw::DW_OP_and)]);
        if self.place.is_memory {
            words.extend(self.base?.push());
            words.push(op(dw::DW_OP_plus));
            if self.is_host_pointer {
                words.extend([op(dw::DW_OP_deref_size), 4]);
            } else if !self.in_frame {
                // Says that this is where the variable is, not what.
                words.push(op(dw::DW_OP_deref));
            }
        }
        if self.is_host_pointer {
            words.extend(host_pointer(self.base?));
        }
        Some(words)
    }
}

/// Makes an address in the memory one of the host: null stays null.
fn host_address(base: BaseWord) -> impl Iterator<Item = u64> {
    let is_set = [op(dw::DW_OP_dup), op(dw::DW_OP_lit0), op(dw::DW_OP_ne)];
    is_set.into_iter().chain(base.push()).chain([op(dw::DW_OP_mul), op(dw::DW_OP_plus)])
}

/// The same as a value.
fn host_pointer(base: BaseWord) -> impl Iterator<Item = u64> {
    host_address(base).chain([op(dw::DW_OP_stack_value)])
}

/// The address that a pointer in the memory stands for, as an expression over its own.
pub(super) fn follow_stored(base: BaseWord) -> Vec<u64> {
    let mut words = vec![op(dw::DW_OP_push_object_address), op(dw::DW_OP_deref_size), 4];
    words.extend(host_address(base));
    words
}

/// The place of a global variable, as an expression over the address of the instance's record.
fn global_words(base: BaseWord, address: u64, is_host_pointer: bool) -> Vec<u64> {
    let mut words = vec![op(dw::DW_OP_plus_uconst), base.0, op(dw::DW_OP_deref)];
    words.extend([op(dw::DW_OP_plus_uconst), address]);
    if is_host_pointer {
        words.extend([op(dw::DW_OP_deref_size), 4]);
        words.extend(host_pointer(base));
    }
    words
}

impl<'c> SourceNodes<'c> {
    /// The variables of a body, in its order; `keeps_frame` if debuggers find its frame anywhere.
    pub fn variables(
        &mut self,
        info: &DebugInfo,
        source: &SourceBody,
        body: &BodyNodes<'c>,
        keeps_frame: bool,
    ) -> Vec<KnownVariable<'c>> {
        let mut known = Vec::with_capacity(source.variables.len());
        for variable in &source.variables {
            let form = if keeps_frame && is_in_frame(variable) { Form::Followed } else { Form::Plain };
            let scope = body.scopes[variable.scope];
            let pointer = self.base.and_then(|_| self.host_pointer(info, variable.ty));
            let node = match self.variables.get(&(scope.node, variable.number)) {
                Some(&node) => node,
                None if fixed_address(variable).is_some() => {
                    self.static_variable(info, body, scope.node, variable)
                }
                None => {
                    let ty = pointer.unwrap_or_else(|| self.stored(info, variable.ty, form));
                    let file = self.file_or_unit(info, body.unit, variable.file);
                    let named = Named { name: &variable.name, line: variable.line };
                    let argument = variable
                        .argument
                        .filter(|_| !matches!(source.scopes[variable.scope].kind, ScopeKind::Block { .. }));
                    // Else a name would stand for a variable further out.
                    let variable = VariableNode { named, scope: scope.node, file, argument, always: true };
                    self.unit(info, body.unit).builder.variable(ty, &variable)
                }
            };
            self.variables.insert((scope.node, variable.number), node);
            let builder = &self.unit(info, body.unit).builder;
            let location = builder.location(variable.line, 0, scope.node, scope.inlined_at);
            let bits = super::types::size_bits(info, variable.ty, 0);
            let is_host_pointer = pointer.is_some();
            known.push(KnownVariable { node, location, is_host_pointer, bits, unit: body.unit });
        }
        known
    }

    /// A variable of a function that has a fixed address. It is told once, whoever inlines the function.
    fn static_variable(
        &mut self,
        info: &DebugInfo,
        body: &BodyNodes<'c>,
        scope: Node<'c>,
        variable: &Variable,
    ) -> Node<'c> {
        let (Some(address), Some(base)) = (fixed_address(variable), self.base) else { return Node::NONE };
        let node = self.global(info, (body.unit, scope), variable, address, base);
        self.statics.push(node);
        node
    }

    /// The nodes of static variables of functions that were not taken yet.
    pub fn take_statics(&mut self) -> Vec<Node<'c>> {
        std::mem::take(&mut self.statics)
    }

    /// The nodes of all variables with fixed addresses outside functions.
    pub fn globals(&mut self, info: &DebugInfo, base: BaseWord) -> Vec<Node<'c>> {
        let mut nodes = Vec::with_capacity(info.globals.len());
        for global in &info.globals {
            let scope = self.parent(info, global.unit, global.parent, 0);
            nodes.push(self.global(info, (global.unit, scope), &global.variable, global.address, base));
        }
        nodes
    }

    fn global(
        &mut self,
        info: &DebugInfo,
        (unit, scope): (usize, Node<'c>),
        variable: &Variable,
        address: u64,
        base: BaseWord,
    ) -> Node<'c> {
        let pointer = self.host_pointer(info, variable.ty);
        let ty = pointer.unwrap_or_else(|| self.stored(info, variable.ty, Form::Followed));
        let file = self.file_or_unit(info, unit, variable.file);
        let named = Named { name: &variable.name, line: variable.line };
        let mut words = global_words(base, address, pointer.is_some());
        let builder = &self.unit(info, unit).builder;
        let node = VariableNode { named, scope, file, argument: None, always: true };
        builder.global(ty, &node, builder.expression(&mut words))
    }

    /// The builder of a unit that is there.
    pub fn builder(&self, unit: usize) -> &super::NodeBuilder<'c> {
        &self.units[&unit].builder
    }
}

/// The address of a variable of a function that has always the same.
fn fixed_address(variable: &Variable) -> Option<u64> {
    match variable.locations[..] {
        [
            Location {
                range: None,
                place: Place { root: Root::Address(address), offset: 0, is_memory: true },
            },
        ] => Some(address),
        _ => None,
    }
}

/// Whether a variable is in the frame of its function, and nowhere else.
fn is_in_frame(variable: &Variable) -> bool {
    matches!(variable.locations[..], [Location { range: None, place }] if place.root == Root::FrameBase)
}

#[cfg(test)]
mod tests {
    use super::{RECORD_MARK, RECORD_MARK_BYTES};

    #[test]
    fn the_mark_has_its_bytes() {
        let mut bytes = Vec::new();
        let mut value = RECORD_MARK | 0x123;
        while value >= 0x80 {
            bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        bytes.push(value as u8);
        assert_eq!(bytes.len(), 8);
        assert_eq!(bytes[4..], RECORD_MARK_BYTES);
    }
}
