//! `inspect`: what a module imports, exports and needs.

use super::print;
use crate::args::InspectArguments;
use crate::failure::Failure;
use crate::input::Input;
use crate::inspect::{inspect, render};

/// Prints the report.
pub fn execute(arguments: &InspectArguments) -> Result<(), Failure> {
    let input = Input::read(&arguments.file)?;
    let report =
        inspect(&input.bytes).map_err(|error| Failure::Compile { file: input.display.clone(), error })?;
    if !arguments.json {
        return print(&render(&input.display, &report));
    }
    let json = serde_json::to_string_pretty(&report).map_err(|error| Failure::new(error.to_string()))?;
    print(&(json + "\n"))
}
