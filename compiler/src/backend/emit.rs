//! A unit → bytes.

use super::job::{Emitted, Form, Settings, Tells, TranslatedUnit};
use super::machine::Machine;
use super::{code_map, passes, record_marks, source_lines};
use crate::elf_sections;
use crate::error::{Error, Result};
use crate::ir::{Optimized, Unit, generate_code, keep_selects, keep_those_of_traps};
use inkwell::targets::FileType;

/// Optimises and emits a unit, and maps the code of an object if that is asked for.
pub fn emit(translated: TranslatedUnit<'_>) -> Result<Emitted> {
    let TranslatedUnit { settings, record, unit } = translated;
    let machine = Machine::new(&settings.target, settings.code_generation)?;
    let optimized = optimize(&unit, &machine, &settings)?;
    let tells = settings.tells;
    let is_told = settings.form == Form::Object && (tells.traps || tells.debuggers);
    if is_told {
        keep_those_of_traps(&unit);
    }
    let mut bytes = emit_form(&unit, &machine, settings.form, tells)?;
    if !is_told {
        return Ok(Emitted { bytes, code_map: None, optimized });
    }
    let code_map = tells.traps.then(|| code_map::read(&bytes, &unit.coding)).transpose()?;
    if tells.debuggers {
        record_marks::resolve(&mut bytes, |symbol| record.as_deref() == Some(symbol))?;
        source_lines::rewrite(&mut bytes, &unit.coding)?;
        elf_sections::exclude(&mut bytes, |section| section == INDEX_OF_NAMES)?;
    } else {
        elf_sections::exclude(&mut bytes, only_code_map_reads)?;
    }
    Ok(Emitted { bytes, code_map, optimized })
}

/// LLVM forgets types there that it adds itself, and the indices of several units do not add up to one.
const INDEX_OF_NAMES: &[u8] = b".debug_names";

/// Debug information, but for the layout of frames: with that and the symbol table a debugger walks
/// the stack.
fn only_code_map_reads(section: &[u8]) -> bool {
    section.starts_with(b".debug_") && section != b".debug_frame"
}

fn optimize(unit: &Unit<'_>, machine: &Machine, settings: &Settings) -> Result<Optimized> {
    let module = &unit.module;
    module.set_triple(&machine.machine.get_triple());
    module.set_data_layout(&machine.machine.get_target_data().get_data_layout());
    if cfg!(debug_assertions) {
        module.verify().map_err(|error| Error::internal(format!("LLVM rejects our IR: {error}")))?;
    }
    let optimized = passes::run(unit, machine, settings);
    if machine.has_extrema_of_2008 {
        keep_selects(unit);
    }
    Ok(optimized)
}

fn emit_form(unit: &Unit<'_>, machine: &Machine, form: Form, tells: Tells) -> Result<Vec<u8>> {
    let module = &unit.module;
    let file = match form {
        Form::Object => FileType::Object,
        Form::Assembly => FileType::Assembly,
        Form::LlvmIr => return Ok(module.print_to_string().to_string().into_bytes()),
        Form::LlvmBitcode => return Ok(module.write_bitcode_to_memory().as_slice().to_vec()),
    };
    generate_code(module, &machine.machine, file, tells.debuggers)
        .ok_or_else(|| Error::internal("LLVM's code generator emits no such file"))
}
