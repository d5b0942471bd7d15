//! `completions`: a script for a shell.

use super::print;
use crate::args::Arguments;
use crate::failure::Failure;
use clap::CommandFactory;
use clap_complete::Shell;

/// Prints the script.
pub fn execute(shell: Shell) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "wasmwright", &mut script);
    print(&String::from_utf8_lossy(&script))
}
