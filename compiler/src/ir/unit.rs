//! A unit: one LLVM module, with its declarations made once.

use super::alias::AliasMetadata;
use super::attributes::set_attributes;
use super::bitcode;
use super::{
    Builder, Convention, FunctionKind, FunctionType, FunctionValue, PointerValue, PositionCoding, Positions,
    Types,
};
use crate::error::{Error, Result};
use crate::target::{System, Target};
use inkwell::GlobalVisibility;
use inkwell::context::Context;
use inkwell::memory_buffer::MemoryBuffer;
use inkwell::module::Module;
use inkwell::values::GlobalValue;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// How far a symbol reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Linkage {
    /// The unit.
    Internal,
    /// The artifact.
    Hidden,
}

/// An LLVM module that is being filled.
#[derive(Debug)]
pub struct Unit<'c> {
    /// Where its instructions come from, while it is being filled, if anybody asks. Goes before the
    /// module, of which it is a part.
    pub positions: Option<Positions<'c>>,
    /// How they are told from locations.
    pub coding: PositionCoding,
    /// The module.
    pub module: Module<'c>,
    /// Types of its context.
    pub types: Types<'c>,
    target: Target,
    globals: RefCell<HashMap<String, GlobalValue<'c>>>,
    /// See [`with_hints`](Self::with_hints).
    alias: Option<Rc<AliasMetadata<'c>>>,
}

impl<'c> Unit<'c> {
    /// An empty unit.
    pub fn new(context: &'c Context, name: &str, target: &Target) -> Self {
        let module = context.create_module(name);
        Self {
            positions: None,
            coding: PositionCoding::Lines,
            module,
            types: Types::new(context),
            target: target.clone(),
            globals: RefCell::default(),
            alias: None,
        }
    }

    /// A unit that was filled before: its [`to_bitcode`](Self::to_bitcode) and its `coding`.
    pub fn from_bitcode(
        context: &'c Context,
        bitcode: &[u8],
        coding: PositionCoding,
        target: &Target,
    ) -> Result<Self> {
        let buffer = MemoryBuffer::create_from_memory_range(bitcode, "unit");
        let module = Module::parse_bitcode_from_buffer(&buffer, context)
            .map_err(|error| Error::internal(format!("LLVM does not read its bitcode again: {error}")))?;
        Ok(Self {
            positions: None,
            coding,
            module,
            types: Types::new(context),
            target: target.clone(),
            globals: RefCell::default(),
            alias: None,
        })
    }

    /// All of it, to be read by [`from_bitcode`](Self::from_bitcode).
    pub fn to_bitcode(&self) -> Vec<u8> {
        bitcode::write(&self.module)
    }

    /// The same unit, whose instructions say where they come from, and `with_source` debuggers, too.
    pub fn with_positions(mut self, with_source: bool) -> Self {
        self.positions = Some(Positions::new(self.types.context, &self.module, with_source));
        self
    }

    /// The same unit, in which LLVM is also told what only its optimisations use: what accesses touch, how
    /// likely branches are taken.
    pub fn with_hints(mut self) -> Self {
        self.alias = Some(Rc::new(AliasMetadata::new(self.types.context)));
        self
    }

    /// Says that nothing more will be added.
    pub fn finish(mut self) -> Self {
        if let Some(positions) = self.positions.take() {
            self.coding = positions.coding();
        }
        self
    }

    /// Keeps the declaration of a symbol that only debug information names.
    pub fn keep(&self, symbol: PointerValue<'c>) {
        let pointers = self.types.pointer.const_array(&[symbol]);
        let kept = self.module.add_global(pointers.get_type(), None, "llvm.compiler.used");
        kept.set_initializer(&pointers);
        kept.set_linkage(inkwell::module::Linkage::Appending);
        kept.set_section(Some("llvm.metadata"));
    }

    /// Adds assembly text, which may define what the unit's symbols name.
    pub fn add_assembly(&self, text: &str) {
        self.module.set_inline_assembly(text);
    }

    /// A builder for its functions.
    pub fn builder(&self) -> Builder<'c> {
        Builder::new(self.types, self.alias.clone())
    }

    /// The function of that name; declared, hidden, if it is not there yet.
    pub fn function(
        &self,
        symbol: &str,
        ty: FunctionType<'c>,
        kind: FunctionKind,
        convention: Convention,
    ) -> FunctionValue<'c> {
        if let Some(function) = self.module.get_function(symbol) {
            return function;
        }
        let function = self.module.add_function(symbol, ty, None);
        function.as_global_value().set_visibility(GlobalVisibility::Hidden);
        function.set_call_conventions(convention.number());
        set_attributes(self.types.context, function, kind, &self.target);
        function
    }

    /// Makes a function one that others see, outside the section of translated code.
    pub fn export(&self, function: FunctionValue<'c>) {
        function.as_global_value().set_visibility(GlobalVisibility::Default);
    }

    /// Says that a function is defined here, in the section of translated code.
    pub fn define(&self, function: FunctionValue<'c>, linkage: Linkage) {
        let section = match self.target.system {
            System::MacOs => wasmwright_abi::CODE_SECTION_MACH_O,
            System::Linux | System::Windows => wasmwright_abi::CODE_SECTION,
        };
        function.set_section(Some(section));
        if linkage == Linkage::Internal {
            function.as_global_value().set_visibility(GlobalVisibility::Default);
            function.set_linkage(inkwell::module::Linkage::Internal);
        }
    }

    /// Address of a hidden symbol that another object defines. `bytes` is how much is known to be
    /// there, `align` what the definition keeps.
    pub fn symbol(&self, symbol: &str, bytes: u64, align: u64, constant: bool) -> PointerValue<'c> {
        if let Some(global) = self.globals.borrow().get(symbol) {
            return global.as_pointer_value();
        }
        let ty = self.types.i8.array_type(u32::try_from(bytes).unwrap_or(u32::MAX));
        let global = self.module.add_global(ty, None, symbol);
        global.set_visibility(GlobalVisibility::Hidden);
        global.set_constant(constant);
        global.set_alignment(align as u32);
        self.globals.borrow_mut().insert(symbol.to_owned(), global);
        global.as_pointer_value()
    }

    /// Address of a constant string.
    pub fn string(&self, text: &str) -> PointerValue<'c> {
        let value = self.types.context.const_string(text.as_bytes(), false);
        let global = self.module.add_global(value.get_type(), None, "");
        global.set_initializer(&value);
        global.set_constant(true);
        global.set_unnamed_addr(true);
        global.set_linkage(inkwell::module::Linkage::Private);
        global.as_pointer_value()
    }
}
