//! Names of CPU features that may be asked for. LLVM ignores, with a warning, what it does not
//! know, and its C interface lists nothing, so the names stand here: the extensions of the
//! instruction sets that compiled code may use, without tuning flags and without what changes the
//! ABI.

use crate::target::{Architecture, Target};

impl Target {
    /// Whether compiled code may use the feature of that name, without `+` or `-`.
    pub fn knows_feature(architecture: Architecture, feature: &str) -> bool {
        let known = match architecture {
            Architecture::X86_64 => X86_64,
            Architecture::Aarch64 => AARCH64,
            Architecture::Riscv64 => RISCV64,
        };
        known.contains(&feature)
    }
}

const X86_64: &[&str] = &[
    "adx",
    "aes",
    "avx",
    "avx10.1",
    "avx10.2",
    "avx2",
    "avx512bf16",
    "avx512bitalg",
    "avx512bw",
    "avx512cd",
    "avx512dq",
    "avx512f",
    "avx512fp16",
    "avx512ifma",
    "avx512vbmi",
    "avx512vbmi2",
    "avx512vl",
    "avx512vnni",
    "avx512vp2intersect",
    "avx512vpopcntdq",
    "avxifma",
    "avxneconvert",
    "avxvnni",
    "avxvnniint16",
    "avxvnniint8",
    "bmi",
    "bmi2",
    "crc32",
    "cx16",
    "f16c",
    "fma",
    "fma4",
    "fsgsbase",
    "gfni",
    "lzcnt",
    "movbe",
    "movdir64b",
    "movdiri",
    "pclmul",
    "popcnt",
    "prfchw",
    "rdrnd",
    "rdseed",
    "sahf",
    "serialize",
    "sha",
    "sha512",
    "sm3",
    "sm4",
    "sse3",
    "sse4.1",
    "sse4.2",
    "sse4a",
    "ssse3",
    "tbm",
    "vaes",
    "vpclmulqdq",
    "xop",
];

const RISCV64: &[&str] = &["a", "c", "d", "f", "m", "v", "zba", "zbb", "zbc", "zbs", "zfh", "zicond"];

const AARCH64: &[&str] = &[
    "aes",
    "bf16",
    "bti",
    "complxnum",
    "crc",
    "crypto",
    "cssc",
    "dotprod",
    "faminmax",
    "flagm",
    "fp16fml",
    "fp8",
    "fullfp16",
    "hbc",
    "i8mm",
    "jsconv",
    "lor",
    "ls64",
    "lse",
    "lse128",
    "lse2",
    "lut",
    "mops",
    "pauth",
    "pauth-lr",
    "predres",
    "rand",
    "rcpc",
    "rcpc-immo",
    "rcpc3",
    "rdm",
    "sb",
    "sha2",
    "sha3",
    "sm4",
    "ssbs",
    "sve",
    "sve2",
    "sve2-aes",
    "sve2-bitperm",
    "sve2-sha3",
    "sve2-sm4",
    "sve2p1",
    "v8.1a",
    "v8.2a",
    "v8.3a",
    "v8.4a",
    "v8.5a",
    "v8.6a",
    "v8.7a",
    "v8.8a",
    "v8.9a",
    "v9a",
    "v9.1a",
    "v9.2a",
    "v9.3a",
    "v9.4a",
    "v9.5a",
    "wfxt",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_are_known_and_abi_switches_are_not() {
        assert!(Target::knows_feature(Architecture::X86_64, "avx2"));
        assert!(Target::knows_feature(Architecture::Aarch64, "lse"));
        assert!(!Target::knows_feature(Architecture::Aarch64, "avx2"));
        assert!(!Target::knows_feature(Architecture::X86_64, "soft-float"));
    }
}
