//! 128-bit division. LLVM's loop passes compute trip counts with it; code from Wasm divides 64 bits
//! at most, so these need to be right and small, not fast.
//!
//! By shifting and subtracting: a `/` on 128 bits in here would be a call of what it is in.

/// Quotient and remainder; those of a division by 0, which nobody computes, are 0 and `dividend`.
fn divide(dividend: u128, divisor: u128) -> (u128, u128) {
    if divisor == 0 || dividend < divisor {
        return (0, dividend);
    }
    let mut shift = divisor.leading_zeros() - dividend.leading_zeros();
    let (mut quotient, mut remainder) = (0, dividend);
    loop {
        let shifted = divisor << shift;
        if remainder >= shifted {
            remainder -= shifted;
            quotient |= 1 << shift;
        }
        if shift == 0 {
            return (quotient, remainder);
        }
        shift -= 1;
    }
}

/// Unsigned quotient.
#[cfg_attr(feature = "archive", unsafe(no_mangle))]
pub extern "C" fn __udivti3(dividend: u128, divisor: u128) -> u128 {
    divide(dividend, divisor).0
}

/// Unsigned remainder.
#[cfg_attr(feature = "archive", unsafe(no_mangle))]
pub extern "C" fn __umodti3(dividend: u128, divisor: u128) -> u128 {
    divide(dividend, divisor).1
}

/// Signed quotient, towards zero.
#[cfg_attr(feature = "archive", unsafe(no_mangle))]
pub extern "C" fn __divti3(dividend: i128, divisor: i128) -> i128 {
    let quotient = divide(dividend.unsigned_abs(), divisor.unsigned_abs()).0 as i128;
    if (dividend < 0) == (divisor < 0) { quotient } else { quotient.wrapping_neg() }
}

/// Signed remainder, of the dividend's sign.
#[cfg_attr(feature = "archive", unsafe(no_mangle))]
pub extern "C" fn __modti3(dividend: i128, divisor: i128) -> i128 {
    let remainder = divide(dividend.unsigned_abs(), divisor.unsigned_abs()).1 as i128;
    if dividend < 0 { remainder.wrapping_neg() } else { remainder }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn division_is_that_of_the_language() {
        let edges =
            [0, 1, 2, 3, 7, 10, u64::MAX as u128, 1 << 64, (1 << 64) + 1, 1 << 127, u128::MAX - 1, u128::MAX];
        for dividend in edges {
            for divisor in edges.into_iter().filter(|&divisor| divisor != 0) {
                assert_eq!(__udivti3(dividend, divisor), dividend / divisor);
                assert_eq!(__umodti3(dividend, divisor), dividend % divisor);
                let (dividend, divisor) = (dividend as i128, divisor as i128);
                assert_eq!(__divti3(dividend, divisor), dividend.wrapping_div(divisor));
                assert_eq!(__modti3(dividend, divisor), dividend.wrapping_rem(divisor));
            }
        }
    }
}
