//! How the program begins.

use super::ModulePlan;
use crate::error::{Error, Result};
use crate::frontend::ParsedModule;
use crate::frontend::module::Item;
use crate::options::{Entry, Options};
use crate::program::ModuleInput;
use crate::target::CpuNeeds;
use wasmwright_abi::program::EntryKind;

/// The entry by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryRequest {
    /// How the export is called.
    pub kind: EntryKind,
    /// The module: the last one.
    pub module: usize,
    /// The export.
    pub export: Option<String>,
    /// Whether `_initialize` is called before it.
    pub initialize: bool,
}

impl EntryRequest {
    /// Chooses the entry of the program's last module.
    pub fn choose(
        inputs: &[ModuleInput<'_>],
        parsed: &[ParsedModule<'_>],
        options: &Options,
    ) -> Result<Self> {
        let module =
            parsed.len().checked_sub(1).ok_or_else(|| Error::internal("a program without modules"))?;
        let main = &parsed[module];
        let exports = |name| matches!(main.export(name), Some(Item::Function(_)));
        let initialize = exports("_initialize");
        let (kind, export) = match &options.entry {
            Entry::Script => (EntryKind::Script, None),
            Entry::Invoke(_) if options.is_library() => {
                return Err(Error::Option("--invoke is for executables: a library has all exports".into()));
            }
            _ if options.is_library() => {
                let plain = main.export("_initialize").is_some_and(|item| match item {
                    Item::Function(function) => main.function_type(function).is_like(&Default::default()),
                    _ => false,
                });
                (EntryKind::None, plain.then(|| "_initialize".to_owned()))
            }
            Entry::Invoke(name) if exports(name) => (EntryKind::Invoke, Some(name.clone())),
            Entry::Invoke(name) => return Err(unknown_export(name, &inputs[module].name, main)),
            Entry::Default if exports("_start") => {
                check_command(main)?;
                (EntryKind::Command, Some("_start".to_owned()))
            }
            Entry::Default if initialize => (EntryKind::Command, Some("_initialize".to_owned())),
            Entry::Default => (EntryKind::None, None),
        };
        Ok(Self { kind, module, export, initialize })
    }
}

fn check_command(main: &ParsedModule<'_>) -> Result<()> {
    let Some(Item::Function(start)) = main.export("_start") else { return Ok(()) };
    if main.function_type(start).is_like(&Default::default()) {
        return Ok(());
    }
    Err(Error::Option(
        "the export `_start` takes parameters or returns results; name an entry with --invoke".into(),
    ))
}

fn unknown_export(name: &str, module: &str, parsed: &ParsedModule<'_>) -> Error {
    let functions = parsed.exports.iter().filter(|export| matches!(export.item, Item::Function(_)));
    let names = functions.map(|export| format!("`{}`", export.name)).collect::<Vec<_>>().join(", ");
    let known =
        if names.is_empty() { "it exports no function".into() } else { format!("it exports {names}") };
    Error::Option(format!("module `{module}` exports no function `{name}`: {known}"))
}

/// The entry by positions.
#[derive(Clone, Debug)]
pub struct EntryPlan {
    /// How the export is called.
    pub kind: EntryKind,
    /// Position of its module.
    pub module: u32,
    /// Position among that module's kept exports.
    pub export: u32,
    /// What the code needs of the processor.
    pub cpu: CpuNeeds,
}

impl EntryPlan {
    /// Finds the entry among the kept exports.
    pub fn new(request: &EntryRequest, modules: &[ModulePlan<'_>], options: &Options) -> Self {
        let position = request
            .export
            .as_ref()
            .and_then(|name| modules[request.module].exports.iter().position(|export| export.name == *name));
        Self {
            kind: request.kind,
            module: request.module as u32,
            export: position.map_or(u32::MAX, |position| position as u32),
            cpu: options.target.cpu_needs(),
        }
    }
}
