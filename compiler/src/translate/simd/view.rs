//! Vectors on the operand stack: seen as lanes, constants by their bits.
//!
//! Invariant: a constant on the operand stack is a plain constant, never an expression of casts,
//! so that instructions can look at its lanes.

use crate::ir::{Shape, Value, VectorValue};
use crate::plan::VectorIsa;
use crate::translate::function::FunctionTranslator;

impl<'c> FunctionTranslator<'_, '_, 'c> {
    /// The vector on the stack, seen in a shape of 128 bits.
    pub(super) fn pop_lanes(&mut self, shape: Shape) -> VectorValue<'c> {
        let vector = self.pop_vector();
        self.view(vector, shape)
    }

    /// Two vectors, in the order in which they were pushed.
    pub(super) fn pop_two(&mut self, shape: Shape) -> (VectorValue<'c>, VectorValue<'c>) {
        let right = self.pop_lanes(shape);
        (self.pop_lanes(shape), right)
    }

    /// Three vectors, likewise.
    pub(super) fn pop_three(&mut self, shape: Shape) -> (VectorValue<'c>, VectorValue<'c>, VectorValue<'c>) {
        let last = self.pop_lanes(shape);
        let (first, second) = self.pop_two(shape);
        (first, second, last)
    }

    /// Pushes a vector of 128 bits, whatever its shape.
    pub(super) fn push_lanes(&mut self, vector: impl Into<Value<'c>>) {
        let vector = vector.into().into_vector_value();
        let held = match self.b.types.vector_bits(vector) {
            Some(bits) => self.v128(bits),
            None => self.b.bitcast(vector, self.b.types.v128),
        };
        self.push(held);
    }

    /// A vector of 128 bits in another shape.
    pub(super) fn view(&self, vector: VectorValue<'c>, shape: Shape) -> VectorValue<'c> {
        let types = &self.b.types;
        match types.vector_bits(vector) {
            Some(bits) => types.const_lanes(shape, |lane| lane_of(bits, shape, lane)),
            None => self.b.bitcast(vector, types.lanes(shape)).into_vector_value(),
        }
    }

    /// The same lane everywhere.
    pub(super) fn splat(&self, shape: Shape, lane: Value<'c>) -> VectorValue<'c> {
        if let Some(bits) = self.b.types.number_bits(lane) {
            return self.constant_splat(shape, bits);
        }
        let vector = self.b.insert_lane(self.b.types.lanes(shape).get_poison(), lane, self.b.i32(0));
        self.b.shuffle(vector, vector, &vec![0; shape.lanes as usize])
    }

    /// The same constant lane everywhere, by its bits.
    pub(super) fn constant_splat(&self, shape: Shape, bits: u64) -> VectorValue<'c> {
        self.b.types.const_lanes(shape, |_| bits)
    }

    /// The same float everywhere.
    pub(super) fn float_splat(&self, shape: Shape, value: f64) -> VectorValue<'c> {
        let bits = if shape.bits == 32 { u64::from((value as f32).to_bits()) } else { value.to_bits() };
        self.constant_splat(shape, bits)
    }

    /// Truths as lanes of all ones or zeros.
    pub(super) fn mask(&self, truths: VectorValue<'c>, shape: Shape) -> VectorValue<'c> {
        let ty = self.b.types.lanes(shape.as_integers());
        self.b.cast(crate::ir::Opcode::SExt, truths.into(), ty).into_vector_value()
    }

    /// Calls an intrinsic whose form the given vectors select.
    pub(super) fn lanes_intrinsic(&self, name: &str, arguments: &[VectorValue<'c>]) -> VectorValue<'c> {
        let overload = arguments[0].get_type().into();
        let arguments: Vec<Value<'c>> = arguments.iter().map(|&vector| vector.into()).collect();
        self.b.intrinsic(&self.cx.unit.module, name, &[overload], &arguments).into_vector_value()
    }

    /// Calls an intrinsic of a CPU, which has one form.
    pub(super) fn cpu_intrinsic(&self, name: &str, arguments: &[VectorValue<'c>]) -> VectorValue<'c> {
        let arguments: Vec<Value<'c>> = arguments.iter().map(|&vector| vector.into()).collect();
        self.b.intrinsic(&self.cx.unit.module, name, &[], &arguments).into_vector_value()
    }

    /// The vector instructions of the CPU.
    pub(super) fn isa(&self) -> VectorIsa {
        self.cx.program.vectors.isa
    }
}

/// The bits of a lane of a vector.
pub(super) fn lane_of(bits: u128, shape: Shape, lane: u32) -> u64 {
    (bits >> (lane * shape.bits)) as u64 & shape.lane_mask()
}
