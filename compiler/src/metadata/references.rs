//! Types, function references, tables, element arrays.

use super::block::{Address, Block};
use super::writer::{Section, Writer};
use crate::frontend::index::{ElemIndex, FuncIndex, TableIndex};
use crate::frontend::types::FunctionType;
use crate::plan::symbols::alignment;
use crate::plan::{
    CodeTable, ElementItem, FunctionTarget, Holes, InstanceModel, ModulePlan, ProgramPlan, symbols,
};
use std::collections::{BTreeMap, BTreeSet};
use std::mem::offset_of;
use wasmwright_abi::ABI_VERSION;
use wasmwright_abi::instance::{FunctionReference, TypeRecord};
use wasmwright_abi::trap::Trap;

/// One symbol for each function type of the program.
pub fn write_types(writer: &mut Writer, program: &ProgramPlan<'_>) {
    let types = program.modules.iter().flat_map(|module| &module.parsed.types);
    let types: BTreeMap<String, &FunctionType> = types.map(|ty| (symbols::type_id(ty), ty)).collect();
    let model = program.modules.first().map(|module| module.model);
    let called = program.library.as_ref().map_or(&[][..], |library| &library.referenced_types);
    let called: BTreeSet<String> = called.iter().map(symbols::type_id).collect();
    for (name, ty) in types {
        match model {
            Some(InstanceModel::Passed) if called.contains(&name) => {
                let mut block = type_record(ty);
                let call = Address::symbol(symbols::reference_call(ty));
                block.set_address(offset_of!(TypeRecord, call), call);
                writer.define(&name, Section::Relocated, block, alignment::REFERENCE);
            }
            Some(InstanceModel::Passed) => {
                writer.define(&name, Section::ReadOnly, type_record(ty), alignment::REFERENCE);
            }
            // Of no use but for its address.
            _ => writer.define(&name, Section::ReadOnly, Block::zeroed(1), alignment::BYTES),
        }
    }
}

fn type_record(ty: &FunctionType) -> Block {
    let mut block = Block::of::<TypeRecord>();
    block.set_u64(offset_of!(TypeRecord, abi_version), ABI_VERSION.into());
    for (position, word) in ty.identity().words().into_iter().enumerate() {
        block.set_u64(offset_of!(TypeRecord, identity) + 8 * position, word);
    }
    block
}

/// What a module's instance refers to, if it exists at link time.
pub fn write_module(writer: &mut Writer, program: &ProgramPlan<'_>, module: &ModulePlan<'_>) {
    if module.model == InstanceModel::Passed {
        return;
    }
    for (index, function) in module.functions.iter().enumerate() {
        if function.referenced && !matches!(function.target, FunctionTarget::Linked { .. }) {
            let function = FuncIndex::from(index);
            let block = function_reference(module, function);
            writer.define(
                &symbols::function_reference(module.index, function),
                Section::Relocated,
                block,
                alignment::REFERENCE,
            );
        }
    }
    for (index, table) in module.tables.iter().enumerate() {
        if let Some(image) = &table.image {
            let block = elements(module, image);
            writer.define(
                &symbols::table(module.index, TableIndex::from(index)),
                Section::Data,
                block,
                alignment::RECORD,
            );
            for codes in &table.code_tables {
                let symbol = symbols::code_table(module.index, TableIndex::from(index), &codes.ty);
                let block = codes_of(program, module, image, codes);
                writer.define(&symbol, Section::Relocated, block, alignment::RECORD);
            }
        }
    }
    for (index, segment) in module.elements.iter().enumerate() {
        if segment.has_array {
            let block = elements(module, &segment.items);
            writer.define(
                &symbols::elements(module.index, ElemIndex::from(index)),
                Section::Data,
                block,
                alignment::RECORD,
            );
        }
    }
}

fn function_reference(module: &ModulePlan<'_>, function: FuncIndex) -> Block {
    let mut block = Block::of::<FunctionReference>();
    let type_id = symbols::type_id(module.parsed.function_type(function));
    let code = &module.functions[function.index()].symbol;
    block.set_address(offset_of!(FunctionReference, code), Address::symbol(code));
    block.set_address(offset_of!(FunctionReference, type_id), Address::symbol(type_id));
    block
}

/// Elements as pointers to function references. What is not known yet is null until the
/// initialize function sets it.
fn elements(module: &ModulePlan<'_>, items: &[ElementItem]) -> Block {
    let mut block = Block::zeroed(8 * items.len() as u64);
    for (position, item) in items.iter().enumerate() {
        if let ElementItem::Function(function) = item {
            block.set_address(8 * position, reference_address(module, *function));
        }
    }
    block
}

/// Addresses of the code of a code table's part of the elements.
fn codes_of(
    program: &ProgramPlan<'_>,
    module: &ModulePlan<'_>,
    items: &[ElementItem],
    codes: &CodeTable,
) -> Block {
    let items = &items[codes.elements.start as usize..codes.elements.end as usize];
    let mut block = Block::zeroed(8 * items.len() as u64);
    for (position, item) in items.iter().enumerate() {
        let symbol = match *item {
            ElementItem::Function(function) if *module.parsed.function_type(function) == codes.ty => {
                let (owner, index) = module.definition(function);
                program.modules[owner].functions[index.index()].symbol.clone()
            }
            _ if codes.holes == Holes::Null => continue,
            ElementItem::Null => Trap::UninitializedElement.symbol().to_owned(),
            _ => Trap::IndirectCallTypeMismatch.symbol().to_owned(),
        };
        block.set_address(8 * position, Address::symbol(symbol));
    }
    block
}

/// The reference to a function, of whichever module defines it.
pub fn reference_address(module: &ModulePlan<'_>, function: FuncIndex) -> Address {
    let (owner, index) = module.definition(function);
    Address::symbol(symbols::function_reference(owner, index))
}
