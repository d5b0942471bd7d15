//! Single lanes: splat, extract, replace.

use crate::ir::{Opcode, Shape, Value};
use crate::translate::function::FunctionTranslator;

impl<'c> FunctionTranslator<'_, '_, 'c> {
    pub(super) fn vector_splat(&mut self, shape: Shape) {
        let lane = self.pop();
        let lane = self.narrow_lane(shape, lane);
        self.push_lanes(self.splat(shape, lane));
    }

    /// A lane that is a number of Wasm as it is.
    pub(super) fn extract_lane(&mut self, shape: Shape, lane: u8) {
        let vector = self.pop_lanes(shape);
        self.push(self.b.extract_lane(vector, self.b.i32(lane.into())));
    }

    /// A lane narrower than an `i32`, extended to one by `op`.
    pub(super) fn extract_narrow_lane(&mut self, shape: Shape, lane: u8, op: Opcode) {
        let vector = self.pop_lanes(shape);
        let value = self.b.extract_lane(vector, self.b.i32(lane.into()));
        self.push(self.b.cast(op, value, self.b.types.i32));
    }

    pub(super) fn replace_lane(&mut self, shape: Shape, lane: u8) {
        let value = self.pop();
        let vector = self.pop_lanes(shape);
        let value = self.narrow_lane(shape, value);
        self.push_lanes(self.b.insert_lane(vector, value, self.b.i32(lane.into())));
    }

    /// A number as a lane: narrow lanes take the low bits of an `i32`.
    fn narrow_lane(&self, shape: Shape, value: Value<'c>) -> Value<'c> {
        match value {
            Value::IntValue(_) if shape.bits < 32 => {
                self.b.cast(Opcode::Trunc, value, self.b.types.lane_integer(shape))
            }
            _ => value,
        }
    }
}
