//! Nodes that LLVM's C interface does not make: see `passes/debug_nodes.h`, and `raw.rs`, whose rules
//! about safety hold here.

use super::super::optimize::RawBytes;
use super::raw::{Node, NodeBuilder};
use super::raw_types::{CompositeNode, MemberNode};
use inkwell::context::AsContextRef;
use inkwell::llvm_sys::core::{LLVMConstInt, LLVMIntTypeInContext};
use inkwell::llvm_sys::prelude::{LLVMDIBuilderRef, LLVMMetadataRef, LLVMValueRef};

/// `WasmwrightComposite`.
#[repr(C)]
struct RawComposite {
    scope: LLVMMetadataRef,
    name: RawBytes,
    file: LLVMMetadataRef,
    line: u64,
    bits: u64,
    identifier: RawBytes,
}

unsafe extern "C" {
    fn wasmwright_scoped_enumeration(
        builder: LLVMDIBuilderRef,
        composite: &RawComposite,
        values: *mut LLVMMetadataRef,
        count: u64,
        base: LLVMMetadataRef,
    ) -> LLVMMetadataRef;
    fn wasmwright_variant_part(
        builder: LLVMDIBuilderRef,
        composite: &RawComposite,
        discriminant: LLVMMetadataRef,
    ) -> LLVMMetadataRef;
    fn wasmwright_variant(
        builder: LLVMDIBuilderRef,
        composite: &RawComposite,
        offset_bits: u64,
        value: LLVMValueRef,
        ty: LLVMMetadataRef,
    ) -> LLVMMetadataRef;
}

/// The discriminant of a variant: its value, and its size in bits.
pub type Discriminant = (u64, u64);

// SAFETY (of all calls below): as in `raw.rs`. What is passed by reference lives until they return.
#[allow(clippy::undocumented_unsafe_blocks)]
impl<'c> NodeBuilder<'c> {
    /// An enumeration whose values go by its name and their own.
    pub fn scoped_enumeration(
        &self,
        composite: &CompositeNode<'_, 'c>,
        values: &mut [LLVMMetadataRef],
        base: Node<'c>,
    ) -> Node<'c> {
        let (raw, count) = (raw(composite), values.len() as u64);
        Node::new(unsafe {
            wasmwright_scoped_enumeration(self.raw, &raw, values.as_mut_ptr(), count, base.0)
        })
    }

    /// The part of a type, its scope, of which one of several variants is there; it has none yet.
    /// The discriminant is a member of it.
    pub fn variant_part(&self, composite: &CompositeNode<'_, 'c>, discriminant: Node<'c>) -> Node<'c> {
        Node::new(unsafe { wasmwright_variant_part(self.raw, &raw(composite), discriminant.0) })
    }

    /// A member that is there when the discriminant has a value; without one, for all other values.
    pub fn variant(
        &self,
        part: Node<'c>,
        ty: Node<'c>,
        member: &MemberNode<'_, 'c>,
        value: Option<Discriminant>,
    ) -> Node<'c> {
        let composite = RawComposite {
            scope: part.0,
            name: RawBytes::new(Some(member.name.as_bytes())),
            file: member.file.0,
            line: 0,
            bits: member.bits,
            identifier: RawBytes::new(None),
        };
        let constant = |(value, bits): Discriminant| unsafe {
            let number = LLVMIntTypeInContext(self.context.as_ctx_ref(), bits as u32);
            LLVMConstInt(number, value, 0)
        };
        let value = value.map_or(std::ptr::null_mut(), constant);
        Node::new(unsafe { wasmwright_variant(self.raw, &composite, member.offset_bits, value, ty.0) })
    }
}

fn raw(composite: &CompositeNode<'_, '_>) -> RawComposite {
    RawComposite {
        scope: composite.scope.0,
        name: RawBytes::new(Some(composite.name.as_bytes())),
        file: composite.file.0,
        line: composite.line.into(),
        bits: composite.bits,
        identifier: RawBytes::new(Some(composite.identifier.as_bytes())),
    }
}
