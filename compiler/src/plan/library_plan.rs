//! The interface in C of a library, or of a program to functions that it is linked with: names, and
//! where members of the structure of imports are.

use super::c_names::{Identifiers, identifier};
use super::host_functions::{HostFunction, HostInterface};
use super::leaf::is_leaf;
use super::{ImportBinding, ModuleContext, ModulePlan, Unwinding};
use crate::error::{Error, Result};
use crate::frontend::ParsedModule;
use crate::frontend::module::Item;
use crate::frontend::types::FunctionType;
use crate::options::{BoundsChecks, Entry, LibraryOptions, Options};
use std::collections::BTreeMap;
use wasmwright_abi::instance::Reservation;
use wasmwright_abi::library::{
    FIRST_IMPORT_OFFSET, FUNCTIONS, HOST_FUNCTIONS, HostImportKind, INTERRUPTIBLE_FUNCTIONS, LibraryFunction,
    METERED_FUNCTIONS, THROWING_FUNCTIONS, USER_OFFSET,
};

/// The interface, which is that of the last module.
#[derive(Debug, Default)]
pub struct LibraryPlan {
    /// What stands for X in names.
    pub name: String,
    /// `DT_SONAME`.
    pub soname: String,
    /// The exports that hosts see.
    pub exports: Vec<LibraryExport>,
    /// Members of the structure of imports, in its order. A program has none.
    pub imports: Vec<LibraryImport>,
    /// Functions in C that a program is linked with. A library has none.
    pub host_functions: Vec<HostFunction>,
    /// Whether the runtime provides WASI.
    pub has_wasi: bool,
    /// Whether references in the modules may be to functions of other instances: the host can hand
    /// over tables, globals or values of references to functions.
    pub has_foreign_references: bool,
    /// Where that is so: the types of the functions that references of other instances may be to.
    pub referenced_types: Vec<FunctionType>,
    /// The functions that it has besides its own.
    pub functions: Vec<&'static LibraryFunction>,
}

/// An export under its name in C.
#[derive(Debug)]
pub struct LibraryExport {
    /// Position among the module's kept exports.
    pub position: usize,
    /// The symbol.
    pub symbol: String,
    /// Whether it is a function that can be called without the runtime: see [`super::leaf`].
    pub is_leaf: bool,
}

/// An import as a member of the structure of imports.
#[derive(Debug)]
pub struct LibraryImport {
    /// Position of the module in the program.
    pub module: usize,
    /// Position among its imports.
    pub position: usize,
    /// Name of the member.
    pub member: String,
    /// Offset of the member.
    pub offset: u64,
    /// Whether an import of an earlier module has that member, too.
    pub is_repeated: bool,
}

/// What instantiation takes from the structure of imports.
#[derive(Clone, Copy, Debug)]
pub struct HostSlot {
    /// Position of the import; none for the pointer that functions of the host get first.
    pub import: Option<usize>,
    /// Where it goes in the instance.
    pub slot: u64,
    /// What it is.
    pub kind: HostImportKind,
    /// See [`wasmwright_abi::library::HostImport`].
    pub detail: u32,
    /// Likewise.
    pub minimum: u64,
    /// Likewise.
    pub maximum: u64,
    /// Likewise.
    pub reservation: Reservation,
}

impl HostSlot {
    fn plain(import: Option<usize>, slot: u64, kind: HostImportKind, detail: u32) -> Self {
        Self { import, slot, kind, detail, minimum: 0, maximum: u64::MAX, reservation: Reservation::NONE }
    }
}

/// Whether a program has an interface in C.
pub(super) fn has_interface(options: &Options) -> bool {
    options.is_library() && options.entry != Entry::Script
}

impl LibraryPlan {
    pub(super) fn new(
        modules: &[ModulePlan<'_>],
        unwinding: Unwinding,
        options: &Options,
    ) -> Result<Option<Self>> {
        let Some(main) = modules.last().filter(|_| has_interface(options)) else { return Ok(None) };
        let LibraryOptions { name, soname, no_signals, .. } = &options.library;
        if *no_signals && options.bounds_checks != BoundsChecks::Explicit {
            return Err(Error::Option(
                "memories with guard pages need a handler of signals: add --bounds-checks=explicit to \
                 --no-signals"
                    .into(),
            ));
        }
        let name = library_name(name.as_deref().unwrap_or(&main.name))?;
        let soname = soname.clone().unwrap_or_else(|| format!("lib{name}.so"));
        let host = |binding: &ImportBinding| matches!(binding, ImportBinding::Host { .. });
        let has_wasi = modules.iter().any(|module| module.imports.iter().any(host));
        // A leaf asks neither for interruptions nor for fuel.
        let may_be_leaves = !options.library.interruptible && options.fuel.is_none();
        let exports = exports(main, &name, may_be_leaves);
        let functions = functions(unwinding, options);
        let has_foreign_references = modules.iter().any(takes_functions_from_host)
            || exports.iter().any(|export| concerns_functions(main, main.exports[export.position].item));
        Ok(Some(Self {
            imports: imports(modules),
            exports,
            name,
            soname,
            has_wasi,
            referenced_types: if has_foreign_references { referenced_types(modules) } else { Vec::new() },
            has_foreign_references,
            functions,
            ..Self::default()
        }))
    }

    /// What functions in C use of a program.
    pub(super) fn of_program(modules: &[ModulePlan<'_>], host: HostInterface) -> Self {
        let name = host.name.clone();
        let uses = |function: &&LibraryFunction| host.uses(&common_symbol(&name, function));
        let functions = HOST_FUNCTIONS.iter().filter(uses).collect();
        let mut exports = modules.last().map(|main| exports(main, &name, false)).unwrap_or_default();
        exports.retain(|export| host.uses(&export.symbol));
        Self { name, exports, host_functions: host.into_functions(), functions, ..Self::default() }
    }

    /// The symbol of a function that it has besides its own.
    pub fn symbol(&self, function: &LibraryFunction) -> String {
        common_symbol(&self.name, function)
    }

    /// All that the library shows to others.
    pub fn symbols(&self) -> Vec<String> {
        let common = self.functions.iter().map(|function| self.symbol(function));
        common.chain(self.exports.iter().map(|export| export.symbol.clone())).collect()
    }
}

fn common_symbol(name: &str, function: &LibraryFunction) -> String {
    format!("wasmwright_{name}_{}", function.name)
}

/// Those of all functions that a library may have besides its own: the same whatever the options.
pub(super) fn common_symbols(name: &str) -> impl Iterator<Item = String> {
    let functions =
        [FUNCTIONS, HOST_FUNCTIONS, THROWING_FUNCTIONS, INTERRUPTIBLE_FUNCTIONS, METERED_FUNCTIONS];
    functions.into_iter().flatten().map(move |function| common_symbol(name, function))
}

/// The types of all functions that have references.
fn referenced_types(modules: &[ModulePlan<'_>]) -> Vec<FunctionType> {
    let types = modules.iter().flat_map(|module| {
        module.layout.referenced.iter().map(|&function| module.parsed.function_type(function))
    });
    let distinct: BTreeMap<String, &FunctionType> = types.map(|ty| (ty.identity().hex(), ty)).collect();
    distinct.into_values().cloned().collect()
}

fn takes_functions_from_host(module: &ModulePlan<'_>) -> bool {
    let imports = module.imports.iter().zip(&module.parsed.imports);
    let mut provided = imports.filter(|(binding, _)| matches!(binding, ImportBinding::Provided { .. }));
    provided.any(|(_, import)| concerns_functions(module, import.item))
}

/// Whether references to functions pass through an item, as elements, value, arguments or results.
fn concerns_functions(module: &ModulePlan<'_>, item: Item) -> bool {
    let parsed = &module.parsed;
    match item {
        Item::Function(index) => {
            let ty = parsed.function_type(index);
            ty.parameters.iter().chain(&ty.results).any(|ty| ty.is_function_reference())
        }
        Item::Table(index) => parsed.tables[index.index()].element.is_to_functions(),
        Item::Global(index) => parsed.globals[index.index()].ty.is_function_reference(),
        Item::Tag(index) => parsed.tag_type(index).parameters.iter().any(|ty| ty.is_function_reference()),
        Item::Memory(_) => false,
    }
}

fn functions(unwinding: Unwinding, options: &Options) -> Vec<&'static LibraryFunction> {
    let throwing = if unwinding == Unwinding::Tables { THROWING_FUNCTIONS } else { &[] };
    let interruptible = if options.library.interruptible { INTERRUPTIBLE_FUNCTIONS } else { &[] };
    let metered = if options.fuel.is_some() { METERED_FUNCTIONS } else { &[] };
    [FUNCTIONS, HOST_FUNCTIONS, throwing, interruptible, metered].into_iter().flatten().collect()
}

/// The name that the user gave, or the one of the output without what names of libraries begin with.
pub(super) fn library_name(given: &str) -> Result<String> {
    /// Names with these would meet those of the runtime, or of declarations that libraries share.
    const RESERVED: [&str; 13] = [
        "wasmwright",
        "library",
        "memory",
        "table",
        "tag",
        "exception",
        "wasi",
        "limits",
        "trap",
        "error",
        "v128",
        "reference",
        "thread",
    ];
    let name = identifier(given);
    let reserved = |word: &str| name == word || name.starts_with(&format!("{word}_"));
    match RESERVED.into_iter().find(|word| reserved(word)) {
        Some(word) => Err(Error::Option(format!(
            "a library cannot be called `{name}`, for `{word}` is wasmwright's own: name another with --prefix"
        ))),
        None => Ok(name),
    }
}

/// The exports that stay, under the names that they have among all of the module's.
fn exports(main: &ModulePlan<'_>, name: &str, may_be_leaves: bool) -> Vec<LibraryExport> {
    let kept = |export: &str| main.exports.iter().position(|kept| kept.name == export);
    let symbols = export_symbols(&main.parsed, name).into_iter();
    let export = |(position, symbol): (usize, String)| {
        let export = &main.parsed.exports[position];
        let is_leaf = match export.item {
            Item::Function(function) => may_be_leaves && is_leaf(&main.parsed, function),
            _ => false,
        };
        Some(LibraryExport { position: kept(export.name)?, symbol, is_leaf })
    };
    symbols.filter_map(export).collect()
}

/// Names in C of a module's exports, with their positions.
pub(super) fn export_symbols(main: &ParsedModule<'_>, name: &str) -> Vec<(usize, String)> {
    let mut names = Identifiers::except(common_symbols(name));
    let visible = main.exports.iter().enumerate().filter(|(_, export)| match export.item {
        Item::Function(function) => {
            !is_initializer(export.name, main.function_type(function).is_like(&Default::default()))
        }
        _ => true,
    });
    visible.map(|(position, export)| (position, names.take(&format!("{name}_{}", export.name)))).collect()
}

/// Whether instantiation calls an export: what reactors of WASI want to be called first.
pub fn is_initializer(name: &str, is_plain: bool) -> bool {
    name == "_initialize" && is_plain
}

fn imports(modules: &[ModulePlan<'_>]) -> Vec<LibraryImport> {
    let mut names = Identifiers::except(["user", "wasi", "limits"].map(str::to_owned));
    let mut offset = FIRST_IMPORT_OFFSET;
    let mut imports: Vec<LibraryImport> = Vec::new();
    for module in modules {
        for host in &module.host_slots {
            let Some(position) = host.import else { continue };
            let import = &module.parsed.imports[position];
            let origin = match module.imports[position] {
                ImportBinding::Provided { origin } => origin,
                _ => None,
            };
            let is_same = |other: &&LibraryImport| {
                origin.map_or_else(
                    || are_same(&modules[other.module], other.position, module, position),
                    |origin| origin == (other.module, other.position),
                )
            };
            if let Some(same) = imports.iter().find(is_same) {
                let (member, offset) = (same.member.clone(), same.offset);
                imports.push(LibraryImport {
                    module: module.index,
                    position,
                    member,
                    offset,
                    is_repeated: true,
                });
                continue;
            }
            let (size, align) = member_layout(host);
            let place = offset.next_multiple_of(align);
            offset = place + size;
            let member = names.take(&format!("{}_{}", import.module, import.name));
            let module = module.index;
            imports.push(LibraryImport { module, position, member, offset: place, is_repeated: false });
        }
    }
    imports
}

/// Whether the imports of two modules are one for the host: of one name and, in C, one type.
fn are_same(one: &ModulePlan<'_>, position: usize, other: &ModulePlan<'_>, other_position: usize) -> bool {
    let (first, second) = (&one.parsed.imports[position], &other.parsed.imports[other_position]);
    (first.module, first.name) == (second.module, second.name)
        && match (first.item, second.item) {
            (Item::Function(first), Item::Function(second)) => {
                one.parsed.function_type(first).is_like(other.parsed.function_type(second))
            }
            (Item::Global(first), Item::Global(second)) => {
                let (first, second) =
                    (&one.parsed.globals[first.index()], &other.parsed.globals[second.index()]);
                (first.ty, first.mutable) == (second.ty, second.mutable)
            }
            (Item::Memory(_), Item::Memory(_)) | (Item::Table(_), Item::Table(_)) => true,
            (Item::Tag(first), Item::Tag(second)) => {
                one.parsed.tag_type(first) == other.parsed.tag_type(second)
            }
            _ => false,
        }
}

/// Size and alignment of a member in C.
fn member_layout(host: &HostSlot) -> (u64, u64) {
    match host.kind {
        HostImportKind::GlobalValue => (host.detail.into(), u64::from(host.detail).min(8)),
        _ => (8, 8),
    }
}

/// Makes room for the imports of a module that the host provides.
pub(super) fn plan_slots(
    cx: &mut ModuleContext<'_, '_>,
    memories: &[super::MemoryPlan],
    tables: &[super::TablePlan],
    globals: &[super::GlobalPlan],
) -> (Vec<HostSlot>, Option<u64>) {
    let (mut slots, mut user) = (Vec::new(), None);
    for position in 0..cx.imports.len() {
        if !matches!(cx.imports[position], ImportBinding::Provided { .. }) {
            continue;
        }
        let import = Some(position);
        let item = cx.parsed.imports[position].item;
        slots.push(match item {
            Item::Function(_) => {
                user.get_or_insert_with(|| cx.layout.record::<u64>());
                HostSlot::plain(import, cx.layout.slot(position), HostImportKind::Function, 0)
            }
            Item::Memory(index) => {
                let ty = &cx.parsed.memories[index.index()].ty;
                memories[index.index()].host_slot(ty, position, cx.layout.slot(position))
            }
            Item::Table(index) => HostSlot {
                minimum: cx.parsed.tables[index.index()].ty.initial,
                maximum: tables[index.index()].maximum,
                ..HostSlot::plain(
                    import,
                    cx.layout.slot(position),
                    HostImportKind::Table,
                    cx.parsed.tables[index.index()].element.is_to_functions().into(),
                )
            },
            Item::Global(index) => match globals[index.index()].place {
                super::Place::Own(offset) => {
                    let bytes = globals[index.index()].ty.stored_bytes() as u32;
                    HostSlot::plain(import, offset, HostImportKind::GlobalValue, bytes)
                }
                _ => {
                    let is_to_functions = globals[index.index()].ty.is_function_reference().into();
                    let slot = cx.layout.slot(position);
                    HostSlot::plain(import, slot, HostImportKind::GlobalAddress, is_to_functions)
                }
            },
            Item::Tag(_) => HostSlot::plain(import, cx.layout.slot(position), HostImportKind::Tag, 0),
        });
    }
    slots.extend(user.map(|slot| HostSlot::plain(None, slot, HostImportKind::GlobalValue, 8)));
    (slots, user)
}

impl super::MemoryPlan {
    fn host_slot(&self, ty: &wasmparser::MemoryType, position: usize, slot: u64) -> HostSlot {
        let kind = match self.strategy {
            wasmwright_abi::instance::BoundsStrategy::GuardPages => HostImportKind::GuardedMemory,
            wasmwright_abi::instance::BoundsStrategy::Explicit => HostImportKind::ExplicitMemory,
        };
        HostSlot {
            minimum: super::pages_to_bytes(ty.initial, self.page_size_log2),
            maximum: self.maximum_bytes,
            reservation: self.reservation,
            ..HostSlot::plain(Some(position), slot, kind, self.page_size_log2)
        }
    }
}

/// Offset of what a slot takes in the structure of imports.
pub fn member_offset(library: &LibraryPlan, module: &ModulePlan<'_>, host: &HostSlot) -> u64 {
    let Some(position) = host.import else { return USER_OFFSET };
    let is_it = |import: &&LibraryImport| import.module == module.index && import.position == position;
    library.imports.iter().find(is_it).map_or(USER_OFFSET, |import| import.offset)
}
