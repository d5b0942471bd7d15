//! The plan and the units' code maps → one object of data: descriptors, instance records, images,
//! references, types, the trap table.
//!
//! Leaves an ELF object, or assembly text for what we do not link, whose only open symbols are
//! functions of the units and of the runtime.
//! The structures are those of `wasmwright-abi`; nothing here states an offset.

mod assembly;
mod block;
mod data;
mod descriptors;
mod elf;
mod instance_image;
mod note;
mod references;
mod trap_table;
mod writer;

use crate::code_map::CodeMap;
use crate::error::Result;
use crate::plan::ProgramPlan;
use crate::progress::Progress;
use writer::Writer;

/// The data of a program whose units' code is mapped, if it has a trap table, as an ELF object.
pub fn write(program: &ProgramPlan<'_>, maps: &[&CodeMap], progress: &dyn Progress) -> Result<Vec<u8>> {
    elf::write(&collect(program, maps, progress), program.target.architecture)
}

/// The data of a program as text for the assembler of its target.
pub fn assembly(program: &ProgramPlan<'_>) -> String {
    assembly::write(&collect(program, &[], &crate::progress::Silent), program.target.system)
}

fn collect(program: &ProgramPlan<'_>, maps: &[&CodeMap], progress: &dyn Progress) -> Writer {
    let mut writer = Writer::default();
    references::write_types(&mut writer, program);
    for module in &program.modules {
        references::write_module(&mut writer, program, module);
        data::write_segments(&mut writer, module);
        instance_image::write(&mut writer, module);
    }
    instance_image::write_fuel(&mut writer, program.metering);
    let table = trap_table::write(program, maps, progress);
    descriptors::write(&mut writer, program, table.map(|bytes| descriptors::TrapTable { bytes, maps }));
    note::write(&mut writer, program);
    writer
}
