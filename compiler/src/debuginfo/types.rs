//! Types of a module's DWARF, each read when the first variable needs it.

use super::dwarf::{Entry, EntryId, Module, flag, number};
use super::model::{Enumerator, Member, MemberKind, Parent, SourceType, TypeKind, Variant, VariantPart};
use gimli::AttributeValue;

/// Members of a type at most: beyond this it is not worth its cost.
const MOST_MEMBERS: usize = 10_000;

impl<'a> Module<'_, 'a> {
    /// The type that an attribute of an entry names.
    pub fn type_of(&mut self, unit: usize, entry: &Entry<'a>) -> Option<usize> {
        let target = self.target(unit, entry.attr_value(gimli::DW_AT_type))?;
        Some(self.type_at(target))
    }

    /// The type at an entry. It is read later, by [`Self::read_types`].
    pub fn type_at(&mut self, entry: EntryId) -> usize {
        if let Some(&known) = self.types.get(&entry) {
            return known;
        }
        let position = self.info.types.len();
        self.info.types.push(SourceType { number: self.place_of(entry), ..SourceType::default() });
        self.types.insert(entry, position);
        self.unread_types.push((position, entry));
        position
    }

    /// Reads all types that something has named, and what those name.
    pub fn read_types(&mut self) -> gimli::Result<()> {
        while let Some((position, entry)) = self.unread_types.pop() {
            self.info.types[position] = self.read_type(entry)?;
        }
        Ok(())
    }

    fn read_type(&mut self, id: EntryId) -> gimli::Result<SourceType> {
        let entry = self.entry(id)?;
        let kind = self.read_kind(id, &entry)?;
        Ok(SourceType {
            number: self.place_of(id),
            name: self.text(id.0, entry.attr_value(gimli::DW_AT_name))?,
            parent: self.parent_of(id)?,
            bytes: number(&entry, gimli::DW_AT_byte_size).into(),
            file: self.file_of(id.0, entry.attr_value(gimli::DW_AT_decl_file))?,
            line: number(&entry, gimli::DW_AT_decl_line),
            unit: self.source_unit(id.0)?,
            kind,
        })
    }

    fn read_kind(&mut self, id: EntryId, entry: &Entry<'a>) -> gimli::Result<TypeKind> {
        let target = self.type_of(id.0, entry);
        Ok(match entry.tag() {
            gimli::DW_TAG_base_type => TypeKind::Base {
                encoding: match entry.attr_value(gimli::DW_AT_encoding) {
                    Some(AttributeValue::Encoding(encoding)) => encoding.0,
                    _ => gimli::DW_ATE_unsigned.0,
                },
            },
            gimli::DW_TAG_pointer_type
            | gimli::DW_TAG_reference_type
            | gimli::DW_TAG_rvalue_reference_type => TypeKind::Pointer { tag: entry.tag().0, target },
            gimli::DW_TAG_const_type
            | gimli::DW_TAG_volatile_type
            | gimli::DW_TAG_restrict_type
            | gimli::DW_TAG_atomic_type => TypeKind::Qualified { tag: entry.tag().0, target },
            gimli::DW_TAG_typedef => TypeKind::Typedef { target },
            gimli::DW_TAG_structure_type | gimli::DW_TAG_class_type | gimli::DW_TAG_union_type => {
                TypeKind::Composite {
                    tag: entry.tag().0,
                    declared_only: flag(entry, gimli::DW_AT_declaration),
                    members: self.read_members(id)?,
                    variants: self.read_variants(id)?,
                }
            }
            gimli::DW_TAG_array_type => {
                let counts = self.read_counts(id)?;
                TypeKind::Array { element: target, counts }
            }
            gimli::DW_TAG_enumeration_type => {
                let scoped = flag(entry, gimli::DW_AT_enum_class);
                TypeKind::Enumeration { base: target, scoped, enumerators: self.read_enumerators(id)? }
            }
            gimli::DW_TAG_unspecified_type => TypeKind::Unspecified,
            // Of functions only pointers are ever shown.
            _ => TypeKind::Function,
        })
    }

    /// The entries directly below one.
    fn children(&self, (unit, offset): EntryId) -> gimli::Result<Vec<Entry<'a>>> {
        let mut tree = self.units[unit].entries_tree(Some(offset))?;
        let mut nodes = tree.root()?.children();
        let mut children = Vec::new();
        while let Some(node) = nodes.next()? {
            if children.len() < MOST_MEMBERS {
                children.push(node.entry().clone());
            }
        }
        Ok(children)
    }

    fn read_members(&mut self, id: EntryId) -> gimli::Result<Vec<Member>> {
        let mut members = Vec::new();
        for child in self.children(id)? {
            members.extend(self.read_member(id.0, &child)?);
        }
        Ok(members)
    }

    /// The member that an entry is, if it is one with a place in its type.
    fn read_member(&mut self, unit: usize, entry: &Entry<'a>) -> gimli::Result<Option<Member>> {
        let kind = match entry.tag() {
            gimli::DW_TAG_member if flag(entry, gimli::DW_AT_external) => return Ok(None),
            gimli::DW_TAG_member => MemberKind::Field,
            gimli::DW_TAG_inheritance => MemberKind::Base,
            _ => return Ok(None),
        };
        let Some(ty) = self.type_of(unit, entry) else { return Ok(None) };
        let Some((offset_bits, bits)) = bits_of(entry) else { return Ok(None) };
        let name = self.text(unit, entry.attr_value(gimli::DW_AT_name))?.unwrap_or_default();
        Ok(Some(Member { name, ty, offset_bits, bits, kind }))
    }

    /// The variant part of a type. No compiler is known to write two in one type.
    fn read_variants(&mut self, id: EntryId) -> gimli::Result<Option<VariantPart>> {
        let children = self.children(id)?;
        let Some(part) = children.iter().find(|child| child.tag() == gimli::DW_TAG_variant_part) else {
            return Ok(None);
        };
        let mut read = VariantPart::default();
        let discriminant = self.target(id.0, part.attr_value(gimli::DW_AT_discr));
        if let Some(discriminant) = discriminant {
            let entry = self.entry(discriminant)?;
            read.discriminant = self.read_member(discriminant.0, &entry)?;
        }
        for variant in self.children((id.0, part.offset()))? {
            if variant.tag() != gimli::DW_TAG_variant {
                continue;
            }
            let value = variant.attr_value(gimli::DW_AT_discr_value);
            let value = value.and_then(|value| value.udata_value().or(value.sdata_value().map(|v| v as u64)));
            for child in self.children((id.0, variant.offset()))? {
                let member = self.read_member(id.0, &child)?;
                read.variants.extend(member.map(|member| Variant { value, member }));
            }
        }
        Ok(Some(read))
    }

    fn read_counts(&mut self, id: EntryId) -> gimli::Result<Vec<Option<u64>>> {
        let mut counts = Vec::new();
        for child in self.children(id)? {
            if child.tag() == gimli::DW_TAG_subrange_type {
                let number = |name| child.attr_value(name).and_then(|value| value.udata_value());
                let bound = number(gimli::DW_AT_upper_bound).and_then(|last| last.checked_add(1));
                counts.push(number(gimli::DW_AT_count).or(bound));
            }
        }
        Ok(counts)
    }

    fn read_enumerators(&mut self, id: EntryId) -> gimli::Result<Vec<Enumerator>> {
        let mut enumerators = Vec::new();
        for child in self.children(id)? {
            let value = child.attr_value(gimli::DW_AT_const_value);
            let value = value.and_then(|value| value.sdata_value().or(value.udata_value().map(|v| v as i64)));
            if let (gimli::DW_TAG_enumerator, Some(value)) = (child.tag(), value) {
                let name = self.text(id.0, child.attr_value(gimli::DW_AT_name))?.unwrap_or_default();
                enumerators.push(Enumerator { name, value });
            }
        }
        Ok(enumerators)
    }

    /// What an entry is declared in.
    pub fn parent_of(&mut self, id: EntryId) -> gimli::Result<Parent> {
        let Some(&parent) = self.parents.get(&id) else { return Ok(Parent::Unit) };
        let entry = self.entry(parent)?;
        if entry.tag() != gimli::DW_TAG_namespace {
            return Ok(Parent::Type(self.type_at(parent)));
        }
        if let Some(&known) = self.namespaces.get(&parent) {
            return Ok(Parent::Namespace(known));
        }
        let name = self.text(parent.0, entry.attr_value(gimli::DW_AT_name))?.unwrap_or_default();
        let outer = self.parent_of(parent)?;
        self.info.namespaces.push((name, outer));
        self.namespaces.insert(parent, self.info.namespaces.len() - 1);
        Ok(Parent::Namespace(self.info.namespaces.len() - 1))
    }
}

/// Where a member is, and how many bits of it there are if it is a bit field. Nothing where that is
/// computed, as of virtual bases.
fn bits_of(member: &Entry<'_>) -> Option<(u64, Option<u64>)> {
    let value = |name| member.attr_value(name).and_then(|value| value.udata_value());
    let offset_bits = match member.attr_value(gimli::DW_AT_data_member_location) {
        None => 0,
        Some(value) => value.udata_value()?.checked_mul(8)?,
    };
    match (value(gimli::DW_AT_bit_size), value(gimli::DW_AT_data_bit_offset), value(gimli::DW_AT_bit_offset))
    {
        (None, ..) => Some((offset_bits, None)),
        (Some(bits), Some(offset), _) => Some((offset, Some(bits))),
        (Some(bits), None, None) => Some((offset_bits, Some(bits))),
        // Before version 4 of DWARF offsets counted from the high end of the storage.
        (Some(bits), None, Some(from_top)) => {
            let storage = value(gimli::DW_AT_byte_size)?.checked_mul(8)?;
            Some((offset_bits + storage.checked_sub(from_top + bits)?, Some(bits)))
        }
    }
}
