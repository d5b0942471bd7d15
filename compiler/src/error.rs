//! Errors: what is wrong, where in the input, and what to do about it.
//!
//! Input never panics the compiler. A broken invariant of ours is [`Error::Internal`], and says
//! so.

use std::fmt;
use std::path::PathBuf;

/// Result of every fallible function of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Where in a module something is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Location {
    /// Byte offset from the start of the binary module.
    pub offset: Option<u64>,
    /// Function: index, and name where the module has one.
    pub function: Option<String>,
    /// Section.
    pub section: Option<&'static str>,
}

impl Location {
    /// A place known by its offset alone.
    pub fn at(offset: u64) -> Self {
        Self { offset: Some(offset), ..Self::default() }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        if let Some(offset) = self.offset {
            write!(f, "at offset {offset:#x}")?;
            separator = ", ";
        }
        if let Some(function) = &self.function {
            write!(f, "{separator}in function {function}")?;
            separator = ", ";
        }
        if let Some(section) = self.section {
            write!(f, "{separator}in the {section} section")?;
        }
        Ok(())
    }
}

/// What stops a compilation.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The bytes are no WebAssembly module.
    #[error("{message} ({location})")]
    Malformed {
        /// What is wrong.
        message: String,
        /// Where.
        location: Location,
    },
    /// The text is no WebAssembly text.
    #[error("{0}")]
    Text(String),
    /// The module is well-formed but not valid.
    #[error("invalid module: {message} ({location})")]
    Invalid {
        /// What is wrong.
        message: String,
        /// Where.
        location: Location,
    },
    /// A valid module uses a feature that is not compiled yet.
    #[error("this module uses {feature} ({location}), which wasmwright does not compile yet")]
    Unsupported {
        /// The feature by its proposal's name.
        feature: String,
        /// Where it is used first.
        location: Location,
    },
    /// What is wrong with one module of several.
    #[error("module `{module}`: {error}")]
    InModule {
        /// Its name.
        module: String,
        /// The error.
        error: Box<Error>,
    },
    /// Imports that nobody provides, all of them.
    #[error("nobody provides {}: {}; link a module (--link) or an object (--emit header says what it defines) that does, or compile with --unknown-imports=trap to trap when one is called", count_imports(.0), .0.join(", "))]
    UnknownImports(Vec<String>),
    /// A file that cannot be linked with a program.
    #[error("{file}: {message}")]
    Object {
        /// What messages call it.
        file: String,
        /// What is wrong, and what to do.
        message: String,
    },
    /// An import that does not fit what provides it.
    #[error("incompatible import type: {0}")]
    IncompatibleImport(String),
    /// An option that the module or the target does not allow.
    #[error("{0}")]
    Option(String),
    /// A file that cannot be read or written.
    #[error("cannot {action} {}: {source}", .path.display())]
    Io {
        /// What was tried: a verb.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The linker's error.
    #[error("link: {0}")]
    Link(String),
    /// A defect of wasmwright.
    #[error("internal error: {0}; this is a defect of wasmwright, please report it with the module")]
    Internal(String),
}

fn count_imports(imports: &[String]) -> String {
    match imports.len() {
        1 => "an import that the module needs".into(),
        n => format!("{n} imports that the module needs"),
    }
}

impl Error {
    /// An internal error.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::Internal(message.into())
    }

    /// The same error, of one module of several.
    pub fn in_module(self, module: &str) -> Self {
        Self::InModule { module: module.to_owned(), error: Box::new(self) }
    }

    /// The same error without the module that it is of.
    pub fn without_module(self) -> Self {
        match self {
            Self::InModule { error, .. } => error.without_module(),
            error => error,
        }
    }
}
