//! `targets`: the machines that can be compiled for. Each is tried, so that the list cannot say
//! what is not so.

use super::print;
use crate::failure::Failure;
use wasmwright_compiler::target::{Architecture, Target};
use wasmwright_compiler::{Compiler, Options};

/// Every target by the name that `--target` takes.
const TARGETS: [(&str, Architecture); 2] =
    [("x86_64-linux", Architecture::X86_64), ("aarch64-linux", Architecture::Aarch64)];

/// The smallest program.
const PROGRAM: &[u8] = br#"(module (func (export "_start")))"#;

/// Prints the list.
pub fn execute() -> Result<(), Failure> {
    let mut list = String::new();
    for (name, architecture) in TARGETS {
        let target = Target::baseline(architecture);
        let cpu = target.cpu.clone();
        let options = Options { target, ..Options::default() };
        let state = match Compiler::new(options).compile("probe", PROGRAM) {
            Ok(_) => "ready".to_owned(),
            Err(error) => format!("not ready: {error}"),
        };
        let host = if architecture == Target::host().architecture { ", this machine" } else { "" };
        list += &format!("{name:<14} baseline CPU {cpu}{host}: {state}\n");
    }
    print(&list)
}
