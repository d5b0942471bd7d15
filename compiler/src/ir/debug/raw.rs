//! LLVM's builder of debug information: what inkwell does not show of it.

use inkwell::context::{AsContextRef, Context};
use inkwell::llvm_sys::debuginfo::*;
use inkwell::llvm_sys::prelude::{LLVMDIBuilderRef, LLVMMetadataRef, LLVMModuleRef};
use std::marker::PhantomData;

/// A node of debug information, or null where there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct Node<'c>(pub LLVMMetadataRef, PhantomData<&'c Context>);

impl Node<'_> {
    /// No node.
    pub const NONE: Self = Self(std::ptr::null_mut(), PhantomData);

    /// A node of the context.
    pub fn new(raw: LLVMMetadataRef) -> Self {
        Self(raw, PhantomData)
    }
}

/// Makes the nodes of one compilation unit; finished when it goes.
#[derive(Debug)]
pub struct NodeBuilder<'c> {
    pub(super) raw: LLVMDIBuilderRef,
    pub(super) context: &'c Context,
}

impl Drop for NodeBuilder<'_> {
    fn drop(&mut self) {
        // SAFETY: the builder is live until here, and so is its module, which it goes before.
        unsafe {
            LLVMDIBuilderFinalize(self.raw);
            LLVMDisposeDIBuilder(self.raw);
        }
    }
}

pub(super) fn text(text: &str) -> (*const std::ffi::c_char, usize) {
    (text.as_ptr().cast(), text.len())
}

// SAFETY (of all calls below): the builder and the nodes are live and of one context; texts are
// passed with their lengths, and LLVM copies them.
#[allow(clippy::undocumented_unsafe_blocks)]
impl<'c> NodeBuilder<'c> {
    /// A builder for a module.
    pub fn new(context: &'c Context, module: LLVMModuleRef) -> Self {
        Self { raw: unsafe { LLVMCreateDIBuilder(module) }, context }
    }

    /// The one unit of this builder. `language` is DWARF's number.
    pub fn unit(&self, language: u16, file: Node<'c>, producer: &str, emission: Emission) -> Node<'c> {
        let ((producer, length), (empty, none)) = (text(producer), text(""));
        let language = language_of(language);
        let kind = match emission {
            Emission::Lines => LLVMDWARFEmissionKind::LLVMDWARFEmissionKindLineTablesOnly,
            Emission::All => LLVMDWARFEmissionKind::LLVMDWARFEmissionKindFull,
        };
        Node::new(unsafe {
            LLVMDIBuilderCreateCompileUnit(
                self.raw, language, file.0, producer, length, 0, empty, none, 0, empty, none, kind, 0, 0, 0,
                empty, none, empty, none,
            )
        })
    }

    /// A file.
    pub fn file(&self, name: &str, folder: &str) -> Node<'c> {
        let ((name, name_length), (folder, folder_length)) = (text(name), text(folder));
        Node::new(unsafe { LLVMDIBuilderCreateFile(self.raw, name, name_length, folder, folder_length) })
    }

    /// A type of functions: the result, then the parameters.
    pub fn function_type(&self, file: Node<'c>, types: &mut [Node<'c>]) -> Node<'c> {
        let (types, count) = (types.as_mut_ptr().cast(), types.len() as u32);
        Node::new(unsafe { LLVMDIBuilderCreateSubroutineType(self.raw, file.0, types, count, 0) })
    }

    /// The definition of a function.
    pub fn function(&self, scope: Node<'c>, ty: Node<'c>, function: &FunctionNode<'_, 'c>) -> Node<'c> {
        let ((name, length), (linkage, linkage_length)) = (text(function.name), text(function.linkage_name));
        let (file, line, local) = (function.file.0, function.line, (!function.external).into());
        Node::new(unsafe {
            LLVMDIBuilderCreateFunction(
                self.raw,
                scope.0,
                name,
                length,
                linkage,
                linkage_length,
                file,
                line,
                ty.0,
                local,
                1,
                line,
                LLVMDIFlagPrototyped,
                0,
            )
        })
    }

    /// A block; each call makes another one.
    pub fn block(&self, scope: Node<'c>, file: Node<'c>, line: u32, column: u32) -> Node<'c> {
        Node::new(unsafe { LLVMDIBuilderCreateLexicalBlock(self.raw, scope.0, file.0, line, column) })
    }

    /// A scope with another file and a discriminator.
    pub fn marked(&self, scope: Node<'c>, file: Node<'c>, discriminator: u32) -> Node<'c> {
        Node::new(unsafe { LLVMDIBuilderCreateLexicalBlockFile(self.raw, scope.0, file.0, discriminator) })
    }

    /// A location.
    pub fn location(&self, line: u32, column: u32, scope: Node<'c>, inlined_at: Node<'c>) -> Node<'c> {
        let context = self.context.as_ctx_ref();
        let column = column.min(u16::MAX.into());
        Node::new(unsafe { LLVMDIBuilderCreateDebugLocation(context, line, column, scope.0, inlined_at.0) })
    }
}

/// What LLVM writes of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Emission {
    /// Lines, and which functions were inlined.
    Lines,
    /// All.
    All,
}

/// What the definition of a function says.
pub struct FunctionNode<'t, 'c> {
    pub name: &'t str,
    pub linkage_name: &'t str,
    pub file: Node<'c>,
    pub line: u32,
    pub external: bool,
}

/// LLVM's name for a language, or of the nearest one that debuggers know.
fn language_of(number: u16) -> LLVMDWARFSourceLanguage {
    use LLVMDWARFSourceLanguage as L;
    use gimli::constants as dw;
    match gimli::DwLang(number) {
        dw::DW_LANG_C => L::LLVMDWARFSourceLanguageC,
        dw::DW_LANG_C89 => L::LLVMDWARFSourceLanguageC89,
        dw::DW_LANG_C11 | dw::DW_LANG_C17 => L::LLVMDWARFSourceLanguageC11,
        dw::DW_LANG_C_plus_plus | dw::DW_LANG_C_plus_plus_03 => L::LLVMDWARFSourceLanguageC_plus_plus,
        dw::DW_LANG_C_plus_plus_11 => L::LLVMDWARFSourceLanguageC_plus_plus_11,
        dw::DW_LANG_C_plus_plus_14 | dw::DW_LANG_C_plus_plus_17 | dw::DW_LANG_C_plus_plus_20 => {
            L::LLVMDWARFSourceLanguageC_plus_plus_14
        }
        dw::DW_LANG_Rust => L::LLVMDWARFSourceLanguageRust,
        dw::DW_LANG_Go => L::LLVMDWARFSourceLanguageGo,
        dw::DW_LANG_D => L::LLVMDWARFSourceLanguageD,
        dw::DW_LANG_Swift => L::LLVMDWARFSourceLanguageSwift,
        dw::DW_LANG_Zig => L::LLVMDWARFSourceLanguageZig,
        dw::DW_LANG_Fortran90 | dw::DW_LANG_Fortran95 => L::LLVMDWARFSourceLanguageFortran95,
        dw::DW_LANG_Fortran03 | dw::DW_LANG_Fortran08 => L::LLVMDWARFSourceLanguageFortran08,
        dw::DW_LANG_Mips_Assembler => L::LLVMDWARFSourceLanguageAssembly,
        _ => L::LLVMDWARFSourceLanguageC99,
    }
}
