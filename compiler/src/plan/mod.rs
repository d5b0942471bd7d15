//! [`ParsedModule`]s and [`Options`] → [`ProgramPlan`]: every decision, as data.
//!
//! What leaves says for each item of each module where it lives and what is known of it, so that
//! later stages match on it and never look at an option. No LLVM here.

pub mod c_names;
pub mod c_types;
mod code_table;
pub mod convention;
mod data_init;
mod effort;
mod element_init;
mod entry;
mod exception_plan;
mod exposure;
mod global_plan;
mod host_functions;
mod imports;
pub mod instance_layout;
mod leaf;
pub mod library_plan;
mod memory_plan;
mod partition;
mod passed_base;
mod policy_plan;
pub mod symbols;
mod table_plan;
mod trap_plan;
mod vector_plan;

pub use code_table::{CodeTable, Holes};
pub use convention::{CallConvention, Passing};
pub use data_init::{DataPlan, MemoryImage};
pub use effort::Effort;
pub use element_init::{ElementItem, ElementPlan};
pub use entry::{EntryPlan, EntryRequest};
pub use exception_plan::Unwinding;
pub use global_plan::GlobalPlan;
pub use imports::{Definition, ImportBinding};
pub use instance_layout::InstanceLayout;
pub use library_plan::{HostSlot, LibraryPlan};
pub use memory_plan::{MemoryPlan, pages_to_bytes};
pub use partition::{CodegenUnit, UnitPart};
pub use passed_base::PassedBase;
pub use policy_plan::{Interruption, Metering};
pub use table_plan::TablePlan;
pub use trap_plan::TrapCall;
pub use vector_plan::{VectorIsa, VectorPlan, X86Vectors};

use host_functions::HostInterface;

use crate::error::{Error, Result};
use crate::frontend::ParsedModule;
use crate::frontend::index::FuncIndex;
use crate::frontend::module::Item;
use crate::options::{BoundsChecks, Debugger, Emit, Entry, Grants, Optimization, Options, Profile, TrapInfo};
use crate::program::ModuleInput;
use crate::target::Target;
use std::path::PathBuf;
use wasmwright_abi::instance::WideningRoom;

/// Whether the instances of the program exist at link time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InstanceModel {
    /// One record per module, a hidden symbol; functions take no instance.
    Static,
    /// Records are made at run time; a pointer to one is the first parameter.
    Passed,
}

impl InstanceModel {
    /// The model of what comes out.
    fn of(options: &Options) -> Self {
        if options.is_library() { Self::Passed } else { Self::Static }
    }
}

/// What becomes of a program's descriptors, records and images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataForm {
    /// An object that is linked with the units.
    Object,
    /// Part of the only unit, which is the output: we link for no such target.
    InUnit,
    /// Nothing: text forms show code.
    None,
}

impl DataForm {
    fn choose(modules: &[ModulePlan<'_>], options: &Options) -> Result<Self> {
        let target = &options.target;
        let refused = |why: &str| Err(Error::Option(format!("{} is a target {why}", target.name())));
        match options.emit {
            Emit::Assembly | Emit::LlvmIr | Emit::LlvmBitcode => Ok(Self::None),
            Emit::Header if !target.is_object_only() => Ok(Self::None),
            _ if !target.is_object_only() => Ok(Self::Object),
            Emit::Executable | Emit::Shared | Emit::Static | Emit::Header => {
                refused("for objects only, for there is no runtime for it: use --emit obj or asm")
            }
            Emit::Object if modules.len() == 1 => Ok(Self::InUnit),
            Emit::Object => refused("for objects only, of one module each"),
        }
    }
}

/// What debuggers are told of where code comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DebugOutput {
    /// Nothing but symbols and frames.
    None,
    /// Its source.
    Source {
        /// Where the text of a module will be that has no debug information.
        listing: Option<PathBuf>,
    },
}

impl DebugOutput {
    fn choose(modules: &[ModulePlan<'_>], options: &Options) -> Self {
        if !options.debug || options.strip {
            return Self::None;
        }
        // One path is for one module.
        Self::Source { listing: options.listing.clone().filter(|_| modules.len() == 1) }
    }
}

/// How debuggers follow variables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VariableTracking {
    /// Over our own frame, in which everything stays where it is: code is not optimised.
    InFrame,
    /// By values, as far as these survive.
    ByValue,
}

impl VariableTracking {
    fn of(optimization: Optimization) -> Self {
        if optimization == Optimization::O0 { Self::InFrame } else { Self::ByValue }
    }
}

/// Whether LLVM is told what only its optimisations use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptimizerHints {
    /// It is.
    Told,
    /// It is not: there are none, and to tell takes time.
    Omitted,
}

impl OptimizerHints {
    fn of(optimization: Optimization) -> Self {
        if optimization == Optimization::O0 { Self::Omitted } else { Self::Told }
    }
}

/// How debuggers are told of members of types that are pointers in the memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoredPointers {
    /// As arrays at the address, by which gdb follows them. lldb does not see them.
    Followed,
    /// As numbers.
    Numbers,
}

impl StoredPointers {
    fn of(debugger: Debugger) -> Self {
        match debugger {
            Debugger::Gdb => Self::Followed,
            Debugger::Lldb => Self::Numbers,
        }
    }
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

/// Where a memory's, table's, global's or tag's record is.
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
    /// A function of the host, as it was handed over to the instance.
    Provided {
        /// The import slot, which holds its address.
        slot: u64,
        /// Where the pointer is that it gets first.
        user: u64,
    },
    /// A function in C that the program is linked with.
    Object {
        /// Its symbol.
        symbol: String,
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
    /// By `TagIndex`.
    pub tags: Vec<Place>,
    /// By `ElemIndex`.
    pub elements: Vec<ElementPlan>,
    /// By `DataIndex`.
    pub data: Vec<DataPlan>,
    /// What the host provides.
    pub host_slots: Vec<HostSlot>,
    /// What host functions see of it.
    pub host_memory: HostMemory,
    /// Kept exports.
    pub exports: Vec<ExportPlan>,
    /// What a reactor of WASI that others are linked with wants to be called before all else.
    pub initializer: Option<FuncIndex>,
}

impl ModulePlan<'_> {
    /// The module that defines a function, and its index there.
    pub fn definition(&self, function: FuncIndex) -> (usize, FuncIndex) {
        match &self.functions[function.index()].target {
            FunctionTarget::Linked { definition, .. } => match definition.item {
                Item::Function(index) => (definition.module, index),
                _ => unreachable!("imports were matched by kind"),
            },
            _ => (self.index, function),
        }
    }
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
    /// Vector instructions.
    pub vectors: VectorPlan,
    /// The modules, in the order of their instantiation.
    pub modules: Vec<ModulePlan<'a>>,
    /// What is compiled together.
    pub units: Vec<CodegenUnit>,
    /// What becomes of its data.
    pub data: DataForm,
    /// How its functions call one another.
    pub convention: CallConvention,
    /// Which memory's base they hand to one another, if any.
    pub passed_base: Option<PassedBase>,
    /// Whether calls may end by an exception.
    pub unwinding: Unwinding,
    /// How far addresses may be widened.
    pub widening_room: WideningRoom,
    /// How the program begins.
    pub entry: EntryPlan,
    /// Its interface in C, if it is a library, or linked with functions in C.
    pub library: Option<LibraryPlan>,
    /// Whether memories are checked by comparison on request.
    pub explicit_checks: bool,
    /// What it may reach.
    pub grants: Grants,
    /// Size of the stack for Wasm.
    pub stack_bytes: u64,
    /// Whether other threads can end calls.
    pub interruption: Interruption,
    /// Whether executed instructions are counted.
    pub metering: Metering,
    /// What the report of a trap says.
    pub trap_info: TrapInfo,
    /// How code raises a trap.
    pub trap_call: TrapCall,
    /// Whether it records a profile, or is made by one.
    pub profile: Profile,
    /// What debuggers are told.
    pub debug: DebugOutput,
    /// What LLVM is told.
    pub hints: OptimizerHints,
    /// How debuggers follow variables.
    pub variables: VariableTracking,
    /// And pointers in the memory.
    pub stored_pointers: StoredPointers,
}

/// Plans a program. The inputs and the parsed modules are parallel.
pub fn plan<'a>(
    inputs: &[ModuleInput<'_>],
    parsed: Vec<ParsedModule<'a>>,
    options: &Options,
) -> Result<ProgramPlan<'a>> {
    let mut host = HostInterface::new(inputs, &parsed, options)?;
    let bindings = imports::resolve(inputs, &parsed, host.as_mut(), options)?;
    let entry = EntryRequest::choose(inputs, &parsed, options)?;
    let called = host.as_ref().map(|host| &host.exports);
    let exposure = exposure::compute(inputs, &parsed, &bindings, &entry, called, options);
    let convention = CallConvention::choose(&parsed, options)?;
    let unwinding = Unwinding::choose(&parsed, options)?;
    let argument_slots = convention.memory_slots(&parsed, InstanceModel::of(options));
    let mut modules: Vec<ModulePlan<'a>> = Vec::with_capacity(parsed.len());
    for (index, (parsed, imports)) in parsed.into_iter().zip(bindings).enumerate() {
        let name = inputs[index].name.clone();
        let module = plan_module(name, parsed, imports, &exposure, &modules, argument_slots, options);
        let is_linked = index + 1 < inputs.len() && options.entry != Entry::Script;
        let initializer = module.parsed.initializer().filter(|_| is_linked);
        modules.push(ModulePlan { initializer, ..module });
    }
    let entry = EntryPlan::new(&entry, &modules, options);
    let library = match host {
        Some(host) => Some(LibraryPlan::of_program(&modules, host)),
        None => LibraryPlan::new(&modules, unwinding, options)?,
    };
    let data = DataForm::choose(&modules, options)?;
    let debug = DebugOutput::choose(&modules, options);
    let trap_info = trap_plan::trap_info(options, data);
    Ok(ProgramPlan {
        target: options.target.clone(),
        optimization: options.optimization,
        emit: options.emit,
        vectors: VectorPlan::new(options),
        convention,
        passed_base: PassedBase::choose(convention, &modules, options),
        unwinding,
        widening_room: memory_plan::widening_room(InstanceModel::of(options)),
        units: partition::partition(&modules, options),
        data,
        modules,
        entry,
        library,
        explicit_checks: options.bounds_checks == BoundsChecks::Explicit,
        grants: options.grants.clone(),
        stack_bytes: options.stack_bytes(),
        interruption: Interruption::choose(options)?,
        metering: Metering::choose(options)?,
        trap_info,
        trap_call: TrapCall::choose(options, trap_info),
        profile: profile(options)?,
        debug,
        hints: OptimizerHints::of(options.optimization),
        variables: VariableTracking::of(options.optimization),
        stored_pointers: StoredPointers::of(options.debugger),
    })
}

/// Only executables end in a place where the runtime can write a profile.
fn profile(options: &Options) -> Result<Profile> {
    if matches!(options.profile, Profile::Generate { .. }) && options.emit != Emit::Executable {
        return Err(Error::Option("only executables record profiles: use --emit exe".into()));
    }
    Ok(options.profile.clone())
}

/// What the plans of a module's parts share.
struct ModuleContext<'m, 'a> {
    /// Position of the module in the program.
    index: usize,
    parsed: &'m ParsedModule<'a>,
    imports: &'m [ImportBinding],
    /// The modules before it, all planned.
    earlier: &'m [ModulePlan<'a>],
    exposed: &'m exposure::ModuleExposure,
    options: &'m Options,
    model: InstanceModel,
    layout: instance_layout::Allocator,
}

impl ModuleContext<'_, '_> {
    /// What an import is that is no function, if another module defines it: else the host of a
    /// library provides it.
    fn linked(&self, position: usize) -> Option<Definition> {
        match self.imports[position] {
            ImportBinding::Linked(definition) => Some(definition),
            _ => None,
        }
    }

    /// The place of an import of an item that is at `place` for its provider.
    fn imported_place(&mut self, place: Place, provider: usize, position: usize) -> Place {
        match (self.model, place) {
            (InstanceModel::Static, Place::Own(offset)) => Place::Other { module: provider, offset },
            (InstanceModel::Static, other) => other,
            (InstanceModel::Passed, _) => Place::Slot(self.layout.slot(position)),
        }
    }
}

fn plan_module<'a>(
    name: String,
    parsed: ParsedModule<'a>,
    imports: Vec<ImportBinding>,
    exposure: &exposure::Exposure,
    earlier: &[ModulePlan<'a>],
    argument_slots: u64,
    options: &Options,
) -> ModulePlan<'a> {
    let index = earlier.len();
    let mut cx = ModuleContext {
        index,
        parsed: &parsed,
        imports: &imports,
        earlier,
        exposed: &exposure.modules[index],
        options,
        model: InstanceModel::of(options),
        layout: instance_layout::Allocator::new(argument_slots),
    };
    let memories = memory_plan::plan(&mut cx);
    let globals = global_plan::plan(&mut cx);
    let (data, images) = data_init::plan(&mut cx, &memories, &globals);
    let (elements, table_images) = element_init::plan(&mut cx, &globals);
    let tables = table_plan::plan(&mut cx, table_images);
    let tags = exception_plan::plan_tags(&mut cx);
    let (host_slots, user) = library_plan::plan_slots(&mut cx, &memories, &tables, &globals);
    let functions = plan_functions(&mut cx, user);
    let host_memory = plan_host_memory(&mut cx, &memories);
    let exports = plan_exports(&cx);
    let (model, layout) = (cx.model, cx.layout.finish(&functions, images, cx.model));
    ModulePlan {
        index,
        name,
        model,
        layout,
        imports,
        functions,
        memories,
        tables,
        globals,
        tags,
        elements,
        data,
        host_slots,
        host_memory,
        exports,
        initializer: None,
        parsed,
    }
}

fn plan_functions(cx: &mut ModuleContext<'_, '_>, user: Option<u64>) -> Vec<FunctionPlan> {
    let functions = (0..cx.parsed.functions.len()).map(FuncIndex::from);
    functions.map(|function| plan_function(cx, function, user)).collect()
}

fn plan_function(cx: &mut ModuleContext<'_, '_>, function: FuncIndex, user: Option<u64>) -> FunctionPlan {
    let target = match cx.parsed.functions[function.index()].import {
        None => FunctionTarget::Defined,
        Some(position) => match &cx.imports[position] {
            ImportBinding::Linked(definition) => FunctionTarget::Linked {
                definition: *definition,
                slot: (cx.model == InstanceModel::Passed).then(|| cx.layout.slot(position)),
            },
            ImportBinding::Host { symbol } => FunctionTarget::Host { symbol },
            ImportBinding::Provided { .. } => FunctionTarget::Provided {
                slot: cx.layout.slot(position),
                user: user.expect("functions of the host come with a pointer"),
            },
            ImportBinding::Object { symbol } => FunctionTarget::Object { symbol: symbol.clone() },
            ImportBinding::Unknown => {
                let import = &cx.parsed.imports[position];
                FunctionTarget::Unknown { name: format!("{}.{}", import.module, import.name) }
            }
        },
    };
    FunctionPlan {
        symbol: symbols::function(cx.index, function, cx.parsed.function_names.get(&function).copied()),
        referenced: cx.exposed.referenced.contains(&function),
        target,
    }
}

fn plan_host_memory(cx: &mut ModuleContext<'_, '_>, memories: &[MemoryPlan]) -> HostMemory {
    let exported = match cx.parsed.export("memory") {
        Some(Item::Memory(index)) => memories.get(index.index()),
        _ => None,
    };
    match exported.or(memories.first()).map(|memory| memory.place) {
        None => HostMemory::None,
        Some(Place::Own(offset)) => HostMemory::Own(offset),
        Some(Place::Slot(slot)) => HostMemory::Slot { slot, target: None },
        Some(Place::Other { module, offset }) => {
            HostMemory::Slot { slot: cx.layout.record::<u64>(), target: Some((module, offset)) }
        }
    }
}

fn plan_exports(cx: &ModuleContext<'_, '_>) -> Vec<ExportPlan> {
    let plan = |&position: &usize| {
        let export = &cx.parsed.exports[position];
        ExportPlan {
            name: export.name.to_owned(),
            item: export.item,
            definition: imports::definition_of(cx.index, cx.parsed, cx.imports, export.item),
        }
    };
    cx.exposed.kept_exports.iter().map(plan).collect()
}
