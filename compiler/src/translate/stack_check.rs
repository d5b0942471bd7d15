//! The check of a library's functions that the stack of the calling thread is not used up: there is
//! no guard of ours below it, and functions of the host need room, too.
//!
//! Invariant: between two checks a call goes no further down than one frame, what the runtime does,
//! and functions that call nothing.

use super::function::FunctionTranslator;
use crate::ir::{Access, IntPredicate};
use crate::plan::InstanceModel;
use std::mem::offset_of;
use wasmwright_abi::instance::InstanceHeader;
use wasmwright_abi::trap::Trap;

/// A function with more locals than this is checked though it calls nothing.
const MANY_LOCALS: usize = 256;

impl FunctionTranslator<'_, '_, '_> {
    /// Whether this function checks.
    pub(super) fn checks_stack(&self) -> bool {
        let may_be_deep = self.calls || self.locals.len() > MANY_LOCALS;
        self.cx.module.model == InstanceModel::Passed && may_be_deep
    }

    /// Compares where the frame ends with the limit in the instance. To be called at the end of the
    /// entry block.
    pub(super) fn check_stack(&mut self) {
        let field = self.b.field(self.instance(), offset_of!(InstanceHeader, stack_limit) as u64);
        let limit = self.b.load(self.b.types.i64, field, 8, Access::Record).into_int_value();
        let here = self.b.stack_pointer(&self.cx.unit, self.cx.program.target.architecture);
        let is_beyond = self.b.compare(IntPredicate::ULT, here, limit);
        self.trap_if(is_beyond, Trap::StackOverflow);
    }
}
