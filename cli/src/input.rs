//! The module to work on: a path or standard input in, bytes and a name out.

use crate::failure::Failure;
use std::ffi::OsStr;
use std::io::Read;
use std::path::Path;

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
}

impl Input {
    /// Reads FILE, or standard input where it is `-`.
    pub fn read(file: &OsStr) -> Result<Self, Failure> {
        if file == "-" {
            return Self::standard_input();
        }
        let path = Path::new(file);
        let display = path.display().to_string();
        let bytes =
            std::fs::read(path).map_err(|error| Failure::new(format!("cannot read {display}: {error}")))?;
        let stem = path.file_stem().unwrap_or(file).to_string_lossy().into_owned();
        let file_name = path.file_name().unwrap_or(file).to_owned();
        Ok(Self { display, stem, file_name, bytes })
    }

    fn standard_input() -> Result<Self, Failure> {
        let mut bytes = Vec::new();
        std::io::stdin()
            .lock()
            .read_to_end(&mut bytes)
            .map_err(|error| Failure::new(format!("cannot read standard input: {error}")))?;
        Ok(Self { display: "standard input".into(), stem: "stdin".into(), file_name: "-".into(), bytes })
    }
}
