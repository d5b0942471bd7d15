//! The plan → one object of data: descriptors, instance records, images, references, types.
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
mod writer;

use crate::error::Result;
use crate::plan::ProgramPlan;
use writer::Writer;

/// The data of a program as an ELF object.
pub fn write(program: &ProgramPlan<'_>) -> Result<Vec<u8>> {
    elf::write(&collect(program), program.target.architecture)
}

/// The data of a program as text for the assembler of its target.
pub fn assembly(program: &ProgramPlan<'_>) -> String {
    assembly::write(&collect(program), program.target.system)
}

fn collect(program: &ProgramPlan<'_>) -> Writer {
    let mut writer = Writer::default();
    references::write_types(&mut writer, program);
    for module in &program.modules {
        references::write_module(&mut writer, module);
        data::write_segments(&mut writer, module);
        instance_image::write(&mut writer, module);
    }
    descriptors::write(&mut writer, program);
    note::write(&mut writer, program);
    writer
}
