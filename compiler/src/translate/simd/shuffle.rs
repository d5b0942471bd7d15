//! Lanes by position: shuffles by constant positions, swizzles by computed ones.

use super::view::lane_of;
use crate::ir::{I8X16, IntPredicate, Value, VectorValue};
use crate::plan::{VectorIsa, X86Vectors};
use crate::translate::function::FunctionTranslator;

impl<'c> FunctionTranslator<'_, '_, 'c> {
    pub(super) fn shuffle(&mut self, lanes: &[u8; 16]) {
        let (left, right) = self.pop_two(I8X16);
        let lanes = lanes.map(u32::from);
        self.push_lanes(self.b.shuffle(left, right, &lanes));
    }

    pub(super) fn swizzle(&mut self) {
        let (vector, positions) = self.pop_two(I8X16);
        self.push_lanes(self.swizzled(vector, positions));
    }

    /// The lanes at these positions; zero for those beyond the last.
    pub(super) fn swizzled(&self, vector: VectorValue<'c>, positions: VectorValue<'c>) -> VectorValue<'c> {
        if let Some(bits) = self.b.types.vector_bits(positions) {
            let lane = |index| (lane_of(bits, I8X16, index) as u32).min(16);
            let zero = self.b.types.lanes(I8X16).const_zero();
            return self.b.shuffle(
                vector,
                zero,
                &std::array::from_fn::<u32, 16, _>(|index| lane(index as u32)),
            );
        }
        match self.isa() {
            VectorIsa::X86(X86Vectors { ssse3: true, .. }) => {
                // `pshufb` gives zero where bit 7 is set: from 16 on, 0x70 more sets it.
                let beyond = self.constant_splat(I8X16, 0x70);
                let positions = self.lanes_intrinsic("llvm.uadd.sat", &[positions, beyond]);
                self.cpu_intrinsic("llvm.x86.ssse3.pshuf.b.128", &[vector, positions])
            }
            VectorIsa::Neon => self.lanes_intrinsic("llvm.aarch64.neon.tbl1", &[vector, positions]),
            _ => self.swizzled_by_lane(vector, positions),
        }
    }

    fn swizzled_by_lane(&self, vector: VectorValue<'c>, positions: VectorValue<'c>) -> VectorValue<'c> {
        let types = &self.b.types;
        let mut result = types.lanes(I8X16).get_poison();
        for lane in 0..16 {
            let lane = self.b.i32(lane);
            let position = self.b.extract_lane(positions, lane).into_int_value();
            let exists = self.b.compare(IntPredicate::ULT, position, types.i8.const_int(16, false));
            // The position of a lane that is not there must not reach LLVM.
            let wrapped = self.b.int(crate::ir::Opcode::And, position, types.i8.const_int(15, false));
            let value = self.b.extract_lane(vector, wrapped);
            let value: Value<'c> = self.b.select(exists, value, types.i8.const_zero().into());
            result = self.b.insert_lane(result, value, lane);
        }
        result
    }
}
