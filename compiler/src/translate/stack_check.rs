//! The check of a library's functions that the stack of the calling thread is not used up: there is
//! no guard of ours below it, and functions of the host need room, too. Where calls can be interrupted,
//! the limit is also how code hears of it.
//!
//! Invariant: between two checks a call goes no further down than one frame, what the runtime does,
//! and functions that call nothing.

use super::function::FunctionTranslator;
use crate::ir::{Access, IntPredicate, poll_in_loops};
use crate::plan::{InstanceModel, Interruption};
use std::mem::offset_of;
use wasmwright_abi::instance::InstanceHeader;
use wasmwright_abi::trap::Trap;

/// A function with more locals than this is checked though it calls nothing.
const MANY_LOCALS: usize = 256;

impl FunctionTranslator<'_, '_, '_> {
    /// Whether this function checks.
    pub(super) fn checks_stack(&self) -> bool {
        let may_be_deep = self.calls || self.locals.len() > MANY_LOCALS;
        // Its loops look at the instance, which then stays a parameter.
        let is_polled = self.loops && self.cx.program.interruption == Interruption::Polled;
        self.cx.module.model == InstanceModel::Passed && (may_be_deep || is_polled)
    }

    /// Has loops look for interruptions.
    pub(super) fn poll_in_loops(&self) {
        if self.cx.program.interruption == Interruption::Polled {
            let offset = offset_of!(InstanceHeader, stack_limit) as u64;
            poll_in_loops(self.b.types.context, self.function, offset, Trap::Interrupted.symbol());
        }
    }

    /// Compares where the frame ends with the limit in the instance. To be called at the end of the
    /// entry block.
    pub(super) fn check_stack(&mut self) {
        let field = self.b.field(self.instance(), offset_of!(InstanceHeader, stack_limit) as u64);
        let limit = match self.cx.program.interruption {
            Interruption::None => self.b.load(self.b.types.i64, field, 8, Access::Record),
            Interruption::Polled => self.b.load_shared(self.b.types.i64, field, 8, Access::Record),
        };
        let limit = limit.into_int_value();
        let here = self.b.stack_pointer(&self.cx.unit, self.cx.program.target.architecture);
        let is_beyond = self.b.compare(IntPredicate::ULT, here, limit);
        self.trap_if(is_beyond, Trap::StackOverflow);
    }
}
