//! The LLVM types of Wasm's value types.

use super::Type;
use crate::frontend::types::ValueType;
use inkwell::AddressSpace;
use inkwell::context::Context;
use inkwell::types::{FloatType, IntType, PointerType, VectorType};

/// Types of one context, made once.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct Types<'c> {
    pub context: &'c Context,
    pub i1: IntType<'c>,
    pub i8: IntType<'c>,
    pub i16: IntType<'c>,
    pub i32: IntType<'c>,
    pub i64: IntType<'c>,
    pub i128: IntType<'c>,
    pub f32: FloatType<'c>,
    pub f64: FloatType<'c>,
    pub pointer: PointerType<'c>,
    /// How `v128` values are held between instructions: two 64-bit lanes.
    pub v128: VectorType<'c>,
}

impl<'c> Types<'c> {
    /// The types of a context.
    pub fn new(context: &'c Context) -> Self {
        Self {
            context,
            i1: context.bool_type(),
            i8: context.i8_type(),
            i16: context.i16_type(),
            i32: context.i32_type(),
            i64: context.i64_type(),
            i128: context.i128_type(),
            f32: context.f32_type(),
            f64: context.f64_type(),
            pointer: context.ptr_type(AddressSpace::default()),
            v128: context.i64_type().vec_type(2),
        }
    }

    /// An integer of so many bits.
    pub fn integer(&self, bits: u32) -> IntType<'c> {
        let bits = std::num::NonZero::new(bits).expect("an integer has bits");
        self.context.custom_width_int_type(bits).expect("a width that LLVM has")
    }

    /// How values of a Wasm type are held.
    pub fn value(&self, ty: ValueType) -> Type<'c> {
        match ty {
            ValueType::I32 => self.i32.into(),
            ValueType::I64 => self.i64.into(),
            ValueType::F32 => self.f32.into(),
            ValueType::F64 => self.f64.into(),
            ValueType::V128 => self.v128.into(),
            ValueType::Reference(_) => self.pointer.into(),
        }
    }

    /// How many bits the numbers of a type have.
    pub fn bits(&self, ty: Type<'c>) -> Option<u64> {
        match ty {
            Type::IntType(ty) => Some(ty.get_bit_width().into()),
            Type::FloatType(ty) if ty == self.f32 => Some(32),
            Type::FloatType(_) => Some(64),
            _ => None,
        }
    }

    /// The zero of a Wasm type: what locals start with.
    pub fn zero(&self, ty: ValueType) -> super::Value<'c> {
        match ty {
            ValueType::I32 => self.i32.const_zero().into(),
            ValueType::I64 => self.i64.const_zero().into(),
            ValueType::F32 => self.f32.const_zero().into(),
            ValueType::F64 => self.f64.const_zero().into(),
            ValueType::V128 => self.v128.const_zero().into(),
            ValueType::Reference(_) => self.pointer.const_null().into(),
        }
    }
}
