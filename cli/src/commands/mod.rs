//! The subcommands: one file each, arguments in, status out.

mod build_plan;
mod cache;
mod compile;
mod completions;
mod inspect;
mod licenses;
mod man;
mod run;
mod targets;

use crate::args::{Arguments, Command};
use crate::failure::Failure;
use std::process::ExitCode;

/// Executes the subcommand that was given.
pub fn execute(arguments: Arguments) -> Result<ExitCode, Failure> {
    match arguments.command {
        Command::Compile(arguments) => compile::execute(&arguments),
        Command::Run(arguments) => run::execute(&arguments),
        Command::Inspect(arguments) => inspect::execute(&arguments),
        Command::Targets => targets::execute(),
        Command::Cache(arguments) => cache::execute(&arguments),
        Command::CompileUnit(arguments) => build_plan::compile_unit(&arguments),
        Command::LinkUnits(arguments) => build_plan::link_units(&arguments),
        Command::Completions { shell } => completions::execute(shell),
        Command::Licenses => licenses::execute(),
        Command::Man { output } => man::execute(output.as_deref()),
    }?;
    Ok(ExitCode::SUCCESS)
}

/// Prints on standard output.
fn print(text: &str) -> Result<(), Failure> {
    use std::io::Write;
    let mut output = std::io::stdout().lock();
    output.write_all(text.as_bytes()).and_then(|()| output.flush()).map_err(Failure::output)
}
