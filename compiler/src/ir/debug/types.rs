//! Types as they lie in the memory, told to LLVM. Pointers are in `pointers.rs`.

use super::pointers::{Form, STORED_POINTER_BITS, is_rust, member_name};
use super::raw_types::{CompositeNode, EnumerationNode, MemberNode, Named};
use super::{Node, SourceNodes};
use crate::debuginfo::{DebugInfo, Member, MemberKind, Parent, SourceType, TypeKind, Variant, VariantPart};

/// Types that derive from one another: longer chains are cycles.
pub(super) const LONGEST_CHAIN: u32 = 64;

impl<'c> SourceNodes<'c> {
    /// A type as it lies in the memory.
    pub(super) fn stored(&mut self, info: &DebugInfo, ty: usize, form: Form) -> Node<'c> {
        let node = self.stored_at(info, Some(ty), form, 0);
        self.fill_composites(info);
        node
    }

    pub(super) fn typedef(&mut self, info: &DebugInfo, position: usize, target: Node<'c>) -> Node<'c> {
        let ty = &info.types[position];
        let scope = self.parent(info, ty.unit, ty.parent, 0);
        let file = self.file_or_unit(info, ty.unit, ty.file);
        let name = ty.name.as_deref().unwrap_or_default();
        self.unit(info, ty.unit).builder.typedef(target, scope, file, &Named { name, line: ty.line })
    }

    pub(super) fn stored_at(
        &mut self,
        info: &DebugInfo,
        position: Option<usize>,
        form: Form,
        depth: u32,
    ) -> Node<'c> {
        let Some(position) = position.filter(|_| depth <= LONGEST_CHAIN) else { return Node::NONE };
        let has_two = form == Form::Plain && self.has_followed(info, position, 0);
        let form = if has_two { form } else { Form::Followed };
        let key = (position, form);
        if let Some(&known) = self.types.get(&key) {
            return known;
        }
        let node = self.make_stored(info, key, depth + 1);
        self.types.insert(key, node);
        node
    }

    fn make_stored(&mut self, info: &DebugInfo, (position, form): (usize, Form), depth: u32) -> Node<'c> {
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
                let target = self.stored_at(info, *target, form, depth);
                self.unit(info, ty.unit).builder.qualified(*tag, target)
            }
            TypeKind::Typedef { target } => {
                let target = self.stored_at(info, *target, form, depth);
                self.typedef(info, position, target)
            }
            TypeKind::Array { element, counts } => {
                let element_node = self.stored_at(info, *element, Form::Plain, depth);
                let count: u64 = counts.iter().map(|count| count.unwrap_or(0)).product();
                let bits = element.map_or(0, |element| size_bits(info, element, 0)).saturating_mul(count);
                self.unit(info, ty.unit).builder.array(element_node, bits, counts)
            }
            TypeKind::Enumeration { base, scoped, enumerators } => {
                let base_node = self.stored_at(info, *base, form, depth);
                let unsigned = base.is_some_and(|base| is_unsigned(info, base, 0));
                let values = enumerators.iter().map(|one| (one.name.as_str(), one.value)).collect();
                let enumeration = EnumerationNode { values, unsigned, scoped: *scoped };
                let composite = self.composite(info, (position, form), depth);
                self.unit(info, ty.unit).builder.enumeration(&composite, &enumeration, base_node)
            }
            TypeKind::Composite { tag, declared_only, .. } => {
                let composite = self.composite(info, (position, form), depth);
                let builder = &self.unit(info, ty.unit).builder;
                if *declared_only {
                    return builder.declared(*tag, &composite);
                }
                let node = builder_composite(builder, *tag, &composite);
                self.unfilled.push((position, form));
                node
            }
        }
    }

    fn composite<'t>(
        &mut self,
        info: &'t DebugInfo,
        (position, form): (usize, Form),
        depth: u32,
    ) -> CompositeNode<'t, 'c> {
        let ty = &info.types[position];
        let scope = self.parent(info, ty.unit, ty.parent, depth);
        let file = self.file_or_unit(info, ty.unit, ty.file);
        // Else LLVM took two types for one that have no names, or the same in two functions.
        let identifier = format!("{:x} {form:?}", ty.number);
        let mut name = std::borrow::Cow::from(ty.name.as_deref().unwrap_or_default());
        if form == Form::Plain && !name.is_empty() && !is_rust(info, ty.unit) {
            // So that casts, which are to a name, are to the other one.
            name.to_mut().push(' ');
        }
        CompositeNode { name, line: ty.line, scope, file, bits: ty.bytes.saturating_mul(8), identifier }
    }

    /// Adds the members of all types that were begun. These may begin further ones.
    pub(super) fn fill_composites(&mut self, info: &DebugInfo) {
        while let Some(key @ (position, form)) = self.unfilled.pop() {
            let ty = &info.types[position];
            let TypeKind::Composite { members, variants, .. } = &ty.kind else { continue };
            let node = self.types[&key];
            let mut nodes = Vec::with_capacity(members.len() + 1);
            for member in members {
                nodes.push(if self.is_hidden(info, ty.unit, form, member) {
                    let only = Variant { value: None, member: member.clone() };
                    let part = VariantPart { discriminant: None, variants: vec![only] };
                    self.variant_part(info, (ty, form), node, &part)
                } else {
                    self.member(info, (ty.unit, form), node, member)
                });
            }
            nodes.extend(variants.as_ref().map(|part| self.variant_part(info, (ty, form), node, part)));
            let filled = self.unit(info, ty.unit).builder.fill(node, &mut nodes);
            self.types.insert(key, filled);
        }
    }

    fn member(
        &mut self,
        info: &DebugInfo,
        (unit, form): (usize, Form),
        scope: Node<'c>,
        member: &Member,
    ) -> Node<'c> {
        let ty = self.member_type(info, (unit, form), member);
        let described = self.describe(info, (unit, form), member);
        let builder = &self.unit(info, unit).builder;
        match member.kind {
            MemberKind::Base => builder.inheritance(scope, ty, member.offset_bits),
            MemberKind::Field => builder.member(scope, ty, &described),
        }
    }

    fn describe<'t>(
        &mut self,
        info: &DebugInfo,
        (unit, form): (usize, Form),
        member: &'t Member,
    ) -> MemberNode<'t, 'c> {
        MemberNode {
            name: member_name(&member.name, self.followed(info, form, member).is_some()),
            file: self.unit(info, unit).file,
            bits: member.bits.unwrap_or_else(|| size_bits(info, member.ty, 0)),
            offset_bits: member.offset_bits,
            is_bit_field: member.bits.is_some(),
            is_artificial: false,
        }
    }

    fn variant_part(
        &mut self,
        info: &DebugInfo,
        (ty, form): (&SourceType, Form),
        scope: Node<'c>,
        part: &VariantPart,
    ) -> Node<'c> {
        let unit = ty.unit;
        let (mut discriminant, mut discriminant_bits) = (Node::NONE, 0);
        if let Some(member) = &part.discriminant {
            let number = self.stored_at(info, Some(member.ty), form, 0);
            let described = MemberNode { is_artificial: true, ..self.describe(info, (unit, form), member) };
            discriminant_bits = described.bits.clamp(1, 64);
            discriminant = self.unit(info, unit).builder.member(scope, number, &described);
        }
        let file = self.unit(info, unit).file;
        let first = part.variants.first().map_or("", |variant| variant.member.name.as_str());
        let identifier = format!("{:x} {form:?} variants from {first}", ty.number);
        let bits = ty.bytes.saturating_mul(8);
        let composite = CompositeNode { name: "".into(), line: 0, scope, file, bits, identifier };
        let node = self.unit(info, unit).builder.variant_part(&composite, discriminant);
        let mut variants = Vec::with_capacity(part.variants.len());
        for variant in &part.variants {
            let ty = self.member_type(info, (unit, form), &variant.member);
            let described = self.describe(info, (unit, form), &variant.member);
            let value = variant.value.map(|value| (value, discriminant_bits));
            variants.push(self.unit(info, unit).builder.variant(node, ty, &described, value));
        }
        self.unit(info, unit).builder.fill(node, &mut variants)
    }

    /// The node of what something is declared in.
    pub(super) fn parent(&mut self, info: &DebugInfo, unit: usize, parent: Parent, depth: u32) -> Node<'c> {
        match parent {
            Parent::Type(ty) if depth < LONGEST_CHAIN => {
                self.stored_at(info, Some(ty), Form::Followed, depth + 1)
            }
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

pub(super) fn named(ty: &SourceType) -> Named<'_> {
    Named { name: ty.name.as_deref().unwrap_or_default(), line: ty.line }
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
