//! Rounding and fused multiply-add, which LLVM calls by their names in C where the processor lacks
//! the instruction. `wasmwright_library_calls` has the other library functions; these cannot be
//! there: what a `no_builtins` crate takes from another is lost when the whole archive is optimised
//! as one.

/// A signalling NaN made quiet, as Wasm wants it and the instructions that these functions stand
/// in for do; libm returns it as it came.
macro_rules! quiet {
    ($value:expr) => {{
        let value = $value;
        if value.is_nan() { value + value } else { value }
    }};
}

macro_rules! float_functions {
    ($($name:ident ($($parameter:ident),*): $type:ty;)*) => {$(
        #[doc = concat!("C's `", stringify!($name), "`.")]
        #[cfg_attr(feature = "archive", unsafe(no_mangle))]
        pub extern "C" fn $name($($parameter: $type),*) -> $type {
            quiet!(libm::$name($($parameter),*))
        }
    )*};
}

float_functions! {
    floor(x): f64;
    floorf(x): f32;
    ceil(x): f64;
    ceilf(x): f32;
    trunc(x): f64;
    truncf(x): f32;
    rint(x): f64;
    rintf(x): f32;
    roundeven(x): f64;
    roundevenf(x): f32;
    fma(x, y, z): f64;
    fmaf(x, y, z): f32;
}

/// C's `nearbyint`: there is no flag for inexact results that it would have to keep.
#[cfg_attr(feature = "archive", unsafe(no_mangle))]
pub extern "C" fn nearbyint(x: f64) -> f64 {
    quiet!(libm::rint(x))
}

/// C's `nearbyintf`.
#[cfg_attr(feature = "archive", unsafe(no_mangle))]
pub extern "C" fn nearbyintf(x: f32) -> f32 {
    quiet!(libm::rintf(x))
}

#[cfg(test)]
mod tests {
    use super::*;

    const INPUTS: [f64; 17] = [
        0.0,
        -0.0,
        0.5,
        -0.5,
        1.5,
        2.5,
        -2.5,
        0.49999999999999994,
        1e15,
        4503599627370495.5,
        9007199254740993.0,
        -1e300,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::MIN_POSITIVE,
        -3.7,
        3.2,
    ];

    #[test]
    fn rounding_agrees_with_the_standard_library() {
        for x in INPUTS {
            let single = x as f32;
            for (ours, theirs) in [
                (floor(x), x.floor()),
                (ceil(x), x.ceil()),
                (trunc(x), x.trunc()),
                (rint(x), x.round_ties_even()),
                (nearbyint(x), x.round_ties_even()),
                (roundeven(x), x.round_ties_even()),
                (f64::from(floorf(single)), f64::from(single.floor())),
                (f64::from(ceilf(single)), f64::from(single.ceil())),
                (f64::from(truncf(single)), f64::from(single.trunc())),
                (f64::from(rintf(single)), f64::from(single.round_ties_even())),
                (f64::from(nearbyintf(single)), f64::from(single.round_ties_even())),
                (f64::from(roundevenf(single)), f64::from(single.round_ties_even())),
            ] {
                assert_eq!(ours.to_bits(), theirs.to_bits(), "{x:e}");
            }
        }
        assert!(floor(f64::NAN).is_nan() && roundevenf(f32::NAN).is_nan());
    }

    #[test]
    fn signalling_nans_become_quiet() {
        for sign in [0, 1 << 63] {
            let signalling = f64::from_bits(sign | 0x7ff4_0000_0000_0000);
            for function in [floor, ceil, trunc, rint, roundeven, nearbyint] {
                assert_eq!(function(signalling).to_bits() & (1 << 51), 1 << 51);
            }
            let signalling = f32::from_bits((sign >> 32) as u32 | 0x7fa0_0000);
            for function in [floorf, ceilf, truncf, rintf, roundevenf, nearbyintf] {
                assert_eq!(function(signalling).to_bits() & (1 << 22), 1 << 22);
            }
        }
    }

    #[test]
    fn fused_multiply_add_rounds_once() {
        let x = 1.0 + f64::EPSILON;
        assert_eq!(fma(x, x, -1.0 - 2.0 * f64::EPSILON), f64::EPSILON * f64::EPSILON);
        let y = 1.0 + f32::EPSILON;
        assert_eq!(fmaf(y, y, -1.0 - 2.0 * f32::EPSILON), f32::EPSILON * f32::EPSILON);
    }
}
