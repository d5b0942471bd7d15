//! Vector instructions: what the CPU has beyond LLVM's generic operations, and how freely the
//! relaxed operations may use it.
//!
//! To use a further feature of a CPU: a field here, a way to use it in `translate/simd/`.

use crate::options::{Options, RelaxedSimd};
use crate::target::{Architecture, Target};

/// What translation needs to know to choose vector instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VectorPlan {
    /// The instructions that are there.
    pub isa: VectorIsa,
    /// What relaxed operations do.
    pub relaxed: RelaxedSimd,
}

/// Vector instructions of a CPU, as far as they are chosen by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VectorIsa {
    /// x86-64, which always has SSE2.
    X86(X86Vectors),
    /// AArch64 with Advanced SIMD.
    Neon,
    /// Only what LLVM knows to do with generic operations.
    Generic,
}

/// Extensions of x86-64.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct X86Vectors {
    /// SSSE3: byte shuffles, multiplications with rounding.
    pub ssse3: bool,
    /// SSE4.1: blends, rounding, more packs.
    pub sse41: bool,
    /// Fused multiplication and addition.
    pub fma: bool,
    /// AVX-512: conversions from and to unsigned integers.
    pub avx512: bool,
}

impl VectorPlan {
    pub(super) fn new(options: &Options) -> Self {
        Self { isa: VectorIsa::of(&options.target), relaxed: options.relaxed_simd }
    }
}

impl VectorIsa {
    /// The instructions of a target: those of its CPU, and what its features add and take away.
    pub fn of(target: &Target) -> Self {
        match target.architecture {
            Architecture::Aarch64 if last_mention(&target.features, "neon") == Some(false) => Self::Generic,
            Architecture::Aarch64 => Self::Neon,
            Architecture::Riscv64 => Self::Generic,
            Architecture::X86_64 => Self::X86(X86Vectors::of(target.x86_64_level(), &target.features)),
        }
    }
}

impl X86Vectors {
    /// LLVM's rules: a feature brings those that it builds on, and goes with any of them.
    fn of(level: u32, features: &str) -> Self {
        // Each extension builds on the one before it.
        const CHAIN: [&str; 7] = ["sse3", "ssse3", "sse4.1", "sse4.2", "avx", "fma", "avx512f"];
        let has = |name: &str, present: bool| {
            let own = CHAIN.iter().position(|&link| link == name);
            features.split(',').fold(present, |present, feature| {
                // AVX2 and FMA both build on AVX; for what is below, one is as good as the other.
                let mentioned = if feature == "+avx2" { Some("avx") } else { feature.get(1..) };
                let Some(position) = CHAIN.iter().position(|&link| Some(link) == mentioned) else {
                    return present;
                };
                match feature.starts_with('+') {
                    true => present || Some(position) >= own,
                    false => present && Some(position) > own,
                }
            })
        };
        Self {
            ssse3: has("ssse3", level >= 2),
            sse41: has("sse4.1", level >= 2),
            fma: has("fma", level >= 3),
            avx512: has("avx512f", level >= 4),
        }
    }
}

/// Whether the last mention of a feature adds it.
fn last_mention(features: &str, name: &str) -> Option<bool> {
    let mut mentions = features.split(',').filter(|feature| feature.get(1..) == Some(name));
    mentions.rfind(|_| true).map(|feature| feature.starts_with('+'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn x86(level: u32, features: &str) -> (bool, bool, bool) {
        let X86Vectors { ssse3, sse41, fma, avx512: _ } = X86Vectors::of(level, features);
        (ssse3, sse41, fma)
    }

    #[test]
    fn a_level_brings_its_extensions() {
        assert_eq!(x86(1, ""), (false, false, false));
        assert_eq!(x86(2, ""), (true, true, false));
        assert_eq!(x86(3, ""), (true, true, true));
    }

    #[test]
    fn features_bring_what_they_build_on_and_take_what_builds_on_them() {
        assert_eq!(x86(1, "+ssse3"), (true, false, false));
        assert_eq!(x86(1, "+avx2"), (true, true, false));
        assert_eq!(x86(1, "+fma"), (true, true, true));
        assert_eq!(x86(3, "-ssse3"), (false, false, false));
        assert_eq!(x86(3, "-sse4.1"), (true, false, false));
        assert_eq!(x86(3, "-avx2"), (true, true, true));
        assert_eq!(x86(3, "-avx,+sse4.1"), (true, true, false));
        assert_eq!(x86(1, "-sse4.1,+avx,-popcnt"), (true, true, false));
    }
}
