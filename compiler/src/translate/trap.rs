//! Traps: cold calls that never return.

use super::function::FunctionTranslator;
use crate::ir::{BasicBlock, Convention, FunctionKind, IntValue, Value, Weight};
use crate::plan::InstanceModel;
use wasmwright_abi::trap::Trap;

impl<'c> FunctionTranslator<'_, '_, 'c> {
    /// Traps here.
    pub(super) fn trap(&mut self, trap: Trap) {
        self.emit_trap(trap);
        self.set_unreachable();
    }

    /// Traps if the condition holds.
    pub(super) fn trap_if(&mut self, condition: IntValue<'c>, trap: Trap) {
        let cold = self.trap_block(trap);
        let next = self.b.block(self.function, "next");
        self.b.branch_if(condition, cold, next, Weight::Never);
        self.b.position(next);
    }

    /// The block that raises a trap; the sites of a function share one for each kind.
    fn trap_block(&mut self, trap: Trap) -> BasicBlock<'c> {
        if let Some(&block) = self.trap_blocks.get(&trap) {
            return block;
        }
        let here = self.b.current();
        let block = self.b.block(self.function, "trap");
        self.b.position(block);
        self.emit_trap(trap);
        self.b.position(here);
        self.trap_blocks.insert(trap, block);
        block
    }

    fn emit_trap(&self, trap: Trap) {
        let types = &self.b.types;
        let void = types.context.void_type();
        // The runtime needs the instance to find out whose activation ends; with one instance
        // there is one activation, and no argument to set up at every site.
        let (ty, arguments): (_, Vec<Value<'c>>) = match self.cx.module.model {
            InstanceModel::Static => (void.fn_type(&[], false), vec![]),
            InstanceModel::Passed => {
                (void.fn_type(&[types.pointer.into()], false), vec![self.instance().into()])
            }
        };
        let function = self.cx.unit.function(trap.symbol(), ty, FunctionKind::Trap, Convention::C);
        self.b.call(function, &arguments);
        self.b.unreachable();
    }
}
