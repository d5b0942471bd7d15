//! Which item each import is: another module's, the runtime's, or nobody's.

use super::host_functions::HostInterface;
use super::library_plan::has_interface;
use crate::error::{Error, Result};
use crate::frontend::ParsedModule;
use crate::frontend::module::{Import, Item, Table};
use crate::frontend::types::{FunctionType, ValueType};
use crate::options::{Options, UnknownImports};
use crate::program::ModuleInput;
use wasmparser::MemoryType;
use wasmwright_abi::wasi::{self, WasiFunction, WasiType};

/// An item in the module that defines it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Definition {
    /// Position of the module in the program.
    pub module: usize,
    /// The item, in that module's index space.
    pub item: Item,
}

/// What an import turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportBinding {
    /// An item that another module of the program defines.
    Linked(Definition),
    /// A function of the runtime.
    Host {
        /// Its symbol.
        symbol: &'static str,
    },
    /// An item that the host of a library provides.
    Provided {
        /// Module and position of the import that this one is, of an earlier module that exports it
        /// again.
        origin: Option<(usize, usize)>,
    },
    /// A function in C that the program is linked with.
    Object {
        /// Its symbol.
        symbol: String,
    },
    /// A function that nobody provides, to trap when it is called.
    Unknown,
}

/// Where an item of a module is defined; nothing for functions of the host.
pub fn definition_of(
    module: usize,
    parsed: &ParsedModule<'_>,
    bindings: &[ImportBinding],
    item: Item,
) -> Option<Definition> {
    match import_of(parsed, item) {
        None => Some(Definition { module, item }),
        Some(position) => match bindings[position] {
            ImportBinding::Linked(definition) => Some(definition),
            _ => None,
        },
    }
}

/// The position of the import that an item is.
fn import_of(parsed: &ParsedModule<'_>, item: Item) -> Option<usize> {
    match item {
        Item::Function(index) => parsed.functions[index.index()].import,
        Item::Table(index) => parsed.tables[index.index()].import,
        Item::Memory(index) => parsed.memories[index.index()].import,
        Item::Global(index) => parsed.globals[index.index()].import,
        Item::Tag(index) => parsed.tags[index.index()].import,
    }
}

/// Resolves the imports of all modules. Lists every import that nobody provides in one error.
pub fn resolve(
    inputs: &[ModuleInput<'_>],
    parsed: &[ParsedModule<'_>],
    mut host: Option<&mut HostInterface>,
    options: &Options,
) -> Result<Vec<Vec<ImportBinding>>> {
    let mut resolved: Vec<Vec<ImportBinding>> = Vec::with_capacity(parsed.len());
    let mut missing = Vec::new();
    for (index, module) in parsed.iter().enumerate() {
        let mut bindings = Vec::with_capacity(module.imports.len());
        for import in &module.imports {
            let in_module = |error: Error| match parsed.len() {
                1 => error,
                _ => error.in_module(&inputs[index].name),
            };
            let provider = inputs[index].links.get(import.module);
            let binding = match provider {
                Some(&provider) if provider < index => {
                    resolve_linked(import, module, provider, parsed, &resolved).map_err(in_module)?
                }
                Some(_) => {
                    return Err(Error::Option(format!("module `{}` must precede its users", import.module)));
                }
                None => resolve_host(import, module, options).map_err(in_module)?,
            };
            let callable = matches!(import.item, Item::Function(_));
            let mut declaration = None;
            let binding = match (binding, import.item, host.as_deref_mut()) {
                (None, Item::Function(function), Some(host)) if provider.is_none() => {
                    let (function, is_defined) = host.bind(import, module.function_type(function))?;
                    declaration = Some(function.declaration(&host.name));
                    is_defined.then_some(ImportBinding::Object { symbol: function.symbol })
                }
                (binding, ..) => binding,
            };
            bindings.push(match binding {
                Some(binding) => binding,
                None if callable && provider.is_none() && options.unknown_imports == UnknownImports::Trap => {
                    ImportBinding::Unknown
                }
                None => {
                    let of = match parsed.len() {
                        1 => String::new(),
                        _ => format!(" of module `{}`", inputs[index].name),
                    };
                    let why = provider.map_or("", |_| ", which the module linked as that does not export");
                    let kind = import.item.kind_name();
                    let how = declaration.map(|declaration| format!(" (in C `{declaration}`)"));
                    let how = how.unwrap_or_default();
                    missing.push(format!("{kind} `{}.{}`{of}{why}{how}", import.module, import.name));
                    ImportBinding::Unknown
                }
            });
        }
        resolved.push(bindings);
    }
    if missing.is_empty() { Ok(resolved) } else { Err(Error::UnknownImports(missing)) }
}

fn resolve_host(
    import: &Import<'_>,
    module: &ParsedModule<'_>,
    options: &Options,
) -> Result<Option<ImportBinding>> {
    let provided = has_interface(options).then_some(ImportBinding::Provided { origin: None });
    let Item::Function(function) = import.item else { return Ok(provided) };
    let found = wasi::find(import.module, import.name);
    let Some((wasi, symbol)) = found.filter(|_| !options.library.wasi_from_host) else {
        return Ok(provided);
    };
    let ty = module.function_type(function);
    if !ty.is_like(&wasi_type(wasi)) {
        return Err(incompatible(import, "its type is not the one that WASI states"));
    }
    Ok(Some(ImportBinding::Host { symbol }))
}

fn wasi_type(function: &WasiFunction) -> FunctionType {
    let value_type = |ty: &WasiType| match ty {
        WasiType::I32 => ValueType::I32,
        WasiType::I64 => ValueType::I64,
    };
    FunctionType::plain(
        function.parameters.iter().map(value_type).collect(),
        function.returns_errno.then_some(ValueType::I32).into_iter().collect(),
    )
}

fn resolve_linked(
    import: &Import<'_>,
    module: &ParsedModule<'_>,
    provider: usize,
    parsed: &[ParsedModule<'_>],
    resolved: &[Vec<ImportBinding>],
) -> Result<Option<ImportBinding>> {
    let Some(item) = parsed[provider].export(import.name) else { return Ok(None) };
    check_type(import, module, &parsed[provider], item)?;
    Ok(Some(match definition_of(provider, &parsed[provider], &resolved[provider], item) {
        Some(definition) => ImportBinding::Linked(definition),
        None => reexported(provider, &parsed[provider], &resolved[provider], item),
    }))
}

/// The binding of what a module imports from the host and exports again.
fn reexported(
    index: usize,
    provider: &ParsedModule<'_>,
    bindings: &[ImportBinding],
    item: Item,
) -> ImportBinding {
    let Some(position) = import_of(provider, item) else { return ImportBinding::Unknown };
    match &bindings[position] {
        ImportBinding::Provided { origin } => {
            ImportBinding::Provided { origin: origin.or(Some((index, position))) }
        }
        other => other.clone(),
    }
}

/// Import matching of the specification, but for current sizes: those are only known when the
/// module is instantiated, and are checked then.
fn check_type(
    import: &Import<'_>,
    module: &ParsedModule<'_>,
    provider: &ParsedModule<'_>,
    item: Item,
) -> Result<()> {
    let fits = match (import.item, item) {
        (Item::Function(wanted), Item::Function(given)) => {
            module.function_type(wanted) == provider.function_type(given)
        }
        (Item::Table(wanted), Item::Table(given)) => {
            tables_fit(&module.tables[wanted.index()], &provider.tables[given.index()])
        }
        (Item::Memory(wanted), Item::Memory(given)) => {
            memories_fit(&module.memories[wanted.index()].ty, &provider.memories[given.index()].ty)
        }
        (Item::Global(wanted), Item::Global(given)) => {
            let (wanted, given) = (&module.globals[wanted.index()], &provider.globals[given.index()]);
            let fits = if given.mutable { wanted.ty == given.ty } else { given.ty.is_subtype_of(wanted.ty) };
            fits && wanted.mutable == given.mutable
        }
        (Item::Tag(wanted), Item::Tag(given)) => module.tag_type(wanted) == provider.tag_type(given),
        _ => false,
    };
    if fits {
        return Ok(());
    }
    Err(incompatible(import, &format!("a {} of another type is exported under that name", item.kind_name())))
}

fn tables_fit(wanted: &Table, given: &Table) -> bool {
    wanted.element == given.element
        && wanted.ty.table64 == given.ty.table64
        && maximum_fits(wanted.ty.maximum, given.ty.maximum)
}

fn memories_fit(wanted: &MemoryType, given: &MemoryType) -> bool {
    wanted.memory64 == given.memory64
        && wanted.shared == given.shared
        && wanted.page_size_log2.unwrap_or(16) == given.page_size_log2.unwrap_or(16)
        && maximum_fits(wanted.maximum, given.maximum)
}

fn maximum_fits(wanted: Option<u64>, given: Option<u64>) -> bool {
    wanted.is_none_or(|wanted| given.is_some_and(|given| given <= wanted))
}

fn incompatible(import: &Import<'_>, why: &str) -> Error {
    Error::IncompatibleImport(format!(
        "{} `{}.{}` (import at offset {:#x}): {why}",
        import.item.kind_name(),
        import.module,
        import.name,
        import.offset
    ))
}
