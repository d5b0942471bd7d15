//! Constants, by their bits.

use super::function::FunctionTranslator;
use crate::frontend::const_expr::{Arithmetic, ConstExpr, ConstOp, ConstValue};
use crate::frontend::types::ValueType;
use crate::ir::{I64X2, Opcode, Value, const_float_bits};

impl<'c> FunctionTranslator<'_, '_, 'c> {
    pub(super) fn push_f32(&mut self, bits: u32) {
        self.push(const_float_bits(self.b.i32(bits), self.b.types.f32));
    }

    pub(super) fn push_f64(&mut self, bits: u64) {
        self.push(const_float_bits(self.b.i64(bits), self.b.types.f64));
    }

    /// A `v128` constant.
    pub(super) fn v128(&self, bits: u128) -> Value<'c> {
        let halves = [bits as u64, (bits >> 64) as u64];
        self.b.types.const_lanes(I64X2, |lane| halves[lane as usize]).into()
    }

    /// A known value.
    pub(super) fn constant(&self, value: ConstValue, ty: ValueType) -> Value<'c> {
        let types = &self.b.types;
        match value {
            ConstValue::I32(value) => self.b.i32(value as u32).into(),
            ConstValue::I64(value) => self.b.i64(value as u64).into(),
            ConstValue::F32(bits) => const_float_bits(self.b.i32(bits), types.f32).into(),
            ConstValue::F64(bits) => const_float_bits(self.b.i64(bits), types.f64).into(),
            ConstValue::V128(bits) => self.v128(bits),
            ConstValue::Null => types.zero(ty),
            ConstValue::Function(function) => self.function_reference(function).into(),
        }
    }

    /// Evaluates a constant expression at run time.
    pub(super) fn const_expr(&self, expr: &ConstExpr, ty: ValueType) -> Value<'c> {
        let mut stack: Vec<Value<'c>> = Vec::new();
        for op in &expr.ops {
            let value = match *op {
                ConstOp::I32(value) => self.constant(ConstValue::I32(value), ty),
                ConstOp::I64(value) => self.constant(ConstValue::I64(value), ty),
                ConstOp::F32(bits) => self.constant(ConstValue::F32(bits), ty),
                ConstOp::F64(bits) => self.constant(ConstValue::F64(bits), ty),
                ConstOp::V128(bits) => self.v128(bits),
                ConstOp::Null => self.b.types.pointer.const_null().into(),
                ConstOp::Function(function) => self.function_reference(function).into(),
                ConstOp::Global(global) => self.global_value(global),
                ConstOp::I32Arithmetic(arithmetic) | ConstOp::I64Arithmetic(arithmetic) => {
                    let right = stack.pop().expect("validated");
                    let left = stack.pop().expect("validated");
                    self.b.binary(opcode(arithmetic), left, right)
                }
            };
            stack.push(value);
        }
        stack.pop().expect("validated")
    }
}

fn opcode(arithmetic: Arithmetic) -> Opcode {
    match arithmetic {
        Arithmetic::Add => Opcode::Add,
        Arithmetic::Sub => Opcode::Sub,
        Arithmetic::Mul => Opcode::Mul,
    }
}
