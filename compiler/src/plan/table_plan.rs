//! Tables: limits, place, and what is known of their elements.

use super::code_table::{self, CodeTable};
use super::element_init::{ElementItem, TableImages};
use super::{ModuleContext, Place};
use crate::frontend::ParsedModule;
use crate::frontend::index::TableIndex;
use crate::frontend::module::{Item, Table};
use crate::frontend::types::FunctionType;
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
    /// Of which types the code is in an array of its own, if it is constant.
    pub code_tables: Vec<CodeTable>,
}

impl TablePlan {
    /// The code table of a type.
    pub fn code_table(&self, ty: &FunctionType) -> Option<&CodeTable> {
        self.code_tables.iter().find(|codes| codes.ty == *ty)
    }
}

pub(super) fn plan(cx: &mut ModuleContext<'_, '_>, mut images: TableImages) -> Vec<TablePlan> {
    let parsed = cx.parsed;
    let plan = |(index, table): (usize, &Table)| match table.import {
        None => {
            let index = TableIndex::from(index);
            let written = cx.exposed.written_tables.contains(&index);
            define(cx, table, images.remove(&index), written)
        }
        Some(position) => import(cx, table, position),
    };
    parsed.tables.iter().enumerate().map(plan).collect()
}

fn define(
    cx: &mut ModuleContext<'_, '_>,
    table: &Table,
    image: Option<Vec<ElementItem>>,
    written: bool,
) -> TablePlan {
    let minimum = table.ty.initial;
    let constant = image.is_some() && !written;
    let known = image.as_deref().filter(|_| constant).unwrap_or_default();
    TablePlan {
        place: Place::Own(cx.layout.record::<TableRecord>()),
        index64: table.ty.table64,
        minimum,
        maximum: table.ty.maximum.unwrap_or(u64::MAX).min(MAXIMUM_ELEMENTS.max(minimum)),
        no_nulls: constant && !known.contains(&ElementItem::Null),
        only_type: only_type(known, cx.parsed),
        code_tables: code_table::plan(known, cx),
        constant,
        image,
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

fn import(cx: &mut ModuleContext<'_, '_>, table: &Table, position: usize) -> TablePlan {
    let Some(definition) = cx.linked(position) else {
        return TablePlan {
            place: Place::Slot(cx.layout.slot(position)),
            index64: table.ty.table64,
            minimum: table.ty.initial,
            maximum: table.ty.maximum.unwrap_or(u64::MAX),
            image: None,
            constant: false,
            no_nulls: false,
            only_type: None,
            code_tables: Vec::new(),
        };
    };
    let Item::Table(index) = definition.item else { unreachable!("imports were matched by kind") };
    let provider = &cx.earlier[definition.module].tables[index.index()];
    TablePlan {
        place: cx.imported_place(provider.place, definition.module, position),
        image: None,
        constant: false,
        no_nulls: false,
        only_type: None,
        code_tables: Vec::new(),
        ..*provider
    }
}
