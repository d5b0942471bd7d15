//! Functions in C that a program is linked with: their symbols, and what of the program they use.
//!
//! Invariant: names hang on the module alone, so that the header, made first, and the program agree.

use super::c_names::Identifiers;
use super::c_types;
use super::library_plan::{common_symbols, export_symbols, library_name};
use crate::error::{Error, Result};
use crate::frontend::ParsedModule;
use crate::frontend::module::Import;
use crate::frontend::types::FunctionType;
use crate::host_objects::HostSymbols;
use crate::options::{Emit, Options};
use crate::program::ModuleInput;
use std::collections::BTreeSet;

/// The edge between a program and functions in C.
pub(super) struct HostInterface {
    /// What stands for X in names.
    pub name: String,
    /// Positions of the main module's exports that these functions may call.
    pub exports: BTreeSet<usize>,
    objects: HostSymbols,
    /// Whether everything is declared, and nothing linked.
    is_header: bool,
    symbols: Identifiers,
    known: Vec<HostFunction>,
}

/// A function that a program imports from C.
#[derive(Clone, Debug)]
pub struct HostFunction {
    /// Its symbol.
    pub symbol: String,
    /// Module and name of the import.
    pub import: (String, String),
    /// Its type.
    pub ty: FunctionType,
}

impl HostInterface {
    /// That of a program which is linked with objects, or whose header is wanted; else none.
    pub fn new(
        inputs: &[ModuleInput<'_>],
        parsed: &[ParsedModule<'_>],
        options: &Options,
    ) -> Result<Option<Self>> {
        let (Some(main), Some(input)) = (parsed.last(), inputs.last()) else { return Ok(None) };
        let is_header = options.emit == Emit::Header;
        if options.host_objects.is_empty() && !is_header {
            return Ok(None);
        }
        if matches!(options.emit, Emit::Shared | Emit::Static | Emit::Object) {
            return Err(Error::Option(
                "objects are linked with programs (--emit exe): a library gets its functions when an instance \
                 is made, and the object of a program is linked by whoever has the rest"
                    .into(),
            ));
        }
        let name = library_name(options.library.name.as_deref().unwrap_or(&input.name))?;
        let objects = HostSymbols::read(&options.host_objects, &options.target)?;
        let exports = export_symbols(main, &name);
        let is_used = |symbol: &str| is_header || objects.need(symbol);
        let used = exports.iter().filter(|(_, symbol)| is_used(symbol)).map(|(position, _)| *position);
        let used = used.collect();
        let symbols =
            Identifiers::except(common_symbols(&name).chain(exports.into_iter().map(|(_, symbol)| symbol)));
        Ok(Some(Self { name, exports: used, objects, is_header, symbols, known: Vec::new() }))
    }

    /// The function in C that an import is, and whether anything defines it.
    pub fn bind(&mut self, import: &Import<'_>, ty: &FunctionType) -> Result<(HostFunction, bool)> {
        let is_it = |known: &&HostFunction| {
            (known.import.0.as_str(), known.import.1.as_str()) == (import.module, import.name)
                && known.ty.is_like(ty)
        };
        let function = match self.known.iter().find(is_it) {
            Some(known) => known.clone(),
            None => {
                let text = format!("{}_import_{}_{}", self.name, import.module, import.name);
                let symbol = self.symbols.take(&text);
                let import = (import.module.to_owned(), import.name.to_owned());
                let function = HostFunction { symbol, import, ty: ty.clone() };
                self.known.push(function.clone());
                function
            }
        };
        let is_defined = self.is_header || self.objects.define(&function.symbol)?;
        Ok((function, is_defined))
    }

    /// Whether code in C may refer to a symbol of the program.
    pub fn uses(&self, symbol: &str) -> bool {
        self.is_header || self.objects.need(symbol)
    }

    /// The functions that were bound, in the order of the imports.
    pub fn into_functions(self) -> Vec<HostFunction> {
        self.known
    }
}

impl HostFunction {
    /// How it is to be defined.
    pub fn declaration(&self, library: &str) -> String {
        c_types::host_function(&self.symbol, library, &self.ty)
    }
}
