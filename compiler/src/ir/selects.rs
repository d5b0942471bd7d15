//! Keeps choices between floats as they are written.
//!
//! LLVM's instruction selection takes `x > C ? x : C` for the maximum of IEEE 754-2008 where the
//! machine has one (AArch64's `fmaxnm`). That one makes a signalling NaN quiet where the choice
//! gives C, and prefers a zero by its sign where the choice goes by the comparison alone. A
//! comparison behind a `freeze` is not looked at, and freezing what is no poison costs nothing.

use super::{Opcode, Unit};
use inkwell::llvm_sys::core::{LLVMBuildFreeze, LLVMCreateBuilderInContext, LLVMDisposeBuilder};
use inkwell::llvm_sys::core::{LLVMPositionBuilderBefore, LLVMSetOperand};
use inkwell::values::{AsValueRef, BasicValue, InstructionValue};

/// Changes every choice of a unit that could be taken for an extremum. To be called when LLVM's
/// passes are done: they would see through it.
pub fn keep_selects(unit: &Unit<'_>) {
    let mut found = Vec::new();
    for function in unit.module.get_functions() {
        for block in function.get_basic_blocks() {
            found.extend(block.get_instructions().filter(|instruction| chooses_by_comparison(*instruction)));
        }
    }
    // SAFETY: the context outlives the builder, which is disposed of below.
    let builder = unsafe { LLVMCreateBuilderInContext(unit.types.context.raw()) };
    for select in found {
        // SAFETY: the select is an instruction of this context whose first operand is the
        // comparison; the frozen value has its type.
        unsafe {
            LLVMPositionBuilderBefore(builder, select.as_value_ref());
            let condition = inkwell::llvm_sys::core::LLVMGetOperand(select.as_value_ref(), 0);
            LLVMSetOperand(select.as_value_ref(), 0, LLVMBuildFreeze(builder, condition, c"".as_ptr()));
        }
    }
    // SAFETY: made above, used no more.
    unsafe { LLVMDisposeBuilder(builder) };
}

/// Whether it is a select between the operands of the float comparison that decides it.
fn chooses_by_comparison(select: InstructionValue<'_>) -> bool {
    if select.get_opcode() != Opcode::Select {
        return false;
    }
    let value = |of: InstructionValue<'_>, index| {
        of.get_operand(index).and_then(|operand| operand.value()).map(|value| value.as_value_ref())
    };
    let condition = select.get_operand(0).and_then(|operand| operand.value());
    let Some(comparison) = condition.and_then(|value| value.as_instruction_value()) else { return false };
    if comparison.get_opcode() != Opcode::FCmp {
        return false;
    }
    let compared = [value(comparison, 0), value(comparison, 1)];
    let chosen = [value(select, 1), value(select, 2)];
    // A constant of the comparison may have another sign of zero among what is chosen.
    chosen.iter().any(|one| compared.contains(one))
}
