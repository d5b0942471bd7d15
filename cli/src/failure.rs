//! How the tool ends: one line of error on standard error, and a status. Panics end here too.

use crate::args::{Arguments, Command, MessageFormat};
use crate::json::Message;
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;
use std::sync::Mutex;
use wasmwright_compiler::Error;

/// Status of a tool's error.
const ERROR: u8 = 1;
/// Status of wrong arguments, as clap's.
const USAGE: u8 = 2;
/// Status of `run` when the program could not be started; its own statuses are below that.
const RUN_ERROR: u8 = 125;

/// Why a command ended without its result.
#[derive(Debug)]
pub enum Failure {
    /// The compiler's word on a file.
    Compile {
        /// What messages call the module.
        file: String,
        /// Why not.
        error: Error,
    },
    /// Arguments that do not go together.
    Usage(String),
    /// Everything else.
    Other(String),
    /// Whoever reads our standard output has gone, which is no error of ours.
    ClosedOutput,
}

impl Failure {
    /// A failure that this line tells.
    pub fn new(message: impl Into<String>) -> Self {
        Self::Other(message.into())
    }

    /// From writing to standard output.
    pub fn output(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::BrokenPipe => Self::ClosedOutput,
            _ => Self::new(format!("cannot write standard output: {error}")),
        }
    }

    /// The text, without `wasmwright: error: `.
    fn line(&self) -> String {
        match self {
            // These name their file, or have none.
            Self::Compile { error: error @ (Error::Io { .. } | Error::Option(_)), .. } => {
                one_line(&error.to_string())
            }
            Self::Compile { file, error } => format!("{file}: {}", one_line(&error.to_string())),
            Self::Usage(message) | Self::Other(message) => one_line(message),
            Self::ClosedOutput => String::new(),
        }
    }
}

/// Joins the lines of a message that some library made for several.
fn one_line(message: &str) -> String {
    let lines: Vec<&str> = message.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines.join(" ")
}

/// How a command wants its failures told.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    format: MessageFormat,
    status: u8,
}

impl Style {
    /// The style of that command.
    pub fn of(arguments: &Arguments) -> Self {
        match &arguments.command {
            Command::Compile(compile) => Self { format: compile.message_format, status: ERROR },
            Command::Run(_) => Self { format: MessageFormat::Human, status: RUN_ERROR },
            _ => Self { format: MessageFormat::Human, status: ERROR },
        }
    }

    fn report(self, failure: &Failure) -> ExitCode {
        if let Failure::ClosedOutput = failure {
            return ExitCode::SUCCESS;
        }
        match self.format {
            MessageFormat::Human => eprintln!("wasmwright: error: {}", failure.line()),
            MessageFormat::Json => Message::error(&failure.line(), failure).print(),
        }
        ExitCode::from(if let Failure::Usage(_) = failure { USAGE } else { self.status })
    }
}

/// Where the panic hook leaves its text.
static PANIC: Mutex<Option<String>> = Mutex::new(None);

/// Executes a command and tells its failure; a panic is told as a defect, never as a stack dump.
pub fn guarded(style: Style, command: impl FnOnce() -> Result<ExitCode, Failure>) -> ExitCode {
    std::panic::set_hook(Box::new(|panic| {
        if let Ok(mut text) = PANIC.lock() {
            text.get_or_insert_with(|| panic.to_string());
        }
    }));
    match std::panic::catch_unwind(AssertUnwindSafe(command)) {
        Ok(Ok(status)) => status,
        Ok(Err(failure)) => style.report(&failure),
        Err(_) => {
            let text = PANIC.lock().ok().and_then(|mut text| text.take()).unwrap_or_default();
            style.report(&Failure::new(Error::internal(text).to_string()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_one_line_that_names_its_file() {
        let error = Error::Text("expected `(`\n     --> <anon>:1:1\n".into());
        let failure = Failure::Compile { file: "a.wat".into(), error };
        assert_eq!(failure.line(), "a.wat: expected `(` --> <anon>:1:1");
    }

    #[test]
    fn a_panic_becomes_an_error_status() {
        let style = Style { format: MessageFormat::Human, status: ERROR };
        let status = guarded(style, || panic!("on purpose"));
        let _ = std::panic::take_hook();
        assert_eq!(format!("{status:?}"), format!("{:?}", ExitCode::from(ERROR)));
    }
}
