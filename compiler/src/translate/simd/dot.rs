//! Sums of neighbours and of their products.

use crate::ir::{I8X16, I16X8, I32X4, IntPredicate, Opcode, Shape, VectorValue};
use crate::plan::{VectorIsa, X86Vectors};
use crate::translate::function::FunctionTranslator;

impl<'c> FunctionTranslator<'_, '_, 'c> {
    /// `extadd_pairwise`: the sum of each pair of lanes of that shape, in twice the width.
    pub(super) fn add_pairs(&mut self, shape: Shape, op: Opcode) {
        let vector = self.pop_lanes(shape);
        self.push_lanes(self.pair_sums(vector, shape, op));
    }

    /// The sums of pairs of lanes.
    pub(super) fn pair_sums(&self, vector: VectorValue<'c>, shape: Shape, op: Opcode) -> VectorValue<'c> {
        let ones = self.constant_splat(shape, 1);
        let signed = op == Opcode::SExt;
        match self.isa() {
            VectorIsa::X86(X86Vectors { ssse3: true, .. }) if shape == I8X16 => {
                // `pmaddubsw` multiplies unsigned by signed bytes.
                let (unsigned, signed) = if signed { (ones, vector) } else { (vector, ones) };
                self.cpu_intrinsic("llvm.x86.ssse3.pmadd.ub.sw.128", &[unsigned, signed])
            }
            VectorIsa::X86(_) if shape == I16X8 && signed => self.pair_products(vector, ones),
            VectorIsa::X86(_) if shape == I16X8 => self.unsigned_pair_sums(vector, ones),
            VectorIsa::Neon => {
                let name = if signed { "llvm.aarch64.neon.saddlp" } else { "llvm.aarch64.neon.uaddlp" };
                let overloads = [self.b.types.lanes(shape.paired()).into(), vector.get_type().into()];
                self.b.intrinsic(&self.cx.unit.module, name, &overloads, &[vector.into()]).into_vector_value()
            }
            _ => {
                let wide = self.b.types.lanes(shape.paired());
                let [even, odd] = self.even_and_odd(vector, shape);
                let even = self.b.cast(op, even.into(), wide);
                let odd = self.b.cast(op, odd.into(), wide);
                self.b.binary(Opcode::Add, even, odd).into_vector_value()
            }
        }
    }

    /// Unsigned 16-bit lanes by the signed instruction: each lane less 2^15, the sum plus 2^16.
    fn unsigned_pair_sums(&self, vector: VectorValue<'c>, ones: VectorValue<'c>) -> VectorValue<'c> {
        let signs = self.constant_splat(I16X8, I16X8.sign_bit());
        let signed = self.b.binary(Opcode::Xor, vector.into(), signs.into()).into_vector_value();
        let sums = self.pair_products(signed, ones);
        let back = self.constant_splat(I32X4, 1 << 16);
        self.b.binary(Opcode::Add, sums.into(), back.into()).into_vector_value()
    }

    /// `i32x4.dot_i16x8_s`
    pub(super) fn dot(&mut self) {
        let (left, right) = self.pop_two(I16X8);
        self.push_lanes(self.pair_products(left, right));
    }

    /// The sums of the products of pairs of signed 16-bit lanes.
    fn pair_products(&self, left: VectorValue<'c>, right: VectorValue<'c>) -> VectorValue<'c> {
        if let VectorIsa::X86(_) = self.isa() {
            return self.cpu_intrinsic("llvm.x86.sse2.pmadd.wd", &[left, right]);
        }
        let products = self.wide_products(left, right, I16X8);
        let [even, odd] = self.even_and_odd(products, Shape::integers(8, 32));
        self.b.binary(Opcode::Add, even.into(), odd.into()).into_vector_value()
    }

    /// The products of signed lanes, in twice the width.
    pub(super) fn wide_products(
        &self,
        left: VectorValue<'c>,
        right: VectorValue<'c>,
        shape: Shape,
    ) -> VectorValue<'c> {
        let wide = self.b.types.lanes(shape.widened());
        let left = self.b.cast(Opcode::SExt, left.into(), wide);
        let right = self.b.cast(Opcode::SExt, right.into(), wide);
        self.b.binary(Opcode::Mul, left, right).into_vector_value()
    }

    /// The lanes at even and at odd positions.
    pub(super) fn even_and_odd(&self, vector: VectorValue<'c>, shape: Shape) -> [VectorValue<'c>; 2] {
        [0, 1].map(|first| {
            let lanes: Vec<u32> = (0..shape.lanes / 2).map(|lane| 2 * lane + first).collect();
            self.b.shuffle(vector, vector, &lanes)
        })
    }

    /// `i16x8.q15mulr_sat_s`: products of fractions of 15 bits, rounded.
    pub(super) fn multiply_fractions(&mut self) {
        let (left, right) = self.pop_two(I16X8);
        self.push_lanes(self.fraction_products(left, right));
    }

    /// The products; -1 times -1 gives the greatest fraction.
    pub(super) fn fraction_products(&self, left: VectorValue<'c>, right: VectorValue<'c>) -> VectorValue<'c> {
        match self.isa() {
            VectorIsa::X86(X86Vectors { ssse3: true, .. }) => {
                // `pmulhrsw` gives -1 there, and nowhere else.
                let products = self.cpu_intrinsic("llvm.x86.ssse3.pmul.hr.sw.128", &[left, right]);
                let minus_one = self.constant_splat(I16X8, 0x8000);
                let wrong = self.b.compare_lanes(IntPredicate::EQ, products, minus_one);
                let wrong = self.mask(wrong, I16X8);
                self.b.binary(Opcode::Xor, products.into(), wrong.into()).into_vector_value()
            }
            VectorIsa::Neon => self.lanes_intrinsic("llvm.aarch64.neon.sqrdmulh", &[left, right]),
            _ => self.fraction_products_in_double_width(left, right),
        }
    }

    fn fraction_products_in_double_width(
        &self,
        left: VectorValue<'c>,
        right: VectorValue<'c>,
    ) -> VectorValue<'c> {
        let wide = I16X8.widened();
        let products = self.wide_products(left, right, I16X8);
        let half = self.constant_splat(wide, 1 << 14);
        let rounded = self.b.binary(Opcode::Add, products.into(), half.into());
        let shifted = self.b.binary(Opcode::AShr, rounded, self.constant_splat(wide, 15).into());
        let greatest = self.constant_splat(wide, 0x7fff);
        let clamped = self.lanes_intrinsic("llvm.smin", &[shifted.into_vector_value(), greatest]);
        self.b.cast(Opcode::Trunc, clamped.into(), self.b.types.lanes(I16X8)).into_vector_value()
    }
}
