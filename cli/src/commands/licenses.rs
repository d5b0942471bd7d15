//! `licenses`: the notices that an output must carry, and those of this tool. `build.rs` has
//! collected them from the packages themselves.

use super::print;
use crate::failure::Failure;

/// Prints them.
pub fn execute() -> Result<(), Failure> {
    print(include_str!(concat!(env!("OUT_DIR"), "/licenses.txt")))
}
