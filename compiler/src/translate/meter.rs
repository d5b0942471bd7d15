//! Counting executed instructions, where a program is metered.
//!
//! A stretch of instructions that control enters and leaves as a whole is paid for at its end. Invariant:
//! what is paid depends on the path through the module alone, so not on what LLVM makes of the code; and
//! no path goes round, or further down, without a look at what is left. Where a trap ends a stretch it
//! is not paid for.

use super::function::FunctionTranslator;
use super::local_writes::is_edge;
use crate::ir::{Access, IntPredicate, Opcode};
use wasmparser::Operator as Op;
use wasmwright_abi::trap::Trap;

/// What an instruction costs: nothing where it only gives the code its structure.
fn cost(op: &Op<'_>) -> u64 {
    match op {
        Op::Nop
        | Op::Block { .. }
        | Op::Loop { .. }
        | Op::Else
        | Op::End
        | Op::TryTable { .. }
        | Op::Try { .. }
        | Op::Catch { .. }
        | Op::CatchAll
        | Op::Delegate { .. } => 0,
        _ => 1,
    }
}

/// Whether control may come from elsewhere behind an instruction, or go elsewhere.
fn ends_stretch(op: &Op<'_>) -> bool {
    is_edge(op)
        || matches!(
            op,
            Op::Return
                | Op::Unreachable
                | Op::Call { .. }
                | Op::CallIndirect { .. }
                | Op::CallRef { .. }
                | Op::ReturnCall { .. }
                | Op::ReturnCallIndirect { .. }
                | Op::ReturnCallRef { .. }
                | Op::Throw { .. }
                | Op::ThrowRef
                | Op::Rethrow { .. }
        )
}

impl FunctionTranslator<'_, '_, '_> {
    /// Pays for an instruction, or will before control leaves those around it. To be called before
    /// its translation.
    pub(super) fn pay_for(&mut self, op: &Op<'_>) {
        if !self.cx.program.metering.counts() {
            return;
        }
        if !self.reachable {
            self.unpaid = 0;
            return;
        }
        self.unpaid += cost(op);
        if ends_stretch(op) && self.unpaid != 0 {
            let (fuel, i64) = (self.fuel(), self.b.types.i64);
            let left = self.b.load(i64, fuel, 8, Access::Fuel).into_int_value();
            let less = self.b.int(Opcode::Sub, left, self.b.i64(self.unpaid));
            self.b.store(less.into(), fuel, 8, Access::Fuel);
            self.unpaid = 0;
        }
    }

    /// Traps where more is spent than there was.
    pub(super) fn check_fuel(&mut self) {
        if !self.cx.program.metering.counts() {
            return;
        }
        let left = self.b.load(self.b.types.i64, self.fuel(), 8, Access::Fuel).into_int_value();
        let is_spent = self.b.compare(IntPredicate::SLT, left, self.b.i64(0));
        self.trap_if(is_spent, Trap::OutOfFuel);
    }
}
