//! What a body does with its frame in the memory: which bytes of it nothing writes but stores to the
//! frame's address plus a constant.
//!
//! Optimised code delays and removes such stores, so a debugger that reads the memory would show what is
//! not there yet. Compilers take the address of one object for what they do not access so; by that the
//! others are found. What is not understood makes all of them unknown.

use super::local_writes::is_edge;
use crate::error::Result;
use crate::frontend::features::malformed;
use crate::frontend::index::FuncIndex;
use crate::frontend::module::{Body, ParsedModule};
use crate::frontend::types::ValueType;
use std::collections::HashMap;
use std::ops::Range;
use wasmparser::{MemArg, MemArgTarget, ModuleArity, Operator as Op};

/// What a store writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Where in the frame.
    pub offset: i64,
    /// How much.
    pub bytes: u64,
    /// Of what type the operand is; its low bytes are stored.
    pub ty: ValueType,
}

/// The uses of one frame.
#[derive(Debug, Default)]
pub struct FrameUses {
    /// Stores by their positions.
    stores: HashMap<u32, Slot>,
    /// Places whose addresses are taken; each is in the object that others may write.
    taken: Vec<i64>,
    /// Whether addresses are computed in ways that are not understood.
    is_unknown: bool,
}

/// An operand.
#[derive(Clone, Copy)]
enum Operand {
    /// The frame's address plus that.
    Frame(i64),
    Constant(i32),
    Other,
}

impl FrameUses {
    /// Those of the frame whose address is in that local.
    pub fn read(module: &ParsedModule<'_>, body: &Body<'_>, local: u32) -> Result<Self> {
        let mut reader = Reader { module, local, stack: Vec::new(), writes: 0, uses: Self::default() };
        let mut operators = body.reader.get_operators_reader().map_err(malformed)?;
        while !operators.eof() {
            let (op, offset) = operators.read_with_offset().map_err(malformed)?;
            reader.step(&op, (offset - body.offset) as u32);
        }
        reader.uses.is_unknown |= reader.writes != 1;
        Ok(reader.uses)
    }

    /// What is stored to the whole of these bytes, if nothing else writes any of them.
    pub fn only_slot(&self, bytes: Range<i64>) -> Option<Slot> {
        if self.is_unknown || self.taken.iter().any(|place| bytes.contains(place)) {
            return None;
        }
        let overlaps =
            |slot: &&Slot| slot.offset < bytes.end && bytes.start < slot.offset + slot.bytes as i64;
        let mut stores = self.stores.values().filter(overlaps);
        let first = *stores.next()?;
        let is_whole = first.offset == bytes.start && first.bytes as i64 == bytes.end - bytes.start;
        (is_whole && stores.all(|slot| *slot == first)).then_some(first)
    }

    /// Where a slot is stored to.
    pub fn stores_to(&self, slot: Slot) -> impl Iterator<Item = u32> {
        self.stores.iter().filter(move |(_, stored)| **stored == slot).map(|(&position, _)| position)
    }
}

struct Reader<'r, 'a> {
    module: &'r ParsedModule<'a>,
    local: u32,
    stack: Vec<Operand>,
    /// Writes to the local.
    writes: usize,
    uses: FrameUses,
}

impl Reader<'_, '_> {
    fn pop(&mut self) -> Operand {
        self.stack.pop().unwrap_or(Operand::Other)
    }

    /// An object's address goes elsewhere.
    fn take(&mut self, operand: Operand) {
        if let Operand::Frame(place) = operand {
            self.uses.taken.push(place);
        }
    }

    /// Something is computed from an address. What is computed from the frame's own may be in any object.
    fn compute(&mut self, operand: Operand) {
        self.uses.is_unknown |= matches!(operand, Operand::Frame(0));
        self.take(operand);
    }

    fn step(&mut self, op: &Op<'_>, position: u32) {
        match *op {
            Op::LocalGet { local_index } if local_index == self.local => self.stack.push(Operand::Frame(0)),
            Op::LocalSet { local_index } if local_index == self.local => {
                self.pop();
                self.writes += 1;
            }
            Op::LocalTee { local_index } if local_index == self.local => {
                self.pop();
                self.stack.push(Operand::Frame(0));
                self.writes += 1;
            }
            // The stack pointer: callees are below it.
            Op::GlobalSet { .. } => drop(self.pop()),
            Op::LocalTee { .. } => {
                let operand = self.stack.last().copied().unwrap_or(Operand::Other);
                self.compute(operand);
            }
            Op::I32Const { value } => self.stack.push(Operand::Constant(value)),
            Op::I32Add => self.add(),
            Op::Call { function_index } => {
                let ty = self.module.function_type(FuncIndex(function_index));
                self.call(ty.parameters.len(), ty.results.len());
            }
            Op::CallIndirect { type_index, .. } => {
                let ty = &self.module.types[type_index as usize];
                self.call(ty.parameters.len() + 1, ty.results.len());
            }
            Op::MemoryCopy { .. } | Op::MemoryFill { .. } => self.call(3, 0),
            _ if is_load(op) => {
                self.pop();
                self.stack.push(Operand::Other);
            }
            _ => match stored(op) {
                Some((argument, bytes, ty)) => {
                    let value = self.pop();
                    self.take(value);
                    if let Operand::Frame(place) = self.pop() {
                        let offset = place + argument.offset as i64;
                        self.uses.stores.insert(position, Slot { offset, bytes, ty });
                    }
                }
                None => self.any(op),
            },
        }
    }

    fn add(&mut self) {
        let sum = match (self.pop(), self.pop()) {
            (Operand::Frame(place), Operand::Constant(value))
            | (Operand::Constant(value), Operand::Frame(place)) => Operand::Frame(place + i64::from(value)),
            (right, left) => {
                self.compute(right);
                self.compute(left);
                Operand::Other
            }
        };
        self.stack.push(sum);
    }

    fn call(&mut self, parameters: usize, results: usize) {
        for _ in 0..parameters {
            let operand = self.pop();
            self.take(operand);
        }
        self.stack.extend((0..results).map(|_| Operand::Other));
    }

    fn any(&mut self, op: &Op<'_>) {
        let arity = op.operator_arity(&NoModule).filter(|_| !is_edge(op));
        // Of what control transfers nothing is known.
        let (operands, results) = arity.unwrap_or((self.stack.len() as u32, 0));
        for _ in 0..operands {
            let operand = self.pop();
            self.compute(operand);
        }
        self.stack.extend((0..results).map(|_| Operand::Other));
    }
}

fn is_load(op: &Op<'_>) -> bool {
    matches!(
        op,
        Op::I32Load { .. }
            | Op::I64Load { .. }
            | Op::F32Load { .. }
            | Op::F64Load { .. }
            | Op::I32Load8S { .. }
            | Op::I32Load8U { .. }
            | Op::I32Load16S { .. }
            | Op::I32Load16U { .. }
            | Op::I64Load8S { .. }
            | Op::I64Load8U { .. }
            | Op::I64Load16S { .. }
            | Op::I64Load16U { .. }
            | Op::I64Load32S { .. }
            | Op::I64Load32U { .. }
    )
}

/// Bytes and operand of a plain store to memory 0, where frames are.
fn stored(op: &Op<'_>) -> Option<(MemArg, u64, ValueType)> {
    let (memarg, bytes, ty) = match *op {
        Op::I32Store { memarg } => (memarg, 4, ValueType::I32),
        Op::I64Store { memarg } => (memarg, 8, ValueType::I64),
        Op::F32Store { memarg } => (memarg, 4, ValueType::F32),
        Op::F64Store { memarg } => (memarg, 8, ValueType::F64),
        Op::I32Store8 { memarg } => (memarg, 1, ValueType::I32),
        Op::I32Store16 { memarg } => (memarg, 2, ValueType::I32),
        Op::I64Store8 { memarg } => (memarg, 1, ValueType::I64),
        Op::I64Store16 { memarg } => (memarg, 2, ValueType::I64),
        Op::I64Store32 { memarg } => (memarg, 4, ValueType::I64),
        _ => return None,
    };
    // Beyond 32 bits is no frame, and its end might be beyond 64.
    let may_be_frame = memarg.target == MemArgTarget::Memory(0) && u32::try_from(memarg.offset).is_ok();
    may_be_frame.then_some((memarg, bytes, ty))
}

/// Tells nothing of a module: for operators that have as many operands everywhere.
struct NoModule;

impl ModuleArity for NoModule {
    fn sub_type_at(&self, _: u32) -> Option<&wasmparser::SubType> {
        None
    }

    fn tag_type_arity(&self, _: u32) -> Option<(u32, u32)> {
        None
    }

    fn type_index_of_function(&self, _: u32) -> Option<u32> {
        None
    }

    fn func_type_of_cont_type(&self, _: &wasmparser::ContType) -> Option<&wasmparser::FuncType> {
        None
    }

    fn sub_type_of_ref_type(&self, _: &wasmparser::RefType) -> Option<&wasmparser::SubType> {
        None
    }

    fn control_stack_height(&self) -> u32 {
        0
    }

    fn label_block(&self, _: u32) -> Option<(wasmparser::BlockType, wasmparser::FrameKind)> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frontend::parse;

    /// The uses of the frame of a module's first function, whose address is in local 0.
    fn uses(store: &str) -> FrameUses {
        let text = format!(
            "(module (memory i64 1) (func (local i64)
                (local.set 0 (i64.const 64)) ({store} (local.get 0) (i64.const 1))))"
        );
        let wasm = wat::parse_str(text).unwrap();
        let module = parse(&wasm).unwrap();
        FrameUses::read(&module, &module.bodies[0], 0).unwrap()
    }

    #[test]
    fn stores_beyond_every_frame_are_none_of_it() {
        assert!(uses("i64.store offset=8").only_slot(8..16).is_some());
        assert!(uses("i64.store offset=0x7ffffffffffffffc").only_slot(8..16).is_none());
        assert!(uses("i64.store offset=0xfffffffffffffff8").only_slot(-8..0).is_none());
    }
}
