//! The module to work on: a path or standard input in, bytes and a name out.

use crate::args::{CodeArguments, Link};
use crate::failure::Failure;
use std::ffi::OsStr;
use std::io::Read;
use std::path::Path;
use wasmwright_compiler::linking;
use wasmwright_compiler::program::ModuleInput;

/// A module that was read.
pub struct Input {
    /// What messages call it.
    pub display: String,
    /// The file's stem.
    pub stem: String,
    /// What the program sees as its own name.
    pub file_name: std::ffi::OsString,
    /// The content.
    pub bytes: Vec<u8>,
    /// The content of the file with its debug information, if that has its own.
    pub debug_file: Option<Vec<u8>>,
    /// Modules that it is linked with, under the names that imports are from.
    pub linked: Vec<(String, Vec<u8>)>,
}

impl Input {
    /// Reads FILE, or standard input where it is `-`.
    pub fn read(file: &OsStr) -> Result<Self, Failure> {
        if file == "-" {
            return Self::standard_input();
        }
        let path = Path::new(file);
        let bytes = read(path)?;
        let stem = path.file_stem().unwrap_or(file).to_string_lossy().into_owned();
        let file_name = path.file_name().unwrap_or(file).to_owned();
        let display = path.display().to_string();
        Ok(Self { display, stem, file_name, bytes, debug_file: None, linked: Vec::new() })
    }

    /// The same with what options say belongs to it.
    pub fn with_files(self, arguments: &CodeArguments) -> Result<Self, Failure> {
        let debug_file = arguments.debug_file.as_deref().map(read).transpose()?;
        let link = |link: &Link| Ok((link.name.clone(), read(&link.file)?));
        let linked = arguments.links.iter().map(link).collect::<Result<Vec<_>, Failure>>()?;
        Ok(Self { debug_file, linked, ..self })
    }

    /// What the compiler takes.
    pub fn modules(&self) -> Result<Vec<ModuleInput<'_>>, Failure> {
        let debug_file = self.debug_file.as_deref().map(Into::into);
        let main = ModuleInput { debug_file, ..ModuleInput::new(&*self.stem, &*self.bytes) };
        let named =
            self.linked.iter().map(|(name, bytes)| ModuleInput::new(name.as_str(), &**bytes)).collect();
        linking::link(main, named).map_err(|error| Failure::Compile { file: self.display.clone(), error })
    }

    fn standard_input() -> Result<Self, Failure> {
        let mut bytes = Vec::new();
        std::io::stdin()
            .lock()
            .read_to_end(&mut bytes)
            .map_err(|error| Failure::new(format!("cannot read standard input: {error}")))?;
        Ok(Self {
            display: "standard input".into(),
            stem: "stdin".into(),
            file_name: "-".into(),
            bytes,
            debug_file: None,
            linked: Vec::new(),
        })
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| Failure::new(format!("cannot read {}: {error}", path.display())))
}
