//! A unit → bytes.

use super::machine::Machine;
use super::passes;
use crate::error::{Error, Result};
use crate::ir::{Unit, keep_selects};
use inkwell::targets::FileType;
use wasmwright_abi::instance::WideningRoom;

/// What bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// An ELF object.
    Object,
    /// Assembly text.
    Assembly,
    /// LLVM IR as text.
    LlvmIr,
    /// LLVM bitcode.
    LlvmBitcode,
}

/// Optimises and emits a unit.
pub fn emit(unit: &Unit<'_>, machine: &Machine, room: WideningRoom, form: Form) -> Result<Vec<u8>> {
    let module = &unit.module;
    module.set_triple(&machine.machine.get_triple());
    module.set_data_layout(&machine.machine.get_target_data().get_data_layout());
    if cfg!(debug_assertions) {
        module.verify().map_err(|error| Error::internal(format!("LLVM rejects our IR: {error}")))?;
    }
    passes::run(unit, machine, room);
    if machine.has_extrema_of_2008 {
        keep_selects(unit);
    }
    let file_type = match form {
        Form::Object => FileType::Object,
        Form::Assembly => FileType::Assembly,
        Form::LlvmIr => return Ok(module.print_to_string().to_string().into_bytes()),
        Form::LlvmBitcode => return Ok(module.write_bitcode_to_memory().as_slice().to_vec()),
    };
    let buffer = machine.machine.write_to_memory_buffer(module, file_type);
    let buffer = buffer.map_err(|error| Error::internal(format!("LLVM's code generator: {error}")))?;
    Ok(buffer.as_slice().to_vec())
}
