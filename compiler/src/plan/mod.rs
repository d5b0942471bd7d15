//! [`ParsedModule`]s and [`Options`] → [`ProgramPlan`]: every decision, as data.
//!
//! What leaves says for each item of each module where it lives and what is known of it, so that
//! later stages match on it and never look at an option. No LLVM here.

mod data_init;
mod element_init;
mod entry;
mod exposure;
mod global_plan;
mod imports;
pub mod instance_layout;
mod memory_plan;
mod partition;
pub mod symbols;
mod table_plan;

pub use data_init::{DataPlan, MemoryImage};
pub use element_init::{ElementItem, ElementPlan};
pub use entry::{EntryPlan, EntryRequest};
pub use global_plan::GlobalPlan;
pub use imports::{Definition, ImportBinding};
pub use instance_layout::InstanceLayout;
pub use memory_plan::MemoryPlan;
pub use partition::CodegenUnit;
pub use table_plan::TablePlan;

use crate::error::Result;
use crate::frontend::ParsedModule;
use crate::frontend::index::FuncIndex;
use crate::frontend::module::Item;
use crate::options::{Emit, Grants, Optimization, Options};
use crate::program::ModuleInput;
use crate::target::Target;
use std::collections::BTreeSet;

/// Whether the instances of the program exist at link time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InstanceModel {
    /// One record per module, a hidden symbol; functions take no instance.
    Static,
    /// Records are made at run time; a pointer to one is the first parameter.
    Passed,
}

/// When something that instantiation applies is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Application {
    /// Never.
    None,
    /// By the initial image.
    Image,
    /// By the initialize function.
    Runtime,
}

/// Where a memory's, table's or global's record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the own instance, at this offset.
    Own(u64),
    /// Where the import slot at this offset of the own instance points to (`Passed`).
    Slot(u64),
    /// In the record of another module's instance (`Static`).
    Other {
        /// That module.
        module: usize,
        /// Offset in its record.
        offset: u64,
    },
}

/// The memory that host functions read and write: the one exported as `memory`, else memory 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostMemory {
    /// The module has none.
    None,
    /// Its record is at this offset of the instance.
    Own(u64),
    /// The word at this offset of the instance points to its record.
    Slot {
        /// That offset.
        slot: u64,
        /// `Static`: the module and the offset in its instance that the word points to.
        target: Option<(usize, u64)>,
    },
}

/// What a call of a function reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FunctionTarget {
    /// A function of this module with a body.
    Defined,
    /// A function of another module of the program.
    Linked {
        /// Where it is defined.
        definition: Definition,
        /// `Passed`: the import slot, which points to its function reference.
        slot: Option<u64>,
    },
    /// A function of the runtime.
    Host {
        /// Its symbol.
        symbol: &'static str,
    },
    /// Nothing: a call traps.
    Unknown {
        /// `module.name` for the message.
        name: String,
    },
}

/// A function of a module.
#[derive(Clone, Debug)]
pub struct FunctionPlan {
    /// Symbol of the code of a defined function, or of the wrapper that makes a host's function
    /// callable through a reference.
    pub symbol: String,
    /// What a call reaches.
    pub target: FunctionTarget,
    /// Whether references to it exist, so that it needs a function reference record.
    pub referenced: bool,
}

/// An export that stays reachable from outside.
#[derive(Clone, Debug)]
pub struct ExportPlan {
    /// Its name.
    pub name: String,
    /// The item in the exporting module's index spaces.
    pub item: Item,
    /// Where the item is defined, if that is not the host.
    pub definition: Option<Definition>,
}

/// A module and all that was decided about it.
#[derive(Debug)]
pub struct ModulePlan<'a> {
    /// Position in the program.
    pub index: usize,
    /// For messages.
    pub name: String,
    /// The module.
    pub parsed: ParsedModule<'a>,
    /// The same for all modules of a program.
    pub model: InstanceModel,
    /// Offsets in the instance record.
    pub layout: InstanceLayout,
    /// What each import is, by its position.
    pub imports: Vec<ImportBinding>,
    /// By `FuncIndex`.
    pub functions: Vec<FunctionPlan>,
    /// By `MemoryIndex`.
    pub memories: Vec<MemoryPlan>,
    /// By `TableIndex`.
    pub tables: Vec<TablePlan>,
    /// By `GlobalIndex`.
    pub globals: Vec<GlobalPlan>,
    /// By `ElemIndex`.
    pub elements: Vec<ElementPlan>,
    /// By `DataIndex`.
    pub data: Vec<DataPlan>,
    /// What host functions see of it.
    pub host_memory: HostMemory,
    /// Kept exports.
    pub exports: Vec<ExportPlan>,
}

/// The whole program.
#[derive(Debug)]
pub struct ProgramPlan<'a> {
    /// The machine.
    pub target: Target,
    /// How hard LLVM tries.
    pub optimization: Optimization,
    /// What comes out.
    pub emit: Emit,
    /// The modules, in the order of their instantiation.
    pub modules: Vec<ModulePlan<'a>>,
    /// What is compiled together.
    pub units: Vec<CodegenUnit>,
    /// How the program begins.
    pub entry: EntryPlan,
    /// What it may reach.
    pub grants: Grants,
    /// Size of the stack for Wasm.
    pub stack_bytes: u64,
}

/// Plans a program. The inputs and the parsed modules are parallel.
pub fn plan<'a>(
    inputs: &[ModuleInput<'_>],
    parsed: Vec<ParsedModule<'a>>,
    options: &Options,
) -> Result<ProgramPlan<'a>> {
    let model = match options.emit {
        Emit::Shared => InstanceModel::Passed,
        _ => InstanceModel::Static,
    };
    let bindings = imports::resolve(inputs, &parsed, options.unknown_imports)?;
    let entry = EntryRequest::choose(inputs, &parsed, options)?;
    let exposure = exposure::compute(inputs, &parsed, &bindings, &entry, options, model);
    let mut modules: Vec<ModulePlan<'a>> = Vec::with_capacity(parsed.len());
    for (index, (parsed, imports)) in parsed.into_iter().zip(bindings).enumerate() {
        let name = inputs[index].name.clone();
        let module = plan_module(index, name, parsed, imports, &exposure, &modules, options, model);
        modules.push(module);
    }
    let entry = EntryPlan::new(&entry, &modules, options);
    Ok(ProgramPlan {
        target: options.target.clone(),
        optimization: options.optimization,
        emit: options.emit,
        units: partition::partition(&modules, options.emit),
        modules,
        entry,
        grants: options.grants.clone(),
        stack_bytes: options.stack_bytes,
    })
}

#[allow(clippy::too_many_arguments)]
fn plan_module<'a>(
    index: usize,
    name: String,
    parsed: ParsedModule<'a>,
    imports: Vec<ImportBinding>,
    exposure: &exposure::Exposure,
    earlier: &[ModulePlan<'a>],
    options: &Options,
    model: InstanceModel,
) -> ModulePlan<'a> {
    let exposed = &exposure.modules[index];
    let mut layout = instance_layout::Allocator::new();
    let memories = memory_plan::plan(&parsed, &imports, earlier, options, model, &mut layout);
    let globals = global_plan::plan(&parsed, &imports, earlier, exposed, model, &mut layout);
    let (data, images) = data_init::plan(&parsed, &memories, &globals, &mut layout);
    let (elements, table_images) = element_init::plan(&parsed, &globals, model, &mut layout);
    let tables = table_plan::plan(&parsed, &imports, earlier, exposed, table_images, model, &mut layout);
    let functions = plan_functions(index, &parsed, &imports, &exposed.referenced, model, &mut layout);
    let host_memory = plan_host_memory(&parsed, &memories, &mut layout);
    let exports = plan_exports(index, &parsed, &imports, &exposed.kept_exports);
    ModulePlan {
        index,
        name,
        model,
        layout: layout.finish(&functions, images, model),
        imports,
        functions,
        memories,
        tables,
        globals,
        elements,
        data,
        host_memory,
        exports,
        parsed,
    }
}

fn plan_functions(
    module: usize,
    parsed: &ParsedModule<'_>,
    imports: &[ImportBinding],
    referenced: &BTreeSet<FuncIndex>,
    model: InstanceModel,
    layout: &mut instance_layout::Allocator,
) -> Vec<FunctionPlan> {
    let plan = |index: usize| {
        let function = FuncIndex::from(index);
        let target = match parsed.functions[index].import {
            None => FunctionTarget::Defined,
            Some(position) => match &imports[position] {
                ImportBinding::Linked(definition) => FunctionTarget::Linked {
                    definition: *definition,
                    slot: (model == InstanceModel::Passed).then(|| layout.slot(position)),
                },
                ImportBinding::Host { symbol } => FunctionTarget::Host { symbol },
                ImportBinding::Unknown => {
                    let import = &parsed.imports[position];
                    FunctionTarget::Unknown { name: format!("{}.{}", import.module, import.name) }
                }
            },
        };
        FunctionPlan {
            symbol: symbols::function(module, function, parsed.function_names.get(&function).copied()),
            referenced: referenced.contains(&function),
            target,
        }
    };
    (0..parsed.functions.len()).map(plan).collect()
}

fn plan_host_memory(
    parsed: &ParsedModule<'_>,
    memories: &[MemoryPlan],
    layout: &mut instance_layout::Allocator,
) -> HostMemory {
    let exported = match parsed.export("memory") {
        Some(Item::Memory(index)) => memories.get(index.index()),
        _ => None,
    };
    match exported.or(memories.first()).map(|memory| memory.place) {
        None => HostMemory::None,
        Some(Place::Own(offset)) => HostMemory::Own(offset),
        Some(Place::Slot(slot)) => HostMemory::Slot { slot, target: None },
        Some(Place::Other { module, offset }) => {
            HostMemory::Slot { slot: layout.record::<u64>(), target: Some((module, offset)) }
        }
    }
}

fn plan_exports(
    module: usize,
    parsed: &ParsedModule<'_>,
    imports: &[ImportBinding],
    kept: &BTreeSet<usize>,
) -> Vec<ExportPlan> {
    let plan = |&position: &usize| {
        let export = &parsed.exports[position];
        ExportPlan {
            name: export.name.to_owned(),
            item: export.item,
            definition: imports::definition_of(module, parsed, imports, export.item),
        }
    };
    kept.iter().map(plan).collect()
}
