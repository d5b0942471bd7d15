//! Loads that extend, splat, or fill one lane; stores of one lane.

use crate::ir::{Opcode, Shape};
use crate::translate::function::FunctionTranslator;
use wasmparser::MemArg;

impl FunctionTranslator<'_, '_, '_> {
    /// A load of 8 bytes as lanes of that shape, each extended to twice its width.
    pub(super) fn load_extended_lanes(&mut self, memarg: &MemArg, shape: Shape, op: Opcode) {
        let Some(address) = self.address(memarg, 8) else { return };
        let half = shape.half();
        let narrow = self.load_plain(address, self.b.types.lanes(half));
        let wide = self.b.cast(op, narrow, self.b.types.lanes(half.widened()));
        self.push_lanes(wide);
    }

    /// A load of one lane, which goes everywhere.
    pub(super) fn load_splat(&mut self, memarg: &MemArg, shape: Shape) {
        let Some(address) = self.address(memarg, lane_bytes(shape)) else { return };
        let lane = self.load_plain(address, self.b.types.lane(shape));
        self.push_lanes(self.splat(shape, lane));
    }

    /// A load of lane 0; the others become zero.
    pub(super) fn load_zero(&mut self, memarg: &MemArg, shape: Shape) {
        let Some(address) = self.address(memarg, lane_bytes(shape)) else { return };
        let lane = self.load_plain(address, self.b.types.lane(shape));
        let zero = self.b.types.lanes(shape).const_zero();
        self.push_lanes(self.b.insert_lane(zero, lane, self.b.i32(0)));
    }

    /// A load of one lane into a vector.
    pub(super) fn load_lane(&mut self, memarg: &MemArg, shape: Shape, lane: u8) {
        let vector = self.pop_lanes(shape);
        let Some(address) = self.address(memarg, lane_bytes(shape)) else { return };
        let value = self.load_plain(address, self.b.types.lane(shape));
        self.push_lanes(self.b.insert_lane(vector, value, self.b.i32(lane.into())));
    }

    /// A store of one lane.
    pub(super) fn store_lane(&mut self, memarg: &MemArg, shape: Shape, lane: u8) {
        let vector = self.pop_lanes(shape);
        let Some(address) = self.address(memarg, lane_bytes(shape)) else { return };
        let value = self.b.extract_lane(vector, self.b.i32(lane.into()));
        self.b.store(value, address.pointer, 1, address.access);
    }
}

fn lane_bytes(shape: Shape) -> u64 {
    u64::from(shape.bits / 8)
}
