//! Pointers, told to LLVM in three forms.
//!
//! In the memory they are addresses of 4 bytes there, which debuggers cannot follow: they take a
//! pointer for as long as the host's, whatever size is stated. So a variable that is a pointer by
//! itself is told by value as a pointer of the host. A member that is one is told as an array without
//! a length, whose place debuggers compute of the 4 bytes: gdb takes such an array for the address of
//! its first element wherever it needs a pointer. The rest stay numbers: pointers to pointers, whose
//! arrays would need to know the size of such an element, and what points to nothing that has a size.
//! So does all that is in elements of arrays, and in variables that may be gone somewhere: gdb 13 prints
//! them without looking where such a member is, and dies of it. (gdb takes the size of a value from where its last member ends, which such an
//! array is not; that of a type it knows.)

use super::raw_types::Named;
use super::types::{LONGEST_CHAIN, named, size_bits};
use super::variables::follow_stored;
use super::{Node, SourceNodes};
use crate::debuginfo::{DebugInfo, Member, TypeKind};

/// Bits of a pointer in the memory.
pub const STORED_POINTER_BITS: u64 = 32;

/// Bits of a pointer of the host.
const HOST_POINTER_BITS: u64 = 64;

/// What Rust calls the address in a slice.
const SLICE_POINTER: &str = "data_ptr";

/// How the members of a type are told that are pointers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// As arrays at their addresses.
    Followed,
    /// As numbers.
    Plain,
}

impl<'c> SourceNodes<'c> {
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
                let target = self.stored_at(info, target, Form::Followed, 0);
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

    /// An address of 4 bytes. Not as a pointer: debuggers take those for as long as the host's,
    /// whatever size is stated, and would read what lies behind it, too.
    pub(super) fn stored_pointer(
        &mut self,
        info: &DebugInfo,
        unit: usize,
        tag: u16,
        target: Option<usize>,
    ) -> Node<'c> {
        let named = Named { name: &pointer_name(info, tag, target, 0), line: 0 };
        // lldb knows no numbers that are addresses; gdb shows them as such.
        let encoding = if self.follows_pointers { gimli::DW_ATE_address } else { gimli::DW_ATE_unsigned };
        self.unit(info, unit).builder.base(&named, STORED_POINTER_BITS, encoding.0.into())
    }

    /// The type of a member as it lies in the memory.
    pub(super) fn member_type(
        &mut self,
        info: &DebugInfo,
        (unit, form): (usize, Form),
        member: &Member,
    ) -> Node<'c> {
        let (Some(target), Some(base)) = (self.followed(info, form, member), self.base) else {
            return self.stored_at(info, Some(member.ty), form, 0);
        };
        let is_slice = member.name == SLICE_POINTER && is_rust(info, unit);
        let element_form = if is_slice { Form::Plain } else { Form::Followed };
        let key = (target, element_form);
        if let Some(&known) = self.followed.get(&key) {
            return known;
        }
        let element = self.stored_at(info, Some(target), element_form, 0);
        let nodes = self.unit(info, info.types[target].unit);
        let node = nodes.builder.array_elsewhere(nodes.unit, nodes.file, element, &mut follow_stored(base));
        self.followed.insert(key, node);
        node
    }

    /// What a member points to, if debuggers are to follow it.
    pub(super) fn followed(&self, info: &DebugInfo, form: Form, member: &Member) -> Option<usize> {
        let follows = self.follows_pointers && self.base.is_some() && form == Form::Followed;
        followed_target(info, member.ty).filter(|_| follows)
    }

    /// Whether a member is to be the only variant of a part of its type. lldb leaves those out; it
    /// would take the pointer itself for the array, and dies of types that have arrays of themselves.
    /// It reads them in Rust, though.
    pub(super) fn is_hidden(&self, info: &DebugInfo, unit: usize, form: Form, member: &Member) -> bool {
        !is_rust(info, unit) && self.followed(info, form, member).is_some()
    }

    /// Whether a type has members that are told as arrays, so that it has two forms.
    pub(super) fn has_followed(&mut self, info: &DebugInfo, position: usize, depth: u32) -> bool {
        if depth > LONGEST_CHAIN {
            return false;
        }
        if let Some(&known) = self.has_followed.get(&position) {
            return known;
        }
        // No type has itself as a part.
        self.has_followed.insert(position, false);
        let has = match &info.types[position].kind {
            TypeKind::Qualified { target: Some(target), .. } | TypeKind::Typedef { target: Some(target) } => {
                self.has_followed(info, *target, depth + 1)
            }
            TypeKind::Composite { members, variants, .. } => {
                let variants = variants.iter().flat_map(|part| &part.variants).map(|variant| &variant.member);
                members.iter().chain(variants).any(|member| {
                    followed_target(info, member.ty).is_some()
                        || self.has_followed(info, member.ty, depth + 1)
                })
            }
            _ => false,
        };
        self.has_followed.insert(position, has);
        has
    }
}

pub fn is_rust(info: &DebugInfo, unit: usize) -> bool {
    info.units[unit].language == gimli::DW_LANG_Rust.0
}

/// The name of a member. In Rust's slices that of the address is one by which gdb knows them; it would
/// print their content, and cannot where the address is a number.
pub fn member_name(name: &str, is_followed: bool) -> &str {
    if name == SLICE_POINTER && !is_followed { "address" } else { name }
}

/// What a type points to, if it is a pointer by any name.
fn pointer_target(info: &DebugInfo, mut position: usize) -> Option<usize> {
    for _ in 0..LONGEST_CHAIN {
        position = match info.types[position].kind {
            TypeKind::Pointer { target, .. } => return target,
            TypeKind::Qualified { target, .. } | TypeKind::Typedef { target } => target?,
            _ => return None,
        };
    }
    None
}

/// What a stored pointer points to, if debuggers can follow it there.
fn followed_target(info: &DebugInfo, pointer: usize) -> Option<usize> {
    let target = pointer_target(info, pointer)?;
    (pointer_target(info, target).is_none() && size_bits(info, target, 0) != 0).then_some(target)
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
