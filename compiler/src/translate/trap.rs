//! Traps: cold calls that never return.

use super::function::FunctionTranslator;
use crate::ir::{BasicBlock, Convention, FunctionKind, IntValue, Value, Weight};
use crate::options::TrapInfo;
use crate::plan::{InstanceModel, TrapCall};
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

    pub(super) fn emit_trap(&self, trap: Trap) {
        let types = &self.b.types;
        // The runtime needs the instance to find out whose activation ends; with one instance
        // there is one activation, and no argument to set up at every site.
        let argument = match self.cx.module.model {
            InstanceModel::Static => None,
            InstanceModel::Passed => Some(self.instance()),
        };
        let parameters = vec![types.pointer.into(); usize::from(argument.is_some())];
        let ty = types.context.void_type().fn_type(&parameters, false);
        let function = self.cx.unit.function(trap.symbol(), ty, FunctionKind::Trap, Convention::C);
        let call = match self.cx.program.trap_call {
            TrapCall::Bare => self.b.call_bare(self.cx.program.target.architecture, function, argument),
            TrapCall::Ordinary => {
                let arguments: Vec<Value<'c>> = argument.into_iter().map(Value::from).collect();
                self.b.call(function, &arguments)
            }
        };
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
