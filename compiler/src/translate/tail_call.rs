//! Tail calls, as far as LLVM compiles them rightly.
//!
//! LLVM 22 loses stack arguments of `musttail` calls under `tailcc` on x86-64: it neither stores
//! the callee's nor makes up for the difference to the caller's. So both must pass theirs in
//! registers; what does not is refused, because no wrong program may come out.

use super::call::CallKind;
use super::function::FunctionTranslator;
use super::signature;
use crate::error::{Error, Location, Result};
use crate::frontend::index::{FuncIndex, TypeIndex};
use crate::frontend::types::FunctionType;

impl FunctionTranslator<'_, '_, '_> {
    pub(super) fn tail_call(&mut self, function: u32, offset: u64) -> Result<()> {
        self.check_tail_call(self.cx.module.parsed.function_type(FuncIndex(function)), offset)?;
        self.call(function, CallKind::Tail);
        Ok(())
    }

    pub(super) fn tail_call_indirect(&mut self, ty: u32, table: u32, offset: u64) -> Result<()> {
        self.check_tail_call(&self.cx.module.parsed.types[TypeIndex(ty).index()], offset)?;
        self.call_indirect(ty, table, CallKind::Tail);
        Ok(())
    }

    pub(super) fn tail_call_ref(&mut self, ty: u32, offset: u64) -> Result<()> {
        self.check_tail_call(&self.cx.module.parsed.types[TypeIndex(ty).index()], offset)?;
        self.call_ref(ty, CallKind::Tail);
        Ok(())
    }

    fn check_tail_call(&self, callee: &FunctionType, offset: u64) -> Result<()> {
        let model = self.cx.module.model;
        if signature::fits_registers(callee, model) && signature::fits_registers(self.ty, model) {
            return Ok(());
        }
        Err(Error::Unsupported {
            feature: "a tail call with more parameters than go into registers".into(),
            location: Location::at(offset),
        })
    }
}
