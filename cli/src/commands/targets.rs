//! `targets`: the machines that can be compiled for. Each is tried, so that the list cannot say
//! what is not so.

use super::print;
use crate::failure::Failure;
use wasmwright_compiler::options::Emit;
use wasmwright_compiler::target::Target;
use wasmwright_compiler::{Compiler, Options};

/// The smallest program.
const PROGRAM: &[u8] = br#"(module (func (export "_start")))"#;

/// Prints the list.
pub fn execute() -> Result<(), Failure> {
    let mut list = String::new();
    for (architecture, system) in Target::ALL {
        let target = Target::baseline_of(architecture, system);
        let host = if target.is_host_architecture() { ", this machine" } else { "" };
        list += &format!("{:<16} baseline CPU {}{host}: {}\n", target.name(), target.cpu, state(&target));
    }
    print(&list)
}

fn state(target: &Target) -> String {
    let (emit, ready) = if target.is_object_only() {
        (Emit::Object, "objects only, without a runtime (--emit obj, asm, llvm-ir, llvm-bc)")
    } else {
        (Emit::Executable, "ready")
    };
    let options = Options { target: target.clone(), emit, ..Options::default() };
    match Compiler::new(options).compile("probe", PROGRAM) {
        Ok(_) => ready.to_owned(),
        Err(error) => format!("not ready: {error}"),
    }
}
