//! Element segments: which are applied by the initial image of a table, which at run time, and
//! which are still there for `table.init`.

use super::global_plan::GlobalPlan;
use super::{Application, InstanceModel, ModuleContext};
use crate::frontend::ParsedModule;
use crate::frontend::const_expr::{ConstExpr, ConstValue};
use crate::frontend::index::{ElemIndex, FuncIndex, TableIndex};
use crate::frontend::module::{ElementSegment, SegmentMode};
use std::collections::BTreeMap;
use wasmwright_abi::instance::SegmentRecord;

/// A table with more elements than this gets no image: most of them would be null.
const MAXIMUM_IMAGE_ELEMENTS: u64 = 1 << 20;

/// An element as far as it is known at compile time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ElementItem {
    /// A null reference.
    Null,
    /// A reference to that function.
    Function(FuncIndex),
    /// Computed when the module is instantiated.
    Dynamic(ConstExpr),
}

/// An element segment.
#[derive(Clone, Debug)]
pub struct ElementPlan {
    /// Its elements.
    pub items: Vec<ElementItem>,
    /// When it is applied.
    pub application: Application,
    /// Offset of its segment record, where instructions or the initialize function read one.
    pub record: Option<u64>,
    /// Offset of room for its elements in the instance (`Passed`, with a record).
    pub storage: Option<u64>,
    /// Whether its elements are needed as an array at run time.
    pub has_array: bool,
    /// Whether `table.init` may find elements: those of passive segments.
    pub starts_filled: bool,
}

/// Images of tables, by the index of a defined table.
pub type TableImages = BTreeMap<TableIndex, Vec<ElementItem>>;

pub(super) fn plan(
    cx: &mut ModuleContext<'_, '_>,
    globals: &[GlobalPlan],
) -> (Vec<ElementPlan>, TableImages) {
    let parsed = cx.parsed;
    let known = |segment: &ElementSegment| segment.items.iter().map(|expr| item(expr, globals)).collect();
    let items: Vec<Vec<ElementItem>> = parsed.elements.iter().map(known).collect();
    let images = match cx.model {
        InstanceModel::Static => table_images(parsed, globals, &items),
        InstanceModel::Passed => TableImages::new(),
    };
    let plans = items.into_iter().enumerate().map(|(index, items)| {
        let used = parsed.facts.used_elements.contains(&ElemIndex::from(index));
        segment_plan(cx, &parsed.elements[index], items, used, &images)
    });
    (plans.collect(), images)
}

fn segment_plan(
    cx: &mut ModuleContext<'_, '_>,
    segment: &ElementSegment,
    items: Vec<ElementItem>,
    used: bool,
    images: &TableImages,
) -> ElementPlan {
    let application = match segment.mode {
        SegmentMode::Active { target, .. } if images.contains_key(&target) => Application::Image,
        SegmentMode::Active { .. } => Application::Runtime,
        SegmentMode::Passive | SegmentMode::Declared => Application::None,
    };
    let applied = application == Application::Runtime;
    let starts_filled = matches!(segment.mode, SegmentMode::Passive);
    let passed = cx.model == InstanceModel::Passed;
    let has_array = applied || (used && starts_filled);
    let record = (used || (passed && applied)).then(|| cx.layout.record::<SegmentRecord>());
    let storage = (passed && has_array).then(|| cx.layout.room(8 * items.len() as u64, 8));
    ElementPlan { items, application, record, storage, has_array, starts_filled }
}

fn item(expr: &ConstExpr, globals: &[GlobalPlan]) -> ElementItem {
    let known = |index: crate::frontend::index::GlobalIndex| globals[index.index()].constant_value();
    match expr.evaluate(known) {
        Some(ConstValue::Null) => ElementItem::Null,
        Some(ConstValue::Function(function)) => ElementItem::Function(function),
        _ => ElementItem::Dynamic(expr.clone()),
    }
}

/// The tables whose every active segment is known to fit, with the elements they start with.
fn table_images(
    parsed: &ParsedModule<'_>,
    globals: &[GlobalPlan],
    items: &[Vec<ElementItem>],
) -> TableImages {
    let mut images = TableImages::new();
    for (index, table) in parsed.tables.iter().enumerate() {
        let start = match &table.init {
            None => ElementItem::Null,
            Some(expr) => item(expr, globals),
        };
        let known = !matches!(start, ElementItem::Dynamic(_));
        if table.import.is_none() && known && table.ty.initial <= MAXIMUM_IMAGE_ELEMENTS {
            let image = vec![start; table.ty.initial as usize];
            if let Some(image) = apply_segments(TableIndex::from(index), image, parsed, globals, items) {
                images.insert(TableIndex::from(index), image);
            }
        }
    }
    images
}

fn apply_segments(
    table: TableIndex,
    mut image: Vec<ElementItem>,
    parsed: &ParsedModule<'_>,
    globals: &[GlobalPlan],
    items: &[Vec<ElementItem>],
) -> Option<Vec<ElementItem>> {
    for (segment, items) in parsed.elements.iter().zip(items) {
        let SegmentMode::Active { target, offset } = &segment.mode else { continue };
        if *target != table {
            continue;
        }
        let start = usize::try_from(constant_offset(offset, globals)?).ok()?;
        let place = image.get_mut(start..start.checked_add(items.len())?)?;
        if items.iter().any(|item| matches!(item, ElementItem::Dynamic(_))) {
            return None;
        }
        place.clone_from_slice(items);
    }
    Some(image)
}

/// The offset of an active segment, zero-extended, where it is known.
pub(super) fn constant_offset(offset: &ConstExpr, globals: &[GlobalPlan]) -> Option<u64> {
    match offset.evaluate(|index| globals[index.index()].constant_value())? {
        ConstValue::I32(value) => Some(u64::from(value as u32)),
        ConstValue::I64(value) => Some(value as u64),
        _ => None,
    }
}
