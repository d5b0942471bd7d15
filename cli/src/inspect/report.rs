//! What `inspect` tells. With `--json` exactly these fields; they are only ever added to.

use serde::Serialize;

/// All that is known of a module.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// Size of the binary form.
    pub size_bytes: u64,
    /// Why the module cannot be compiled yet, if it cannot. Missing imports are no reason.
    pub refusal: Option<String>,
    /// Imports in the order of the module.
    pub imports: Vec<Import>,
    /// Exports in the order of the module.
    pub exports: Vec<Export>,
    /// Functions, in numbers.
    pub functions: Functions,
    /// Memories, imported ones first.
    pub memories: Vec<Item>,
    /// Tables, imported ones first.
    pub tables: Vec<Item>,
    /// Globals, imported ones first.
    pub globals: Vec<Item>,
    /// The start function's index.
    pub start: Option<u32>,
    /// Features beyond WebAssembly 1.0 that the module uses.
    pub features: Vec<Feature>,
    /// Sections in the order of the module.
    pub sections: Vec<Section>,
    /// Custom sections in the order of the module.
    pub custom_sections: Vec<Custom>,
    /// Which tools made it, from the custom section that says so.
    pub producers: Vec<Producer>,
}

/// An import.
#[derive(Debug, Serialize)]
pub struct Import {
    /// Name of the module that is to provide it.
    pub module: String,
    /// Its name there.
    pub name: String,
    /// `function`, `table`, `memory`, `global` or `tag`.
    pub kind: &'static str,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: String,
    /// Whether the runtime provides it, with this type.
    pub provided: bool,
}

/// An export.
#[derive(Debug, Serialize)]
pub struct Export {
    /// Its name.
    pub name: String,
    /// `function`, `table`, `memory`, `global` or `tag`.
    pub kind: &'static str,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: String,
}

/// Functions, in numbers.
#[derive(Debug, Default, Serialize)]
pub struct Functions {
    /// How many are imported.
    pub imported: u32,
    /// How many the module defines.
    pub defined: u32,
    /// Size of the code section.
    pub code_bytes: u64,
}

/// A memory, table or global.
#[derive(Debug, Serialize)]
pub struct Item {
    /// Whether it is imported.
    pub imported: bool,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: String,
}

impl Item {
    /// One that the module defines.
    pub fn defined(ty: String) -> Self {
        Self { imported: false, ty }
    }

    /// One that it imports.
    pub fn imported(ty: String) -> Self {
        Self { imported: true, ty }
    }
}

/// A feature that the module uses.
#[derive(Debug, Serialize)]
pub struct Feature {
    /// Its name.
    pub name: String,
    /// Whether it is compiled.
    pub compiled: bool,
    /// Where it is used first, if that is one place.
    pub offset: Option<u64>,
    /// The function that uses it first, if one does.
    pub function: Option<u32>,
}

/// A section.
#[derive(Debug, Serialize)]
pub struct Section {
    /// The specification's name of it.
    pub name: &'static str,
    /// Where its content begins.
    pub offset: u64,
    /// Size of its content.
    pub size_bytes: u64,
    /// How many entries it has.
    pub entries: u32,
}

/// A custom section.
#[derive(Debug, Serialize)]
pub struct Custom {
    /// Its name.
    pub name: String,
    /// Size of its content.
    pub size_bytes: u64,
}

/// A tool, language or kit.
#[derive(Debug, Serialize)]
pub struct Producer {
    /// What it was: `language`, `processed-by` or `sdk`.
    pub field: String,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}
