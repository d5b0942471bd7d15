//! Messages of `--message-format json`: one object a line on standard error. Fields are only
//! ever added.

use crate::failure::Failure;
use serde::Serialize;
use wasmwright_compiler::error::{Error, Location};

/// A line.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Message<'a> {
    /// It failed.
    Error {
        /// What a person would have read.
        message: &'a str,
        /// What kind of error it is.
        kind: &'static str,
        /// The module.
        file: Option<&'a str>,
        /// Byte offset in the binary module.
        offset: Option<u64>,
        /// Function in the module.
        function: Option<&'a str>,
        /// Section of the module.
        section: Option<&'static str>,
    },
    /// Something that the user should know, though it succeeds.
    Warning {
        /// The text.
        message: &'a str,
    },
    /// What `-v` shows.
    Note {
        /// The text.
        message: &'a str,
    },
    /// An output was written.
    Artifact {
        /// Where; nothing for standard output.
        path: Option<&'a str>,
        /// What, as `--emit` names it.
        emit: &'static str,
        /// Its size.
        size_bytes: usize,
    },
    /// What a stage took.
    Timing {
        /// The stage.
        stage: &'static str,
        /// Wall time.
        seconds: f64,
        /// Most memory that the process held during it.
        peak_bytes: Option<u64>,
    },
}

impl<'a> Message<'a> {
    /// The message of a failure, whose text is `line`.
    pub fn error(line: &'a str, failure: &'a Failure) -> Self {
        let (kind, file, location) = match failure {
            Failure::Compile { file, error } => (kind(error), Some(file.as_str()), location(error)),
            _ => ("tool", None, None),
        };
        Self::Error {
            message: line,
            kind,
            file,
            offset: location.and_then(|location| location.offset),
            function: location.and_then(|location| location.function.as_deref()),
            section: location.and_then(|location| location.section),
        }
    }

    /// Prints it.
    pub fn print(&self) {
        if let Ok(line) = serde_json::to_string(self) {
            eprintln!("{line}");
        }
    }
}

fn kind(error: &Error) -> &'static str {
    match error {
        Error::InModule { error, .. } => kind(error),
        Error::Malformed { .. } => "malformed",
        Error::Text(_) => "text",
        Error::Invalid { .. } => "invalid",
        Error::Unsupported { .. } => "unsupported",
        Error::UnknownImports(_) => "unknown_imports",
        Error::IncompatibleImport(_) => "incompatible_import",
        Error::Option(_) => "option",
        Error::Io { .. } => "io",
        Error::Object { .. } | Error::Link(_) => "link",
        Error::Internal(_) => "internal",
    }
}

fn location(error: &Error) -> Option<&Location> {
    match error {
        Error::Malformed { location, .. }
        | Error::Invalid { location, .. }
        | Error::Unsupported { location, .. } => Some(location),
        Error::InModule { error, .. } => location(error),
        _ => None,
    }
}
