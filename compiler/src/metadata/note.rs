//! The note that an artifact carries: who made it, how, and from what. No time and no path, so that
//! the same input gives the same bytes.

use super::block::Block;
use super::writer::{Section, Writer};
use crate::plan::ProgramPlan;
use sha2::{Digest, Sha256};

/// Owner of the note.
const OWNER: &[u8] = b"wasmwright\0";

/// Its type: the format of the text.
const TEXT: u32 = 1;

/// Writes an ELF note (gABI, "Note Section") whose text has a line `key: value` for each fact.
pub fn write(writer: &mut Writer, program: &ProgramPlan<'_>) {
    let text = describe(program);
    let mut note = Vec::new();
    note.extend((OWNER.len() as u32).to_le_bytes());
    note.extend((text.len() as u32).to_le_bytes());
    note.extend(TEXT.to_le_bytes());
    for part in [OWNER, text.as_bytes()] {
        note.extend(part);
        note.resize(note.len().next_multiple_of(4), 0);
    }
    writer.place(Section::Note, Block::from_bytes(note), 4);
}

fn describe(program: &ProgramPlan<'_>) -> String {
    let target = &program.target;
    let mut text = format!(
        "version: {}\ntarget: {} {} {}\nlevel: {:?}\n",
        env!("CARGO_PKG_VERSION"),
        target.triple(),
        target.cpu,
        target.features,
        program.optimization,
    );
    for module in &program.modules {
        let hash = Sha256::digest(module.parsed.binary);
        let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        let strategies: Vec<String> =
            module.memories.iter().map(|memory| format!("{:?}", memory.strategy)).collect();
        text += &format!("module: {} sha256:{hash} memories:{}\n", module.name, strategies.join(","));
    }
    text
}
