//! Constant expressions: initial values of globals and elements, offsets of segments.

use super::index::{FuncIndex, GlobalIndex};
use crate::error::{Error, Location, Result};
use wasmparser::Operator;

/// A constant expression in the order of the stack machine, without its `end`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConstExpr {
    /// Its instructions.
    pub ops: Vec<ConstOp>,
}

/// An instruction of a constant expression. Floats and vectors are bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum ConstOp {
    I32(i32),
    I64(i64),
    F32(u32),
    F64(u64),
    V128(u128),
    Null,
    Function(FuncIndex),
    Global(GlobalIndex),
    I32Arithmetic(Arithmetic),
    I64Arithmetic(Arithmetic),
}

/// Arithmetic of extended constant expressions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Arithmetic {
    Add,
    Sub,
    Mul,
}

/// The value of a constant expression, as far as it is known at compile time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum ConstValue {
    I32(i32),
    I64(i64),
    F32(u32),
    F64(u64),
    V128(u128),
    Null,
    Function(FuncIndex),
}

impl ConstExpr {
    /// `ref.func` of that function.
    pub fn of_function(function: FuncIndex) -> Self {
        Self { ops: vec![ConstOp::Function(function)] }
    }

    /// Reads an expression that was validated.
    pub fn read(expr: &wasmparser::ConstExpr<'_>) -> Result<Self> {
        let mut ops = Vec::new();
        for op in expr.get_operators_reader().into_iter_with_offsets() {
            let (op, offset) = op.map_err(super::features::malformed)?;
            if let Operator::End = op {
                continue;
            }
            ops.push(const_op(&op).ok_or_else(|| Error::Unsupported {
                feature: format!("{} in a constant expression", super::features::feature_of(&op)),
                location: Location::at(offset),
            })?);
        }
        Ok(Self { ops })
    }

    /// The value, if it does not hang on a global whose value `global` does not know.
    pub fn evaluate(&self, global: impl Fn(GlobalIndex) -> Option<ConstValue>) -> Option<ConstValue> {
        let mut stack = Vec::new();
        for op in &self.ops {
            let value = match *op {
                ConstOp::I32(value) => ConstValue::I32(value),
                ConstOp::I64(value) => ConstValue::I64(value),
                ConstOp::F32(bits) => ConstValue::F32(bits),
                ConstOp::F64(bits) => ConstValue::F64(bits),
                ConstOp::V128(bits) => ConstValue::V128(bits),
                ConstOp::Null => ConstValue::Null,
                ConstOp::Function(function) => ConstValue::Function(function),
                ConstOp::Global(index) => global(index)?,
                ConstOp::I32Arithmetic(arithmetic) => match (stack.pop()?, stack.pop()?) {
                    (ConstValue::I32(right), ConstValue::I32(left)) => {
                        ConstValue::I32(arithmetic.i32(left, right))
                    }
                    _ => return None,
                },
                ConstOp::I64Arithmetic(arithmetic) => match (stack.pop()?, stack.pop()?) {
                    (ConstValue::I64(right), ConstValue::I64(left)) => {
                        ConstValue::I64(arithmetic.i64(left, right))
                    }
                    _ => return None,
                },
            };
            stack.push(value);
        }
        stack.pop()
    }

    /// The function that the expression is a reference to.
    pub fn function(&self) -> Option<FuncIndex> {
        match self.ops[..] {
            [ConstOp::Function(function)] => Some(function),
            _ => None,
        }
    }
}

impl Arithmetic {
    fn i32(self, left: i32, right: i32) -> i32 {
        match self {
            Self::Add => left.wrapping_add(right),
            Self::Sub => left.wrapping_sub(right),
            Self::Mul => left.wrapping_mul(right),
        }
    }

    fn i64(self, left: i64, right: i64) -> i64 {
        match self {
            Self::Add => left.wrapping_add(right),
            Self::Sub => left.wrapping_sub(right),
            Self::Mul => left.wrapping_mul(right),
        }
    }
}

fn const_op(op: &Operator<'_>) -> Option<ConstOp> {
    Some(match *op {
        Operator::I32Const { value } => ConstOp::I32(value),
        Operator::I64Const { value } => ConstOp::I64(value),
        Operator::F32Const { value } => ConstOp::F32(value.bits()),
        Operator::F64Const { value } => ConstOp::F64(value.bits()),
        Operator::V128Const { value } => ConstOp::V128(u128::from_le_bytes(*value.bytes())),
        Operator::RefNull { .. } => ConstOp::Null,
        Operator::RefFunc { function_index } => ConstOp::Function(FuncIndex(function_index)),
        Operator::GlobalGet { global_index } => ConstOp::Global(GlobalIndex(global_index)),
        Operator::I32Add => ConstOp::I32Arithmetic(Arithmetic::Add),
        Operator::I32Sub => ConstOp::I32Arithmetic(Arithmetic::Sub),
        Operator::I32Mul => ConstOp::I32Arithmetic(Arithmetic::Mul),
        Operator::I64Add => ConstOp::I64Arithmetic(Arithmetic::Add),
        Operator::I64Sub => ConstOp::I64Arithmetic(Arithmetic::Sub),
        Operator::I64Mul => ConstOp::I64Arithmetic(Arithmetic::Mul),
        _ => return None,
    })
}
