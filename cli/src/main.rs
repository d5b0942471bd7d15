//! The command line: arguments in, one subcommand executed, an exit status out.

mod allocator;
mod args;
mod commands;
mod depfile;
mod failure;
mod grants;
mod input;
mod inspect;
mod json;
mod output;
mod reporter;
mod resolve;
mod tool;
mod trace;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = args::Arguments::parse();
    let style = failure::Style::of(&arguments);
    failure::guarded(style, || commands::execute(arguments))
}
