//! The input of a compilation: one module, or several that are linked with one another.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A module of the program.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ModuleInput<'a> {
    /// For messages and symbols: the file's stem, usually.
    pub name: String,
    /// Binary or text format.
    pub bytes: Cow<'a, [u8]>,
    /// The file with its debug information, where that is not in the module: a module with DWARF, or
    /// a source map.
    pub debug_file: Option<Cow<'a, [u8]>>,
    /// For each module name in this module's imports: the index of the earlier module of the
    /// program that provides them. Names that are not here are the host's (WASI).
    pub links: BTreeMap<String, usize>,
    /// Which exports somebody outside the program uses.
    pub exports: KeptExports,
}

impl<'a> ModuleInput<'a> {
    /// A module that is a program by itself.
    pub fn new(name: impl Into<String>, bytes: impl Into<Cow<'a, [u8]>>) -> Self {
        Self {
            name: name.into(),
            bytes: bytes.into(),
            debug_file: None,
            links: BTreeMap::new(),
            exports: KeptExports::default(),
        }
    }
}

/// Exports that stay reachable from outside; all else is closed-world knowledge.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeptExports {
    /// Those that the output's kind needs: the entry of an executable, all of a library.
    #[default]
    ByEmit,
    /// All of them.
    All,
    /// These.
    Named(std::collections::BTreeSet<String>),
}
