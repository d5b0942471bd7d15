//! Bytes of data segments that are needed at run time.

use super::block::Block;
use super::writer::{Section, Writer};
use crate::frontend::index::DataIndex;
use crate::plan::{ModulePlan, symbols};

/// Writes those of a module.
pub fn write_segments(writer: &mut Writer, module: &ModulePlan<'_>) {
    for (index, plan) in module.data.iter().enumerate() {
        if plan.has_bytes {
            let block = Block::from_bytes(module.parsed.data[index].bytes.to_vec());
            let symbol = symbols::data(module.index, DataIndex::from(index));
            writer.define(&symbol, Section::ReadOnly, block, symbols::alignment::BYTES);
        }
    }
}
