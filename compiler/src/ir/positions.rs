//! Where instructions come from, told to LLVM as debug locations.
//!
//! What enters are functions and, for each instruction, a position in its function. What leaves is
//! metadata that LLVM keeps through inlining and optimisation and writes as DWARF into the object,
//! where `backend` reads it again. A position is the line of a location, plus 1. Functions go by
//! their symbols.
//!
//! Line 0 means that no place is known, for one of two reasons. LLVM has merged instructions from
//! several places: such a location has no column. Or the code generator has made an instruction out
//! of nothing, a spill for instance: it has the column of the one before it. So that the two can be
//! told apart, all locations have the column [`COLUMN`].

use super::{BasicValue, Builder, FunctionValue, Opcode, Unit};
use inkwell::context::Context;
use inkwell::debug_info::{
    AsDIScope, DICompileUnit, DIFlags, DIFlagsConstants, DISubprogram, DISubroutineType, DWARFEmissionKind,
    DWARFSourceLanguage, DebugInfoBuilder, debug_metadata_version,
};
use inkwell::llvm_sys::core::{LLVMGetFirstUse, LLVMGetNextUse};
use inkwell::llvm_sys::debuginfo::{
    LLVMDIBuilderCreateDebugLocation, LLVMInstructionGetDebugLoc, LLVMInstructionSetDebugLoc,
};
use inkwell::llvm_sys::prelude::LLVMMetadataRef;
use inkwell::module::{FlagBehavior, Module};
use inkwell::values::{AsValueRef, InstructionValue};

/// Version of DWARF: the newest that every tool reads.
const DWARF_VERSION: u64 = 5;

/// See above.
const COLUMN: u32 = 1;

/// The positions of one unit.
#[derive(Debug)]
pub struct Positions<'c> {
    context: &'c Context,
    builder: DebugInfoBuilder<'c>,
    unit: DICompileUnit<'c>,
    ty: DISubroutineType<'c>,
}

/// A function that positions are in.
#[derive(Clone, Copy, Debug)]
pub struct Subprogram<'c>(DISubprogram<'c>);

impl<'c> Positions<'c> {
    /// Positions in an LLVM module that has none yet.
    pub(super) fn new(context: &'c Context, module: &Module<'c>) -> Self {
        let number = |value| context.i32_type().const_int(value, false);
        let version = u64::from(debug_metadata_version());
        module.add_basic_value_flag("Debug Info Version", FlagBehavior::Warning, number(version));
        module.add_basic_value_flag("Dwarf Version", FlagBehavior::Warning, number(DWARF_VERSION));
        let (builder, unit) = module.create_debug_info_builder(
            true,
            DWARFSourceLanguage::C,
            "wasm",
            "",
            "wasmwright",
            true,
            "",
            0,
            "",
            DWARFEmissionKind::LineTablesOnly,
            0,
            false,
            false,
            "",
            "",
        );
        let ty = builder.create_subroutine_type(unit.get_file(), None, &[], DIFlags::PUBLIC);
        Self { context, builder, unit, ty }
    }

    /// Makes positions in a function possible.
    pub fn begin(&self, function: FunctionValue<'c>) -> Subprogram<'c> {
        let symbol = function.get_name().to_string_lossy();
        let file = self.unit.get_file();
        let subprogram = self.builder.create_function(
            self.unit.as_debug_info_scope(),
            &symbol,
            None,
            file,
            1,
            self.ty,
            false,
            true,
            1,
            DIFlags::PUBLIC,
            true,
        );
        function.set_subprogram(subprogram);
        Subprogram(subprogram)
    }

    /// Says where the builder's next instructions come from; `None` is nowhere in particular.
    pub fn set(&self, b: &Builder<'c>, function: Subprogram<'c>, position: Option<u32>) {
        let line = position.map_or(0, |position| position.saturating_add(1));
        let scope = function.0.as_debug_info_scope();
        let location = self.builder.create_debug_location(self.context, line, COLUMN, scope, None);
        b.raw.set_current_debug_location(location);
    }

    /// The position that the line of a call stands for.
    pub fn of_line(line: u32) -> Option<u32> {
        line.checked_sub(1)
    }

    /// What a line and its column say.
    pub fn of_location(line: u32, column: u32) -> Place {
        match (line.checked_sub(1), column) {
            (Some(position), _) => Place::At(position),
            (None, 0) => Place::Unknown,
            (None, _) => Place::Nowhere,
        }
    }
}

/// Where an instruction of the processor comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// From there in its function.
    At(u32),
    /// From several places.
    Unknown,
    /// From none: it can neither call nor fail.
    Nowhere,
}

/// After optimisation: leaves the positions of calls and of accesses to memory, which are all that
/// a trap or a backtrace can be at, and has every other instruction share that of one before it, so
/// that it costs no row in a table.
pub fn keep_those_of_traps(unit: &Unit<'_>) {
    for function in unit.module.get_functions() {
        let Some(subprogram) = function.get_subprogram() else { continue };
        let context = unit.types.context.raw();
        // SAFETY: the scope is metadata of this context.
        let unknown = unsafe {
            LLVMDIBuilderCreateDebugLocation(context, 0, 0, subprogram.as_mut_ptr(), std::ptr::null_mut())
        };
        let mut shared = std::ptr::null_mut();
        for block in function.get_basic_block_iter() {
            for instruction in block.get_instructions() {
                shared = share(instruction, shared, unknown);
            }
        }
    }
}

/// Decides about one instruction; returns the position that the next one may share.
fn share(
    instruction: InstructionValue<'_>,
    shared: LLVMMetadataRef,
    unknown: LLVMMetadataRef,
) -> LLVMMetadataRef {
    let own = location(instruction);
    match instruction.get_opcode() {
        Opcode::Load | Opcode::Store if is_in_frame(instruction) && !shared.is_null() => {
            set_location(instruction, shared)
        }
        // What LLVM has moved has no location left, and must not get that of its neighbours.
        _ if own.is_null() && is_told(instruction) => set_location(instruction, unknown),
        Opcode::Load | Opcode::Call | Opcode::Invoke | Opcode::AtomicRMW | Opcode::AtomicCmpXchg => own,
        Opcode::Store => match replaced_load(instruction) {
            // One instruction of the processor: what fails is the load.
            Some(load) => set_location(instruction, location(load)),
            None => own,
        },
        _ if shared.is_null() => own,
        _ => {
            // Of several the code generator prefers the last.
            let folded = operands(instruction).filter(|&load| is_folded(load, instruction)).last();
            set_location(instruction, folded.map_or(shared, location));
            shared
        }
    }
}

fn is_told(instruction: InstructionValue<'_>) -> bool {
    matches!(instruction.get_opcode(), Opcode::Load | Opcode::Store | Opcode::Call)
}

fn location(instruction: InstructionValue<'_>) -> LLVMMetadataRef {
    // SAFETY: the instruction is one of a live module.
    unsafe { LLVMInstructionGetDebugLoc(instruction.as_value_ref()) }
}

fn set_location(instruction: InstructionValue<'_>, location: LLVMMetadataRef) -> LLVMMetadataRef {
    // SAFETY: the location is that of another instruction of the same function, or null.
    unsafe { LLVMInstructionSetDebugLoc(instruction.as_value_ref(), location) };
    location
}

fn operands<'c>(instruction: InstructionValue<'c>) -> impl Iterator<Item = InstructionValue<'c>> {
    let operands =
        (0..instruction.get_num_operands()).filter_map(move |index| instruction.get_operand(index));
    operands.filter_map(|operand| operand.value()?.as_instruction_value())
}

/// Whether an access is to a place in the frame.
fn is_in_frame(access: InstructionValue<'_>) -> bool {
    let place = operands(access).last();
    place.is_some_and(|place| place.get_opcode() == Opcode::Alloca)
}

/// Whether the code generator may make a load part of the one instruction that uses it.
fn is_folded<'c>(load: InstructionValue<'c>, user: InstructionValue<'c>) -> bool {
    load.get_opcode() == Opcode::Load
        && !is_in_frame(load)
        && has_one_use(load)
        && load.get_parent() == user.get_parent()
}

fn has_one_use(value: InstructionValue<'_>) -> bool {
    // SAFETY: the uses of a value of a live module.
    unsafe {
        let first = LLVMGetFirstUse(value.as_value_ref());
        !first.is_null() && LLVMGetNextUse(first).is_null()
    }
}

/// The load from the place that a store writes, if the store's value is made of it alone.
fn replaced_load<'c>(store: InstructionValue<'c>) -> Option<InstructionValue<'c>> {
    let mut operands = [0, 1].map(|index| store.get_operand(index).and_then(|operand| operand.value()));
    let (value, place) = (operands[0].take()?.as_instruction_value()?, operands[1]?);
    if !has_one_use(value) || value.get_parent() != store.get_parent() {
        return None;
    }
    let load = self::operands(value).find(|&load| is_folded(load, value))?;
    (load.get_operand(0).and_then(|operand| operand.value()) == Some(place)).then_some(load)
}
