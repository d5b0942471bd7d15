//! Nodes of types and variables: see `raw.rs`, whose rules about safety hold here.

use super::raw::{Node, NodeBuilder, text};
use inkwell::llvm_sys::debuginfo::*;
use inkwell::llvm_sys::prelude::{LLVMBasicBlockRef, LLVMMetadataRef, LLVMValueRef};
use std::borrow::Cow;
use std::ffi::c_char;

/// Flags of nodes that need none.
const NO_FLAGS: LLVMDIFlags = LLVMDIFlagZero;

/// A name and the line where it is declared.
#[derive(Clone, Copy, Debug)]
pub struct Named<'t> {
    pub name: &'t str,
    pub line: u32,
}

impl Named<'_> {
    fn name(&self) -> (*const c_char, usize) {
        text(self.name)
    }
}

/// A structure, a union or an enumeration, but for its members.
#[derive(Debug)]
pub struct CompositeNode<'t, 'c> {
    pub name: Cow<'t, str>,
    pub line: u32,
    pub scope: Node<'c>,
    pub file: Node<'c>,
    pub bits: u64,
    /// A text that no other type has.
    pub identifier: String,
}

/// What an enumeration consists of.
#[derive(Debug)]
pub struct EnumerationNode<'t> {
    pub values: Vec<(&'t str, i64)>,
    /// Whether the values are.
    pub unsigned: bool,
    /// Whether they go by the type's name and their own.
    pub scoped: bool,
}

/// A member, but for its type.
#[derive(Debug)]
pub struct MemberNode<'t, 'c> {
    pub name: &'t str,
    pub file: Node<'c>,
    pub bits: u64,
    pub offset_bits: u64,
    pub is_bit_field: bool,
    /// Whether the source has no such member.
    pub is_artificial: bool,
}

/// A variable, but for its type.
#[derive(Debug)]
pub struct VariableNode<'t, 'c> {
    pub named: Named<'t>,
    pub scope: Node<'c>,
    pub file: Node<'c>,
    /// From 1, of parameters.
    pub argument: Option<u32>,
    /// Whether it is told even without any place.
    pub always: bool,
}

// SAFETY (of all calls below): as in `raw.rs`. Arrays are passed with their lengths.
#[allow(clippy::undocumented_unsafe_blocks)]
impl<'c> NodeBuilder<'c> {
    /// A type without parts.
    pub fn base(&self, named: &Named<'_>, bits: u64, encoding: u32) -> Node<'c> {
        let (name, length) = named.name();
        Node::new(unsafe { LLVMDIBuilderCreateBasicType(self.raw, name, length, bits, encoding, NO_FLAGS) })
    }

    /// A type of which only the name is known.
    pub fn unspecified(&self, named: &Named<'_>) -> Node<'c> {
        let (name, length) = named.name();
        Node::new(unsafe { LLVMDIBuilderCreateUnspecifiedType(self.raw, name, length) })
    }

    /// A pointer.
    pub fn pointer(&self, target: Node<'c>, bits: u64, named: &Named<'_>) -> Node<'c> {
        let (name, length) = named.name();
        Node::new(unsafe { LLVMDIBuilderCreatePointerType(self.raw, target.0, bits, 0, 0, name, length) })
    }

    /// A reference of the host, by its tag in DWARF.
    pub fn reference(&self, tag: u16, target: Node<'c>) -> Node<'c> {
        Node::new(unsafe { LLVMDIBuilderCreateReferenceType(self.raw, tag.into(), target.0) })
    }

    /// A qualified type, by its tag in DWARF.
    pub fn qualified(&self, tag: u16, target: Node<'c>) -> Node<'c> {
        Node::new(unsafe { LLVMDIBuilderCreateQualifiedType(self.raw, tag.into(), target.0) })
    }

    /// Another name of a type.
    pub fn typedef(&self, target: Node<'c>, scope: Node<'c>, file: Node<'c>, named: &Named<'_>) -> Node<'c> {
        let (name, length) = named.name();
        let line = named.line;
        Node::new(unsafe {
            LLVMDIBuilderCreateTypedef(self.raw, target.0, name, length, file.0, line, scope.0, 0)
        })
    }

    /// An array of so many elements in each dimension.
    pub fn array(&self, element: Node<'c>, bits: u64, counts: &[Option<u64>]) -> Node<'c> {
        // LLVM knows arrays without a count by -1.
        let count = |count: &Option<u64>| count.and_then(|count| i64::try_from(count).ok()).unwrap_or(-1);
        let mut dimensions: Vec<LLVMMetadataRef> = counts
            .iter()
            .map(|dimension| unsafe { LLVMDIBuilderGetOrCreateSubrange(self.raw, 0, count(dimension)) })
            .collect();
        let (start, length) = (dimensions.as_mut_ptr(), dimensions.len() as u32);
        Node::new(unsafe { LLVMDIBuilderCreateArrayType(self.raw, bits, 0, element.0, start, length) })
    }

    /// An array of unknown length at an address that debuggers compute when they meet it.
    pub fn array_elsewhere(
        &self,
        scope: Node<'c>,
        file: Node<'c>,
        element: Node<'c>,
        address: &mut [u64],
    ) -> Node<'c> {
        let (name, none) = (text(""), std::ptr::null_mut());
        let address = self.expression(address);
        Node::new(unsafe {
            // An array of one, which llvm-sys declares as if it were its element.
            let mut dimension = LLVMDIBuilderGetOrCreateSubrange(self.raw, 0, -1);
            let dimensions: LLVMMetadataRef = (&raw mut dimension).cast();
            LLVMDIBuilderCreateDynamicArrayType(
                self.raw, scope.0, name.0, name.1, 0, file.0, 0, 0, element.0, dimensions, 1, address.0,
                none, none, none, none,
            )
        })
    }

    /// An enumeration.
    pub fn enumeration(
        &self,
        composite: &CompositeNode<'_, 'c>,
        enumeration: &EnumerationNode<'_>,
        base: Node<'c>,
    ) -> Node<'c> {
        let unsigned = enumeration.unsigned.into();
        let enumerator = |&(name, value): &(&str, i64)| {
            let (name, length) = text(name);
            unsafe { LLVMDIBuilderCreateEnumerator(self.raw, name, length, value, unsigned) }
        };
        let mut values: Vec<LLVMMetadataRef> = enumeration.values.iter().map(enumerator).collect();
        if enumeration.scoped {
            return self.scoped_enumeration(composite, &mut values, base);
        }
        let ((name, length), line) = (text(&composite.name), composite.line);
        let (scope, file, bits) = (composite.scope.0, composite.file.0, composite.bits);
        let (start, count) = (values.as_mut_ptr(), values.len() as u32);
        Node::new(unsafe {
            LLVMDIBuilderCreateEnumerationType(
                self.raw, scope, name, length, file, line, bits, 0, start, count, base.0,
            )
        })
    }

    /// A type that is only declared.
    pub fn declared(&self, tag: u16, composite: &CompositeNode<'_, 'c>) -> Node<'c> {
        let ((name, length), line) = (text(&composite.name), composite.line);
        let (scope, file) = (composite.scope.0, composite.file.0);
        let (identifier, identifier_length) = text("");
        Node::new(unsafe {
            LLVMDIBuilderCreateForwardDecl(
                self.raw,
                tag.into(),
                name,
                length,
                scope,
                file,
                line,
                0,
                0,
                0,
                identifier,
                identifier_length,
            )
        })
    }

    /// A structure without members yet.
    pub fn structure(&self, composite: &CompositeNode<'_, 'c>) -> Node<'c> {
        let ((name, length), line) = (text(&composite.name), composite.line);
        let (scope, file, bits) = (composite.scope.0, composite.file.0, composite.bits);
        let ((identifier, identifier_length), none) = (text(&composite.identifier), std::ptr::null_mut());
        Node::new(unsafe {
            LLVMDIBuilderCreateStructType(
                self.raw,
                scope,
                name,
                length,
                file,
                line,
                bits,
                0,
                NO_FLAGS,
                none,
                std::ptr::null_mut(),
                0,
                0,
                none,
                identifier,
                identifier_length,
            )
        })
    }

    /// Likewise a class.
    pub fn class(&self, composite: &CompositeNode<'_, 'c>) -> Node<'c> {
        let ((name, length), line) = (text(&composite.name), composite.line);
        let (scope, file, bits) = (composite.scope.0, composite.file.0, composite.bits);
        let ((identifier, identifier_length), none) = (text(&composite.identifier), std::ptr::null_mut());
        Node::new(unsafe {
            LLVMDIBuilderCreateClassType(
                self.raw,
                scope,
                name,
                length,
                file,
                line,
                bits,
                0,
                0,
                NO_FLAGS,
                none,
                std::ptr::null_mut(),
                0,
                none,
                none,
                identifier,
                identifier_length,
            )
        })
    }

    /// Likewise a union.
    pub fn union(&self, composite: &CompositeNode<'_, 'c>) -> Node<'c> {
        let ((name, length), line) = (text(&composite.name), composite.line);
        let (scope, file, bits) = (composite.scope.0, composite.file.0, composite.bits);
        let (identifier, identifier_length) = text(&composite.identifier);
        Node::new(unsafe {
            LLVMDIBuilderCreateUnionType(
                self.raw,
                scope,
                name,
                length,
                file,
                line,
                bits,
                0,
                NO_FLAGS,
                std::ptr::null_mut(),
                0,
                0,
                identifier,
                identifier_length,
            )
        })
    }

    /// Gives a type its members; the type that it then is.
    pub fn fill(&self, node: Node<'c>, members: &mut [Node<'c>]) -> Node<'c> {
        let mut node = node.0;
        let (start, count) = (members.as_mut_ptr().cast(), members.len() as u32);
        unsafe { LLVMReplaceArrays(self.raw, &mut node, start, count) };
        Node::new(node)
    }

    /// A member of a type.
    pub fn member(&self, scope: Node<'c>, ty: Node<'c>, member: &MemberNode<'_, 'c>) -> Node<'c> {
        let ((name, length), file) = (text(member.name), member.file.0);
        let (bits, offset) = (member.bits, member.offset_bits);
        let flags = if member.is_artificial { LLVMDIFlagArtificial } else { NO_FLAGS };
        Node::new(unsafe {
            if member.is_bit_field {
                // Debuggers take the storage from the type.
                LLVMDIBuilderCreateBitFieldMemberType(
                    self.raw, scope.0, name, length, file, 0, bits, offset, offset, flags, ty.0,
                )
            } else {
                LLVMDIBuilderCreateMemberType(
                    self.raw, scope.0, name, length, file, 0, bits, 0, offset, flags, ty.0,
                )
            }
        })
    }

    /// A base class.
    pub fn inheritance(&self, class: Node<'c>, base: Node<'c>, offset_bits: u64) -> Node<'c> {
        Node::new(unsafe {
            LLVMDIBuilderCreateInheritance(self.raw, class.0, base.0, offset_bits, 0, LLVMDIFlagPublic)
        })
    }

    /// A name space in another scope.
    pub fn namespace(&self, scope: Node<'c>, name: &str) -> Node<'c> {
        let (name, length) = text(name);
        Node::new(unsafe { LLVMDIBuilderCreateNameSpace(self.raw, scope.0, name, length, 0) })
    }

    /// A variable or a parameter of a function.
    pub fn variable(&self, ty: Node<'c>, variable: &VariableNode<'_, 'c>) -> Node<'c> {
        let ((name, length), line) = (variable.named.name(), variable.named.line);
        let (scope, file, always) = (variable.scope.0, variable.file.0, variable.always.into());
        Node::new(unsafe {
            match variable.argument {
                Some(number) => LLVMDIBuilderCreateParameterVariable(
                    self.raw, scope, name, length, number, file, line, ty.0, always, NO_FLAGS,
                ),
                None => LLVMDIBuilderCreateAutoVariable(
                    self.raw, scope, name, length, file, line, ty.0, always, NO_FLAGS, 0,
                ),
            }
        })
    }

    /// A variable at an address that the expression makes of a global's.
    pub fn global(&self, ty: Node<'c>, variable: &VariableNode<'_, 'c>, expression: Node<'c>) -> Node<'c> {
        let ((name, length), line) = (variable.named.name(), variable.named.line);
        let (linkage, none) = text("");
        let (scope, file) = (variable.scope.0, variable.file.0);
        Node::new(unsafe {
            LLVMDIBuilderCreateGlobalVariableExpression(
                self.raw,
                scope,
                name,
                length,
                linkage,
                none,
                file,
                line,
                ty.0,
                0,
                expression.0,
                std::ptr::null_mut(),
                0,
            )
        })
    }

    /// An expression.
    pub fn expression(&self, words: &mut [u64]) -> Node<'c> {
        Node::new(unsafe { LLVMDIBuilderCreateExpression(self.raw, words.as_mut_ptr(), words.len()) })
    }

    /// Says at the end of a block that a variable lives where the expression says of an address.
    pub fn declare(&self, place: LLVMValueRef, told: [Node<'c>; 3], block: LLVMBasicBlockRef) {
        let [variable, expression, location] = told;
        unsafe {
            LLVMDIBuilderInsertDeclareRecordAtEnd(
                self.raw,
                place,
                variable.0,
                expression.0,
                location.0,
                block,
            );
        }
    }

    /// Says at the end of a block what a variable is from there on.
    pub fn value(&self, value: LLVMValueRef, told: [Node<'c>; 3], block: LLVMBasicBlockRef) {
        let [variable, expression, location] = told;
        unsafe {
            LLVMDIBuilderInsertDbgValueRecordAtEnd(
                self.raw,
                value,
                variable.0,
                expression.0,
                location.0,
                block,
            );
        }
    }
}
