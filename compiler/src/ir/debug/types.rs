//! Types, told to LLVM in two forms.
//!
//! What lies in the memory has the layout of Wasm, where pointers are addresses of 4 bytes that
//! debuggers cannot follow. A variable that is a pointer by itself is told by value as a pointer of
//! the host, which they can.

use super::raw_types::{CompositeNode, MemberNode, Named};
use super::{Node, SourceNodes};
use crate::debuginfo::{DebugInfo, Member, MemberKind, Parent, TypeKind};

/// Types that derive from one another: longer chains are cycles.
const LONGEST_CHAIN: u32 = 64;

/// Bits of a pointer in the memory.
const STORED_POINTER_BITS: u64 = 32;

/// Bits of a pointer of the host.
const HOST_POINTER_BITS: u64 = 64;

impl<'c> SourceNodes<'c> {
    /// A type as it lies in the memory.
    pub(super) fn stored(&mut self, info: &DebugInfo, ty: usize) -> Node<'c> {
        let node = self.stored_at(info, Some(ty), 0);
        self.fill_composites(info);
        node
    }

    /// The type of a variable that is a pointer, as one of the host; nothing for other types.
    pub(super) fn host_pointer(&mut self, info: &DebugInfo, ty: usize) -> Option<Node<'c>> {
        let node = self.host_pointer_at(info, ty, 0);
        self.fill_composites(info);
        node
    }

    fn host_pointer_at(&mut self, info: &DebugInfo, position: usize, depth: u32) -> Option<Node<'c>> {
        if depth > LONGEST_CHAIN {
            return None;
        }
        let ty = &info.types[position];
        match ty.kind {
            TypeKind::Pointer { tag, target } => {
                let target = self.stored_at(info, target, 0);
                let builder = &self.unit(info, ty.unit).builder;
                Some(match gimli::DwTag(tag) {
                    gimli::DW_TAG_pointer_type => builder.pointer(target, HOST_POINTER_BITS, &named(ty)),
                    _ => builder.reference(tag, target),
                })
            }
            TypeKind::Qualified { tag, target } => {
                let target = self.host_pointer_at(info, target?, depth + 1)?;
                Some(self.unit(info, ty.unit).builder.qualified(tag, target))
            }
            TypeKind::Typedef { target } => {
                let target = self.host_pointer_at(info, target?, depth + 1)?;
                Some(self.typedef(info, position, target))
            }
            _ => None,
        }
    }

    fn typedef(&mut self, info: &DebugInfo, position: usize, target: Node<'c>) -> Node<'c> {
        let ty = &info.types[position];
        let scope = self.parent(info, ty.unit, ty.parent, 0);
        let file = self.file_or_unit(info, ty.unit, ty.file);
        let name = ty.name.as_deref().unwrap_or_default();
        self.unit(info, ty.unit).builder.typedef(target, scope, file, &Named { name, line: ty.line })
    }

    fn stored_at(&mut self, info: &DebugInfo, position: Option<usize>, depth: u32) -> Node<'c> {
        let Some(position) = position.filter(|_| depth <= LONGEST_CHAIN) else { return Node::NONE };
        if let Some(&known) = self.types.get(&position) {
            return known;
        }
        let node = self.make_stored(info, position, depth + 1);
        self.types.insert(position, node);
        node
    }

    fn make_stored(&mut self, info: &DebugInfo, position: usize, depth: u32) -> Node<'c> {
        let ty = &info.types[position];
        let bits = ty.bytes.saturating_mul(8);
        match &ty.kind {
            TypeKind::Unknown => Node::NONE,
            TypeKind::Base { encoding } => {
                self.unit(info, ty.unit).builder.base(&named(ty), bits, (*encoding).into())
            }
            TypeKind::Unspecified => self.unit(info, ty.unit).builder.unspecified(&named(ty)),
            TypeKind::Function => {
                let nodes = self.unit(info, ty.unit);
                nodes.builder.function_type(nodes.file, &mut [])
            }
            TypeKind::Pointer { tag, target } => self.stored_pointer(info, ty.unit, *tag, *target),
            TypeKind::Qualified { tag, target } => {
                let target = self.stored_at(info, *target, depth);
                self.unit(info, ty.unit).builder.qualified(*tag, target)
            }
            TypeKind::Typedef { target } => {
                let target = self.stored_at(info, *target, depth);
                self.typedef(info, position, target)
            }
            TypeKind::Array { element, counts } => {
                let element_node = self.stored_at(info, *element, depth);
                let count: u64 = counts.iter().map(|count| count.unwrap_or(0)).product();
                let bits = element.map_or(0, |element| size_bits(info, element, 0)).saturating_mul(count);
                self.unit(info, ty.unit).builder.array(element_node, bits, counts)
            }
            TypeKind::Enumeration { base, enumerators } => {
                let base_node = self.stored_at(info, *base, depth);
                let unsigned = base.is_some_and(|base| is_unsigned(info, base, 0));
                let values: Vec<(&str, i64)> =
                    enumerators.iter().map(|one| (one.name.as_str(), one.value)).collect();
                let composite = self.composite(info, position, depth);
                self.unit(info, ty.unit).builder.enumeration(&composite, &values, unsigned, base_node)
            }
            TypeKind::Composite { tag, declared_only, .. } => {
                let composite = self.composite(info, position, depth);
                let builder = &self.unit(info, ty.unit).builder;
                if *declared_only {
                    return builder.declared(*tag, &composite);
                }
                let node = builder_composite(builder, *tag, &composite);
                self.unfilled.push(position);
                node
            }
        }
    }

    /// An address of 4 bytes. Not as a pointer: debuggers take those for as long as the host's,
    /// whatever size is stated, and would read what lies behind it, too.
    fn stored_pointer(&mut self, info: &DebugInfo, unit: usize, tag: u16, target: Option<usize>) -> Node<'c> {
        let named = Named { name: &pointer_name(info, tag, target, 0), line: 0 };
        self.unit(info, unit).builder.base(&named, STORED_POINTER_BITS, gimli::DW_ATE_address.0.into())
    }

    fn composite<'t>(&mut self, info: &'t DebugInfo, position: usize, depth: u32) -> CompositeNode<'t, 'c> {
        let ty = &info.types[position];
        let scope = self.parent(info, ty.unit, ty.parent, depth);
        let file = self.file_or_unit(info, ty.unit, ty.file);
        // Else LLVM took two types for one that have no names, or the same in two functions.
        let identifier = format!("{:x}", ty.number);
        CompositeNode { named: named(ty), scope, file, bits: ty.bytes.saturating_mul(8), identifier }
    }

    /// Adds the members of all types that were begun. These may begin further ones.
    fn fill_composites(&mut self, info: &DebugInfo) {
        while let Some(position) = self.unfilled.pop() {
            let ty = &info.types[position];
            let TypeKind::Composite { members, .. } = &ty.kind else { continue };
            let node = self.types[&position];
            let mut nodes: Vec<Node<'c>> =
                members.iter().map(|member| self.member(info, ty.unit, node, member)).collect();
            let filled = self.unit(info, ty.unit).builder.fill(node, &mut nodes);
            self.types.insert(position, filled);
        }
    }

    fn member(&mut self, info: &DebugInfo, unit: usize, scope: Node<'c>, member: &Member) -> Node<'c> {
        let ty = self.stored_at(info, Some(member.ty), 0);
        let nodes = self.unit(info, unit);
        match member.kind {
            MemberKind::Base => nodes.builder.inheritance(scope, ty, member.offset_bits),
            MemberKind::Field => {
                let bits = member.bits.unwrap_or_else(|| size_bits(info, member.ty, 0));
                let is_bit_field = member.bits.is_some();
                let (name, offset_bits) = (member.name.as_str(), member.offset_bits);
                let member = MemberNode { name, file: nodes.file, bits, offset_bits, is_bit_field };
                nodes.builder.member(scope, ty, &member)
            }
        }
    }

    /// The node of what something is declared in.
    pub(super) fn parent(&mut self, info: &DebugInfo, unit: usize, parent: Parent, depth: u32) -> Node<'c> {
        match parent {
            Parent::Type(ty) if depth < LONGEST_CHAIN => self.stored_at(info, Some(ty), depth + 1),
            Parent::Namespace(position) if depth < LONGEST_CHAIN => {
                if let Some(&known) = self.namespaces.get(&position) {
                    return known;
                }
                let (name, outer) = &info.namespaces[position];
                let outer = self.parent(info, unit, *outer, depth + 1);
                let node = self.unit(info, unit).builder.namespace(outer, name);
                self.namespaces.insert(position, node);
                node
            }
            _ => self.unit(info, unit).unit,
        }
    }
}

fn builder_composite<'c>(
    builder: &super::NodeBuilder<'c>,
    tag: u16,
    composite: &CompositeNode<'_, 'c>,
) -> Node<'c> {
    match gimli::DwTag(tag) {
        gimli::DW_TAG_union_type => builder.union(composite),
        gimli::DW_TAG_class_type => builder.class(composite),
        _ => builder.structure(composite),
    }
}

fn named(ty: &crate::debuginfo::SourceType) -> Named<'_> {
    Named { name: ty.name.as_deref().unwrap_or_default(), line: ty.line }
}

/// What C calls a pointer or a reference, but for qualifiers.
fn pointer_name(info: &DebugInfo, tag: u16, target: Option<usize>, depth: u32) -> String {
    let mark = if gimli::DwTag(tag) == gimli::DW_TAG_pointer_type { '*' } else { '&' };
    let mut target = target.map(|target| &info.types[target]);
    for _ in depth..LONGEST_CHAIN {
        match target.map(|target| &target.kind) {
            Some(TypeKind::Qualified { target: inner, .. }) => target = inner.map(|inner| &info.types[inner]),
            Some(TypeKind::Pointer { tag, target: inner }) => {
                return format!("{} {mark}", pointer_name(info, *tag, *inner, depth + 1));
            }
            _ => break,
        }
    }
    let name = target.and_then(|target| target.name.as_deref());
    format!("{} {mark}", name.unwrap_or("void"))
}

fn is_unsigned(info: &DebugInfo, position: usize, depth: u32) -> bool {
    match info.types[position].kind {
        TypeKind::Base { encoding } => {
            let encoding = gimli::DwAte(encoding);
            matches!(encoding, gimli::DW_ATE_unsigned | gimli::DW_ATE_unsigned_char | gimli::DW_ATE_boolean)
        }
        TypeKind::Typedef { target: Some(target) } | TypeKind::Qualified { target: Some(target), .. } => {
            depth < LONGEST_CHAIN && is_unsigned(info, target, depth + 1)
        }
        _ => false,
    }
}

/// Size of a type in the memory.
pub(super) fn size_bits(info: &DebugInfo, position: usize, depth: u32) -> u64 {
    let ty = &info.types[position];
    if depth > LONGEST_CHAIN {
        return 0;
    }
    match &ty.kind {
        TypeKind::Pointer { .. } => STORED_POINTER_BITS,
        TypeKind::Qualified { target: Some(target), .. } | TypeKind::Typedef { target: Some(target) } => {
            size_bits(info, *target, depth + 1)
        }
        TypeKind::Array { element: Some(element), counts } => {
            let count: u64 = counts.iter().map(|count| count.unwrap_or(0)).product();
            size_bits(info, *element, depth + 1).saturating_mul(count)
        }
        _ => ty.bytes.saturating_mul(8),
    }
}
