//! Traps: cold calls that never return.

use super::function::FunctionTranslator;
use crate::ir::{BasicBlock, Convention, FunctionKind, IntValue, Value, Weight};
use crate::options::TrapInfo;
use crate::plan::InstanceModel;
use wasmwright_abi::trap::Trap;

/// What the report of a trap depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct TrapSite {
    trap: Trap,
    /// Where the instruction is, if reports tell.
    position: Option<u32>,
}

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

    /// The block that raises a trap. Sites of a kind share one as far as their reports are the same.
    fn trap_block(&mut self, trap: Trap) -> BasicBlock<'c> {
        let site = TrapSite { trap, position: self.tells_positions().then_some(self.position) };
        if let Some(&block) = self.trap_blocks.get(&site) {
            return block;
        }
        let here = self.b.current();
        let block = self.b.block(self.function, "trap");
        self.b.position(block);
        self.emit_trap(trap);
        self.b.position(here);
        self.trap_blocks.insert(site, block);
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
        let call = self.b.call(function, &arguments);
        if self.tells_positions() {
            self.b.never_merge(call);
        }
        self.b.unreachable();
    }

    /// Whether a report tells apart the places of a function.
    fn tells_positions(&self) -> bool {
        self.cx.program.trap_info == TrapInfo::Full
    }
}
