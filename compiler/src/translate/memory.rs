//! Loads, stores, `memory.size`, `memory.grow`.
//!
//! Wasm's alignment is a hint: every access has alignment 1.

use super::address::HostAddress;
use super::function::FunctionTranslator;
use crate::ir::{BasicType, IntValue, Opcode, Uses, Value, keep};
use wasmparser::MemArg;
use wasmwright_abi::runtime_function::RuntimeFunction;

impl<'c> FunctionTranslator<'_, '_, 'c> {
    /// A load of a whole value of that many bytes.
    pub(super) fn load(&mut self, memarg: &MemArg, bytes: u64, ty: impl BasicType<'c>) {
        let Some(address) = self.address(memarg, bytes) else { return };
        let value = self.load_plain(address, ty);
        self.push(value);
    }

    /// A load of fewer bytes than the value has, extended by `op`.
    pub(super) fn load_extended(&mut self, memarg: &MemArg, bytes: u64, op: Opcode, to: impl BasicType<'c>) {
        let Some(address) = self.address(memarg, bytes) else { return };
        let narrow = self.load_plain(address, self.integer_of(bytes));
        self.push(self.b.cast(op, narrow, to));
    }

    /// A load that LLVM may move, merge and forward to, but not drop where Wasm discards its value:
    /// under guard pages it is the access that traps. See [`Self::keep_discarded_loads`].
    pub(super) fn load_plain(&mut self, address: HostAddress<'c>, ty: impl BasicType<'c>) -> Value<'c> {
        let value = self.b.load(ty, address.pointer, 1, address.access);
        self.memory_loads.push(value);
        value
    }

    /// At the end of a body: makes LLVM keep the loads whose values the module discards. Done for
    /// those alone, because a forced read elsewhere would block what makes loops fast.
    pub(super) fn keep_discarded_loads(&mut self) {
        let mut uses = Uses::default();
        for load in std::mem::take(&mut self.memory_loads) {
            if uses.is_discarded(load) {
                keep(load);
            }
        }
    }

    /// A store of a whole value of that many bytes.
    pub(super) fn store(&mut self, memarg: &MemArg, bytes: u64) {
        let value = self.pop();
        let Some(address) = self.address(memarg, bytes) else { return };
        self.b.store(value, address.pointer, 1, address.access);
    }

    /// A store of the low bytes of an integer.
    pub(super) fn store_low(&mut self, memarg: &MemArg, bytes: u64) {
        let value = self.pop();
        let Some(address) = self.address(memarg, bytes) else { return };
        let low = self.b.cast(Opcode::Trunc, value, self.integer_of(bytes));
        self.b.store(low, address.pointer, 1, address.access);
    }

    fn integer_of(&self, bytes: u64) -> inkwell::types::IntType<'c> {
        match bytes {
            1 => self.b.types.i8,
            2 => self.b.types.i16,
            4 => self.b.types.i32,
            _ => self.b.types.i64,
        }
    }

    pub(super) fn memory_size(&mut self, memory: u32) {
        let plan = self.cx.module.memories[memory as usize];
        let length = self.memory_length(memory);
        let pages = self.b.int(Opcode::LShr, length, self.b.i64(plan.page_size_log2.into()));
        self.push_index(pages, plan.index64);
    }

    pub(super) fn memory_grow(&mut self, memory: u32) {
        let plan = self.cx.module.memories[memory as usize];
        let delta = self.pop_int();
        let delta = self.b.extend(delta);
        let before = self
            .runtime_call(RuntimeFunction::MemoryGrow, &[self.memory_record(memory).into(), delta.into()]);
        self.push_index(before, plan.index64);
    }

    /// A 64-bit length as a value of the index type; a failure's `u64::MAX` becomes -1 in both.
    pub(super) fn push_index(&mut self, value: IntValue<'c>, index64: bool) {
        let value = match index64 {
            true => value.into(),
            false => self.b.cast(Opcode::Trunc, value.into(), self.b.types.i32),
        };
        self.push(value);
    }
}
