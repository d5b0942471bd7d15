//! How the bits of a vector are seen: as so many lanes of a kind.

use super::{IntValue, Type, Types, Value, VectorValue, const_float_bits, raw};
use inkwell::types::{IntType, VectorType};

/// Lanes of a vector. Most have 128 bits; halves and doubles appear on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Number of lanes.
    pub lanes: u32,
    /// Bits of a lane.
    pub bits: u32,
    /// Whether lanes are floats.
    pub float: bool,
}

/// `i8x16`
pub const I8X16: Shape = Shape::integers(16, 8);
/// `i16x8`
pub const I16X8: Shape = Shape::integers(8, 16);
/// `i32x4`
pub const I32X4: Shape = Shape::integers(4, 32);
/// `i64x2`
pub const I64X2: Shape = Shape::integers(2, 64);
/// `f32x4`
pub const F32X4: Shape = Shape { lanes: 4, bits: 32, float: true };
/// `f64x2`
pub const F64X2: Shape = Shape { lanes: 2, bits: 64, float: true };

impl Shape {
    /// Integer lanes.
    pub const fn integers(lanes: u32, bits: u32) -> Self {
        Self { lanes, bits, float: false }
    }

    /// As many integers of the same width.
    pub const fn as_integers(self) -> Self {
        Self { float: false, ..self }
    }

    /// Half as many lanes of the same kind.
    pub const fn half(self) -> Self {
        Self { lanes: self.lanes / 2, ..self }
    }

    /// As many lanes of twice the width.
    pub const fn widened(self) -> Self {
        Self { bits: self.bits * 2, ..self }
    }

    /// Half as many lanes of twice the width: in 128 bits, the shape of what pairs of lanes give.
    pub const fn paired(self) -> Self {
        self.half().widened()
    }

    /// Twice as many lanes of half the width.
    pub const fn split(self) -> Self {
        Self { lanes: self.lanes * 2, bits: self.bits / 2, ..self }
    }

    /// The bits of a lane that is all ones.
    pub const fn lane_mask(self) -> u64 {
        u64::MAX >> (64 - self.bits)
    }

    /// The bit of a lane that is its sign.
    pub const fn sign_bit(self) -> u64 {
        1 << (self.bits - 1)
    }
}

impl<'c> Types<'c> {
    /// The integer type of a lane's width.
    pub fn lane_integer(&self, shape: Shape) -> IntType<'c> {
        match shape.bits {
            1 => self.i1,
            8 => self.i8,
            16 => self.i16,
            32 => self.i32,
            _ => self.i64,
        }
    }

    /// The type of a lane.
    pub fn lane(&self, shape: Shape) -> Type<'c> {
        match (shape.float, shape.bits) {
            (true, 32) => self.f32.into(),
            (true, _) => self.f64.into(),
            _ => self.lane_integer(shape).into(),
        }
    }

    /// The type of a vector.
    pub fn lanes(&self, shape: Shape) -> VectorType<'c> {
        match (shape.float, shape.bits) {
            (true, 32) => self.f32.vec_type(shape.lanes),
            (true, _) => self.f64.vec_type(shape.lanes),
            _ => self.lane_integer(shape).vec_type(shape.lanes),
        }
    }

    /// A constant vector by the bits of its lanes.
    pub fn const_lanes(&self, shape: Shape, lane: impl Fn(u32) -> u64) -> VectorValue<'c> {
        let integer = self.lane_integer(shape);
        let bits: Vec<IntValue<'c>> =
            (0..shape.lanes).map(|index| integer.const_int(lane(index), false)).collect();
        match (shape.float, shape.bits) {
            (true, 32) => self.const_floats(&bits, self.f32),
            (true, _) => self.const_floats(&bits, self.f64),
            _ => VectorType::const_vector(&bits),
        }
    }

    fn const_floats(&self, bits: &[IntValue<'c>], ty: inkwell::types::FloatType<'c>) -> VectorValue<'c> {
        let lanes: Vec<_> = bits.iter().map(|&bits| const_float_bits(bits, ty)).collect();
        VectorType::const_vector(&lanes)
    }

    /// The bits of a constant vector of 128 bits. Nothing for others, and for constants whose
    /// lanes LLVM has not computed.
    pub fn vector_bits(&self, vector: VectorValue<'c>) -> Option<u128> {
        if !vector.is_const() {
            return None;
        }
        let lanes = vector.get_type().get_size();
        let bits = 128 / lanes;
        (0..lanes).try_fold(0, |all, lane| {
            let lane_bits = raw::constant_lane_bits(self, vector, lane)?;
            Some(all | u128::from(lane_bits) << (lane * bits))
        })
    }

    /// The bits of a constant number.
    pub fn number_bits(&self, value: Value<'c>) -> Option<u64> {
        raw::constant_bits(self, value)
    }
}
