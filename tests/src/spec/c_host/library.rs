//! A module of a script → a shared library with its header, and which declaration of the header is
//! which import and export of the module.

use super::header::{Declaration, Header, Kind};
use std::path::Path;
use wasmwright_compiler::frontend::ParsedModule;
use wasmwright_compiler::frontend::module::Item;
use wasmwright_compiler::options::LibraryOptions;
use wasmwright_compiler::{Compiler, Options};

/// A library that was compiled.
pub struct Library {
    /// What names of its interface begin with.
    pub name: String,
    /// Its exports: name in the module, declaration.
    pub exports: Vec<(String, Declaration)>,
    /// Its imports: module, name, declaration of the member.
    pub imports: Vec<(String, String, Declaration)>,
    /// Whether exceptions can go on in its instances, and be asked for.
    pub has_exceptions: bool,
}

impl Library {
    /// Compiles a module into `folder`: `libNAME.so` and `NAME.h`.
    pub fn compile(name: String, module: &[u8], options: Options, folder: &Path) -> Result<Self, String> {
        let library = LibraryOptions {
            name: Some(name.clone()),
            soname: Some(format!("lib{name}.so")),
            ..options.library
        };
        let compiler = Compiler::new(Options { library, ..options });
        let artifact = compiler.compile(&name, module).map_err(|error| error.to_string())?;
        let text = artifact.header().ok_or("a library without a header")?;
        std::fs::write(folder.join(format!("{name}.h")), text).map_err(|error| error.to_string())?;
        artifact.write(&folder.join(format!("lib{name}.so"))).map_err(|error| error.to_string())?;
        let has_exceptions = text.contains(&format!("wasmwright_{name}_throw("));
        let header = Header::read(text)?;
        let binary = wat::parse_bytes(module).map_err(|error| error.to_string())?;
        let parsed = wasmwright_compiler::frontend::parse(&binary).map_err(|error| error.to_string())?;
        let exports = name_exports(&parsed, header.exports)?;
        Ok(Self { name, exports, imports: name_imports(&parsed, header.imports)?, has_exceptions })
    }

    /// The export of that name and of a kind that suits.
    pub fn export(&self, name: &str, suits: impl Fn(&Kind) -> bool) -> Option<&Declaration> {
        let mut exports = self.exports.iter().filter(|(export, _)| export == name);
        exports.find(|(_, declaration)| suits(&declaration.kind)).map(|(_, declaration)| declaration)
    }
}

/// Headers declare exports in the module's order.
fn name_exports(
    module: &ParsedModule<'_>,
    declared: Vec<Declaration>,
) -> Result<Vec<(String, Declaration)>, String> {
    let names: Vec<(&str, Item)> = module.exports.iter().map(|export| (export.name, export.item)).collect();
    if names.len() != declared.len() {
        return Err(format!("{} exports, of which the header declares {}", names.len(), declared.len()));
    }
    let mut exports = Vec::new();
    for ((name, item), declaration) in names.into_iter().zip(declared) {
        check(&declaration, name, item)?;
        exports.push((name.to_owned(), declaration));
    }
    Ok(exports)
}

/// The structure of imports has members in the module's order; imports of one name and type are one.
fn name_imports(
    module: &ParsedModule<'_>,
    declared: Vec<Declaration>,
) -> Result<Vec<(String, String, Declaration)>, String> {
    let mut declared = declared.into_iter();
    let (mut seen, mut imports) = (Vec::new(), Vec::new());
    for import in &module.imports {
        let ty = match import.item {
            Item::Function(index) => format!("{:?}", module.function_type(index)),
            Item::Global(index) => {
                let global = &module.globals[index.index()];
                format!("{:?} {}", global.ty, global.mutable)
            }
            Item::Tag(index) => format!("{:?}", module.tag_type(index)),
            other => other.kind_name().to_owned(),
        };
        let key = (import.module, import.name, ty);
        if seen.contains(&key) {
            continue;
        }
        seen.push(key);
        let origin = format!("{}.{}", import.module, import.name);
        let declaration = declared.next().ok_or_else(|| format!("the header does not have {origin}"))?;
        check(&declaration, &origin, import.item)?;
        imports.push((import.module.to_owned(), import.name.to_owned(), declaration));
    }
    match declared.next() {
        None => Ok(imports),
        Some(more) => Err(format!("the header has an import too many: {}", more.text)),
    }
}

/// Whether a declaration is that of an item, by its kind and what its comment tells of the name.
fn check(declaration: &Declaration, name: &str, item: Item) -> Result<(), String> {
    let same_kind = matches!(
        (item, &declaration.kind),
        (Item::Function(_), Kind::Function(_))
            | (Item::Memory(_), Kind::Memory)
            | (Item::Table(_), Kind::Table)
            | (Item::Tag(_), Kind::Tag)
            | (Item::Global(_), Kind::Global { .. })
    );
    let is_plain = |c: char| c.is_ascii_graphic() && !matches!(c, '*' | '/' | '\\');
    let same_name = declaration.origin == name || !name.chars().all(is_plain);
    if same_kind && same_name {
        return Ok(());
    }
    Err(format!(
        "the header declares `{}` where the module has the {} `{name}`",
        declaration.text,
        item.kind_name()
    ))
}
