//! Closed-world knowledge: what outsiders can reach, what anybody changes, which functions are
//! referenced.
//!
//! Invariant: every way in which an item can be reached from outside its own bodies is accounted
//! for here; what is not exposed here may be treated as a constant.

use super::InstanceModel;
use super::entry::EntryRequest;
use super::imports::{Definition, ImportBinding, definition_of};
use crate::frontend::ParsedModule;
use crate::frontend::const_expr::{ConstExpr, ConstOp};
use crate::frontend::index::{FuncIndex, GlobalIndex, TableIndex};
use crate::frontend::module::{Item, SegmentMode};
use crate::options::Options;
use crate::program::{KeptExports, ModuleInput};
use std::collections::BTreeSet;

/// Of the whole program.
pub struct Exposure {
    /// By position of the module.
    pub modules: Vec<ModuleExposure>,
}

/// Of one module. Indices are of items that the module defines, but for `referenced`.
#[derive(Default)]
pub struct ModuleExposure {
    /// Positions of the exports that stay.
    pub kept_exports: BTreeSet<usize>,
    /// Globals whose value may change.
    pub written_globals: BTreeSet<GlobalIndex>,
    /// Tables whose elements may change after the initial image.
    pub written_tables: BTreeSet<TableIndex>,
    /// Functions, imported ones too, that need a function reference.
    pub referenced: BTreeSet<FuncIndex>,
}

/// Computes what is exposed. `called` are positions of exports of the last module that functions in C
/// use, where a program is linked with such.
pub fn compute(
    inputs: &[ModuleInput<'_>],
    parsed: &[ParsedModule<'_>],
    bindings: &[Vec<ImportBinding>],
    entry: &EntryRequest,
    called: Option<&BTreeSet<usize>>,
    options: &Options,
) -> Exposure {
    let mut modules: Vec<ModuleExposure> = parsed.iter().map(|_| ModuleExposure::default()).collect();
    for (index, module) in parsed.iter().enumerate() {
        modules[index].kept_exports = kept_exports(index, &inputs[index].exports, module, entry, options);
        if index + 1 == parsed.len() {
            modules[index].kept_exports.extend(called.into_iter().flatten());
        }
        let define = |item| definition_of(index, module, &bindings[index], item);
        for &global in &module.facts.written_globals {
            expose_written(&mut modules, define(Item::Global(global)));
        }
        for &table in &module.facts.written_tables {
            expose_written(&mut modules, define(Item::Table(table)));
        }
        for definition in foreign_table_writes(index, module, &bindings[index]) {
            expose_written(&mut modules, Some(definition));
        }
        for position in modules[index].kept_exports.clone() {
            let item = module.exports[position].item;
            let changeable = match item {
                Item::Global(global) => module.globals[global.index()].mutable,
                Item::Table(_) => true,
                _ => false,
            };
            if changeable {
                expose_written(&mut modules, define(item));
            }
        }
        for function in references(index, module, &bindings[index], InstanceModel::of(options)) {
            modules[index].referenced.insert(function);
            if let Some(Definition { module: owner, item: Item::Function(defined) }) =
                define(Item::Function(function))
            {
                modules[owner].referenced.insert(defined);
            }
        }
    }
    Exposure { modules }
}

fn expose_written(modules: &mut [ModuleExposure], definition: Option<Definition>) {
    match definition {
        Some(Definition { module, item: Item::Global(global) }) => {
            modules[module].written_globals.insert(global);
        }
        Some(Definition { module, item: Item::Table(table) }) => {
            modules[module].written_tables.insert(table);
        }
        _ => {}
    }
}

/// Tables of other modules that active segments of this one write.
fn foreign_table_writes(
    index: usize,
    module: &ParsedModule<'_>,
    bindings: &[ImportBinding],
) -> Vec<Definition> {
    let target = |segment: &crate::frontend::module::ElementSegment| match segment.mode {
        SegmentMode::Active { target, .. } => definition_of(index, module, bindings, Item::Table(target)),
        _ => None,
    };
    module.elements.iter().filter_map(target).filter(|definition| definition.module != index).collect()
}

fn kept_exports(
    index: usize,
    kept: &KeptExports,
    module: &ParsedModule<'_>,
    entry: &EntryRequest,
    options: &Options,
) -> BTreeSet<usize> {
    let is_entry = |name: &str| {
        index == entry.module
            && (entry.export.as_deref() == Some(name) || (entry.initialize && name == "_initialize"))
    };
    let stays = |name: &str| match kept {
        KeptExports::All => true,
        KeptExports::Named(names) => names.contains(name) || is_entry(name),
        KeptExports::ByEmit => options.is_library() || is_entry(name),
    };
    (0..module.exports.len()).filter(|&position| stays(module.exports[position].name)).collect()
}

/// Functions that become values somewhere: in bodies, segments, globals, tables, and (where
/// instances are made at run time) across modules.
fn references(
    index: usize,
    module: &ParsedModule<'_>,
    bindings: &[ImportBinding],
    model: InstanceModel,
) -> BTreeSet<FuncIndex> {
    let mut functions = module.facts.referenced_functions.clone();
    let in_expr = |expr: &ConstExpr| {
        expr.ops
            .iter()
            .filter_map(|op| match op {
                ConstOp::Function(function) => Some(*function),
                _ => None,
            })
            .collect::<Vec<_>>()
    };
    // A declared segment only announces what `ref.func` may name: the bodies say what it does.
    for segment in module.elements.iter().filter(|segment| !matches!(segment.mode, SegmentMode::Declared)) {
        functions.extend(segment.items.iter().flat_map(in_expr));
    }
    functions.extend(module.globals.iter().filter_map(|global| global.init.as_ref()).flat_map(in_expr));
    functions.extend(module.tables.iter().filter_map(|table| table.init.as_ref()).flat_map(in_expr));
    if model == InstanceModel::Passed {
        let linked = (0..module.functions.len()).map(FuncIndex::from).filter(|&function| {
            let definition = definition_of(index, module, bindings, Item::Function(function));
            definition.is_some_and(|definition| definition.module != index)
        });
        functions.extend(linked);
    }
    functions
}
