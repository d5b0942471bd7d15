//! The plan → one object of data: descriptors, instance records, images, references, types.
//!
//! Leaves an ELF object whose only open symbols are functions of the units and of the runtime.
//! The structures are those of `wasmwright-abi`; nothing here states an offset.

mod block;
mod data;
mod descriptors;
mod instance_image;
mod note;
mod references;
mod writer;

use crate::error::Result;
use crate::plan::ProgramPlan;
use writer::Writer;

/// Writes the data of a program.
pub fn write(program: &ProgramPlan<'_>) -> Result<Vec<u8>> {
    let mut writer = Writer::new(program.target.architecture);
    references::write_types(&mut writer, program);
    for module in &program.modules {
        references::write_module(&mut writer, module);
        data::write_segments(&mut writer, module);
        instance_image::write(&mut writer, module);
    }
    descriptors::write(&mut writer, program);
    note::write(&mut writer, program);
    writer.finish()
}
