//! Tables: limits, place, and what is known of their elements.

use super::element_init::{ElementItem, TableImages};
use super::exposure::ModuleExposure;
use super::imports::ImportBinding;
use super::instance_layout::Allocator;
use super::{InstanceModel, ModulePlan, Place};
use crate::frontend::ParsedModule;
use crate::frontend::index::TableIndex;
use crate::frontend::module::{Item, Table};
use crate::frontend::types::{FunctionType, is_function_reference};
use wasmwright_abi::instance::TableRecord;

/// A table never grows beyond this many elements (80 MB), as in the engines of the web.
const MAXIMUM_ELEMENTS: u64 = 10_000_000;

/// A table.
#[derive(Clone, Debug)]
pub struct TablePlan {
    /// Where its record is.
    pub place: Place,
    /// Whether indices are 64-bit.
    pub index64: bool,
    /// Whether elements are function references (else opaque host values).
    pub functions: bool,
    /// Length at the start, in elements.
    pub minimum: u64,
    /// Length at most.
    pub maximum: u64,
    /// Elements that it starts with, where the image has them.
    pub image: Option<Vec<ElementItem>>,
    /// Whether nothing ever changes it: then it is `image`.
    pub constant: bool,
    /// Whether it is constant and no element is null.
    pub no_nulls: bool,
    /// The type of all its non-null elements, if it is constant and they share one.
    pub only_type: Option<FunctionType>,
    /// Whether the module defines it.
    pub defined: bool,
}

#[allow(clippy::too_many_arguments)]
pub(super) fn plan(
    parsed: &ParsedModule<'_>,
    imports: &[ImportBinding],
    earlier: &[ModulePlan<'_>],
    exposed: &ModuleExposure,
    mut images: TableImages,
    model: InstanceModel,
    layout: &mut Allocator,
) -> Vec<TablePlan> {
    let plan = |(index, table): (usize, &Table)| {
        let index = TableIndex::from(index);
        match table.import {
            None => {
                let written = exposed.written_tables.contains(&index);
                define(table, images.remove(&index), written, parsed, layout)
            }
            Some(position) => import(position, &imports[position], earlier, model, layout),
        }
    };
    parsed.tables.iter().enumerate().map(plan).collect()
}

fn define(
    table: &Table,
    image: Option<Vec<ElementItem>>,
    written: bool,
    parsed: &ParsedModule<'_>,
    layout: &mut Allocator,
) -> TablePlan {
    let minimum = table.ty.initial;
    let constant = image.is_some() && !written;
    let known = image.as_deref().filter(|_| constant).unwrap_or_default();
    TablePlan {
        place: Place::Own(layout.record::<TableRecord>()),
        index64: table.ty.table64,
        functions: is_function_reference(table.ty.element_type),
        minimum,
        maximum: table.ty.maximum.unwrap_or(u64::MAX).min(MAXIMUM_ELEMENTS.max(minimum)),
        no_nulls: constant && !known.contains(&ElementItem::Null),
        only_type: only_type(known, parsed),
        constant,
        image,
        defined: true,
    }
}

/// The type that all functions among the elements share.
fn only_type(elements: &[ElementItem], parsed: &ParsedModule<'_>) -> Option<FunctionType> {
    let mut types = elements.iter().filter_map(|element| match element {
        ElementItem::Function(function) => Some(parsed.function_type(*function)),
        _ => None,
    });
    let first = types.next()?;
    types.all(|ty| ty == first).then(|| first.clone())
}

fn import(
    position: usize,
    binding: &ImportBinding,
    earlier: &[ModulePlan<'_>],
    model: InstanceModel,
    layout: &mut Allocator,
) -> TablePlan {
    let ImportBinding::Linked(definition) = binding else {
        unreachable!("only functions are provided by the host")
    };
    let Item::Table(index) = definition.item else { unreachable!("imports were matched by kind") };
    let provider = &earlier[definition.module].tables[index.index()];
    TablePlan {
        place: Place::imported(provider.place, definition.module, position, model, layout),
        image: None,
        constant: false,
        no_nulls: false,
        only_type: None,
        defined: false,
        ..*provider
    }
}
