//! The record of an instance that exists at link time, with the values that are known then.

use super::block::{Address, Block};
use super::writer::{Section, Writer};
use crate::frontend::const_expr::ConstValue;
use crate::frontend::index::{DataIndex, ElemIndex};
use crate::plan::{GlobalPlan, HostMemory, InstanceModel, Metering, ModulePlan, Place, symbols};
use std::mem::offset_of;
use wasmwright_abi::instance::SegmentRecord;

/// Writes it.
pub fn write(writer: &mut Writer, module: &ModulePlan<'_>) {
    if module.model == InstanceModel::Passed {
        return;
    }
    let mut block = Block::zeroed(module.layout.bytes);
    for global in &module.globals {
        set_global(&mut block, global, module);
    }
    set_segments(&mut block, module);
    if let HostMemory::Slot { slot, target: Some((provider, offset)) } = module.host_memory {
        block.set_address(slot as usize, Address::Symbol(symbols::instance(provider), offset));
    }
    writer.define(&symbols::instance(module.index), Section::Data, block, symbols::alignment::RECORD);
}

/// Writes what a program may spend on instructions.
pub fn write_fuel(writer: &mut Writer, metering: Metering) {
    if let Metering::OfProgram { initial } = metering {
        let mut block = Block::of::<u64>();
        block.set_u64(0, initial);
        writer.define(symbols::FUEL, Section::Data, block, 8);
    }
}

fn set_global(block: &mut Block, global: &GlobalPlan, module: &ModulePlan<'_>) {
    let (Place::Own(offset), Some(value)) = (global.place, global.initial) else { return };
    let offset = offset as usize;
    match value {
        ConstValue::I32(value) => block.set_u32(offset, value as u32),
        ConstValue::I64(value) => block.set_u64(offset, value as u64),
        ConstValue::F32(bits) => block.set_u32(offset, bits),
        ConstValue::F64(bits) => block.set_u64(offset, bits),
        ConstValue::V128(bits) => block.set_bytes(offset, &bits.to_le_bytes()),
        ConstValue::Null => {}
        ConstValue::Function(function) => {
            block.set_address(offset, super::references::reference_address(module, function));
        }
    }
}

/// Records of segments that are still there after instantiation.
fn set_segments(block: &mut Block, module: &ModulePlan<'_>) {
    for (index, plan) in module.elements.iter().enumerate() {
        let symbol = || symbols::elements(module.index, ElemIndex::from(index));
        if let (Some(record), true) = (plan.record, plan.starts_filled) {
            set_segment(block, record, plan.has_array.then(symbol), plan.items.len() as u64);
        }
    }
    for (index, plan) in module.data.iter().enumerate() {
        let symbol = || symbols::data(module.index, DataIndex::from(index));
        if let (Some(record), true) = (plan.record, plan.starts_filled) {
            set_segment(
                block,
                record,
                plan.has_bytes.then(symbol),
                module.parsed.data[index].bytes.len() as u64,
            );
        }
    }
}

fn set_segment(block: &mut Block, record: u64, start: Option<String>, length: u64) {
    let record = record as usize;
    if let Some(symbol) = start {
        block.set_address(record + offset_of!(SegmentRecord, start), Address::symbol(symbol));
        block.set_u64(record + offset_of!(SegmentRecord, length), length);
    }
}
