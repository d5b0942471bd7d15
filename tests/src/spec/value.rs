//! Values of scripts: arguments → slots, expected results → patterns that slots match.
//!
//! The host reference `n` is the slot value `n + 1`, so that the null reference, 0, differs from
//! all of them.

use std::fmt;
use wasmwright_abi::instance::ValueSlot;
use wast::core::{NanPattern, V128Pattern, WastArgCore, WastRetCore};
use wast::token::{F32, F64};
use wast::{WastArg, WastRet};

/// The slot of an argument. None for kinds of values that no script of core modules has.
pub fn argument(argument: &WastArg<'_>) -> Option<ValueSlot> {
    let WastArg::Core(argument) = argument else { return None };
    Some(match argument {
        WastArgCore::I32(value) => [u64::from(value.cast_unsigned()), 0],
        WastArgCore::I64(value) => [value.cast_unsigned(), 0],
        WastArgCore::F32(value) => [u64::from(value.bits), 0],
        WastArgCore::F64(value) => [value.bits, 0],
        WastArgCore::V128(value) => halves(u128::from_le_bytes(value.to_le_bytes())),
        WastArgCore::RefNull(_) => [0, 0],
        WastArgCore::RefExtern(host) | WastArgCore::RefHost(host) => [u64::from(*host) + 1, 0],
    })
}

fn halves(value: u128) -> ValueSlot {
    [value as u64, (value >> 64) as u64]
}

/// What a result may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// These bits of the slot have these values: constants, vectors, the NaNs of a class.
    Bits {
        /// The bits that matter.
        mask: u128,
        /// Their values.
        value: u128,
    },
    /// Any reference but null.
    NotNull,
    /// One of these.
    Either(Vec<Pattern>),
}

/// Bits of a slot that a scalar or a reference uses. Integers are zero-extended, so an `i32` uses
/// all of them.
const SCALAR: u128 = u64::MAX as u128;

impl Pattern {
    /// The pattern of an expected result. None for kinds of values that no script of core modules
    /// has.
    pub fn new(result: &WastRet<'_>) -> Option<Self> {
        match result {
            WastRet::Core(result) => Self::core(result),
            _ => None,
        }
    }

    fn core(result: &WastRetCore<'_>) -> Option<Self> {
        Some(match result {
            WastRetCore::I32(value) => Self::scalar(value.cast_unsigned().into()),
            WastRetCore::I64(value) => Self::scalar(value.cast_unsigned()),
            WastRetCore::F32(pattern) => Self::float(f32_lane(pattern), 32),
            WastRetCore::F64(pattern) => Self::float(f64_lane(pattern), 64),
            WastRetCore::V128(pattern) => Self::vector(pattern),
            WastRetCore::RefNull(_) => Self::scalar(0),
            WastRetCore::RefExtern(Some(host)) | WastRetCore::RefHost(host) => {
                Self::scalar(u64::from(*host) + 1)
            }
            WastRetCore::Either(cases) => Self::Either(cases.iter().map(Self::core).collect::<Option<_>>()?),
            _ => Self::NotNull,
        })
    }

    fn scalar(value: u64) -> Self {
        Self::Bits { mask: SCALAR, value: value.into() }
    }

    /// A float of that many bits: beyond them the slot holds zeros.
    fn float(Lane { mask, value }: Lane, bits: u32) -> Self {
        let beyond = SCALAR.unbounded_shl(bits) & SCALAR;
        Self::Bits { mask: u128::from(mask) | beyond, value: value.into() }
    }

    fn vector(pattern: &V128Pattern) -> Self {
        match pattern {
            V128Pattern::I8x16(lanes) => Self::lanes(8, lanes.map(|lane| Lane::exact(lane as u8))),
            V128Pattern::I16x8(lanes) => Self::lanes(16, lanes.map(|lane| Lane::exact(lane as u16))),
            V128Pattern::I32x4(lanes) => Self::lanes(32, lanes.map(|lane| Lane::exact(lane as u32))),
            V128Pattern::I64x2(lanes) => Self::lanes(64, lanes.map(|lane| Lane::exact(lane as u64))),
            V128Pattern::F32x4(lanes) => Self::lanes(32, lanes.each_ref().map(f32_lane)),
            V128Pattern::F64x2(lanes) => Self::lanes(64, lanes.each_ref().map(f64_lane)),
        }
    }

    fn lanes<const N: usize>(bits: u32, lanes: [Lane; N]) -> Self {
        let (mut mask, mut value) = (0, 0);
        for lane in lanes.iter().rev() {
            mask = mask << bits | u128::from(lane.mask) & (u128::MAX >> (128 - bits));
            value = value << bits | u128::from(lane.value);
        }
        Self::Bits { mask, value }
    }

    /// Whether a result is as expected.
    pub fn matches(&self, slot: ValueSlot) -> bool {
        match self {
            Self::Bits { mask, value } => {
                let bits = u128::from(slot[0]) | u128::from(slot[1]) << 64;
                bits & mask == *value
            }
            Self::NotNull => slot[0] != 0,
            Self::Either(cases) => cases.iter().any(|case| case.matches(slot)),
        }
    }
}

/// Bits of a lane that matter, and their values.
#[derive(Clone, Copy)]
struct Lane {
    mask: u64,
    value: u64,
}

impl Lane {
    fn exact(value: impl Into<u64>) -> Self {
        Self { mask: u64::MAX, value: value.into() }
    }
}

/// A canonical NaN has the top bit of the fraction set and no other, an arithmetic one at least
/// the top bit; the sign is free.
fn f32_lane(pattern: &NanPattern<F32>) -> Lane {
    match pattern {
        NanPattern::CanonicalNan => Lane { mask: 0x7fff_ffff, value: 0x7fc0_0000 },
        NanPattern::ArithmeticNan => Lane { mask: 0x7fc0_0000, value: 0x7fc0_0000 },
        NanPattern::Value(value) => Lane { mask: 0xffff_ffff, value: value.bits.into() },
    }
}

fn f64_lane(pattern: &NanPattern<F64>) -> Lane {
    let quiet = 0x7ff8_0000_0000_0000;
    match pattern {
        NanPattern::CanonicalNan => Lane { mask: 0x7fff_ffff_ffff_ffff, value: quiet },
        NanPattern::ArithmeticNan => Lane { mask: quiet, value: quiet },
        NanPattern::Value(value) => Lane::exact(value.bits),
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bits { mask: SCALAR | u128::MAX, value } => write!(f, "{value:#x}"),
            Self::Bits { mask, value } => write!(f, "{value:#x} in the bits {mask:#x}"),
            Self::NotNull => f.write_str("a reference"),
            Self::Either(cases) => {
                for (index, case) in cases.iter().enumerate() {
                    write!(f, "{}{case}", if index == 0 { "" } else { " or " })?;
                }
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wast::parser::{Parse, ParseBuffer, Parser, Result, parse};

    struct Expected<'a>(WastRet<'a>);

    impl<'a> Parse<'a> for Expected<'a> {
        fn parse(parser: Parser<'a>) -> Result<Self> {
            Ok(Self(parser.parens(|parser| parser.parse())?))
        }
    }

    fn pattern(text: &str) -> Pattern {
        let buffer = ParseBuffer::new(text).unwrap();
        Pattern::new(&parse::<Expected<'_>>(&buffer).unwrap().0).unwrap()
    }

    fn f32_slot(bits: u32) -> ValueSlot {
        [bits.into(), 0]
    }

    #[test]
    fn integers_match_only_when_zero_extended() {
        assert!(pattern("(i32.const -1)").matches([0xffff_ffff, 0]));
        assert!(!pattern("(i32.const -1)").matches([u64::MAX, 0]));
        assert!(pattern("(i64.const -1)").matches([u64::MAX, 0]));
        assert!(!pattern("(i64.const 1)").matches([2, 0]));
    }

    #[test]
    fn nan_patterns_are_classes_of_either_sign() {
        let canonical = pattern("(f32.const nan:canonical)");
        assert!(canonical.matches(f32_slot(0x7fc0_0000)) && canonical.matches(f32_slot(0xffc0_0000)));
        assert!(!canonical.matches(f32_slot(0x7fc0_0001)), "a payload");
        assert!(!canonical.matches(f32_slot(0x7f80_0000)), "infinity");
        assert!(!canonical.matches([0x1_7fc0_0000, 0]), "bits beyond the float");
        let arithmetic = pattern("(f32.const nan:arithmetic)");
        assert!(arithmetic.matches(f32_slot(0xffc1_2345)));
        assert!(!arithmetic.matches(f32_slot(0x7fa0_0000)), "a signalling NaN");
        let wide = pattern("(f64.const nan:arithmetic)");
        assert!(wide.matches([0x7ff8_0000_0000_0001, 0]) && !wide.matches([0x7ff4_0000_0000_0000, 0]));
    }

    #[test]
    fn floats_match_by_bits() {
        assert!(pattern("(f32.const -0)").matches(f32_slot(0x8000_0000)));
        assert!(!pattern("(f32.const 0)").matches(f32_slot(0x8000_0000)));
        assert!(pattern("(f64.const nan:0x4)").matches([0x7ff0_0000_0000_0004, 0]));
    }

    #[test]
    fn each_lane_of_a_vector_has_its_own_pattern() {
        let vector = pattern("(v128.const f32x4 1 nan:canonical nan:arithmetic -0)");
        let low = 0x3f80_0000 | 0xffc0_0000 << 32;
        assert!(vector.matches([low, 0x7fc0_0001 | 0x8000_0000 << 32]));
        assert!(!vector.matches([low, 0x7fc0_0001]), "the sign of the last lane");
        assert!(!vector.matches([low | 1 << 32, 0x7fc0_0001 | 0x8000_0000 << 32]));
        let bytes = pattern("(v128.const i8x16 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 -1)");
        assert!(bytes.matches([0x0706_0504_0302_0100, 0xff0e_0d0c_0b0a_0908]));
        assert!(!bytes.matches([0x0706_0504_0302_0100, 0x7f0e_0d0c_0b0a_0908]));
    }

    #[test]
    fn references_differ_from_null() {
        assert!(pattern("(ref.extern 0)").matches([1, 0]) && !pattern("(ref.extern 0)").matches([0, 0]));
        assert!(pattern("(ref.null func)").matches([0, 0]) && !pattern("(ref.null)").matches([8, 0]));
        assert!(pattern("(ref.func)").matches([8, 0]) && !pattern("(ref.func)").matches([0, 0]));
    }

    #[test]
    fn either_accepts_each_of_its_cases() {
        let either = pattern("(either (i32.const 1) (i32.const 2))");
        assert!(either.matches([1, 0]) && either.matches([2, 0]) && !either.matches([3, 0]));
        assert_eq!(either.to_string(), "0x1 or 0x2");
    }
}
