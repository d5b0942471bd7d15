//! What code for a target needs of a processor, checked when an executable starts: the level of
//! x86-64, or the extensions of Armv8-A by the bits in which Linux tells of them.
//!
//! In: a target. Out: its [`CpuNeeds`]. Only extensions count whose instructions LLVM selects by
//! itself: a CPU's cryptography, say, may be missing (it is on small boards), because no compiled
//! code uses it. The CPUs' extensions are LLVM's; a test holds them against clang's.

use super::{Architecture, Target};

/// What an executable checks of the processor that it finds itself on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CpuNeeds {
    /// Level of x86-64, 1 to 4; 0 for other architectures.
    pub level: u32,
    /// Bits of the auxiliary vector's `AT_HWCAP` and `AT_HWCAP2`.
    pub capabilities: [u64; 2],
    /// Name of the extension of each of these bits, in their order.
    pub names: Vec<&'static str>,
}

/// An extension of Armv8-A: LLVM's name, which word of the auxiliary vector tells of it, the bit
/// (Linux's `asm/hwcap.h`).
struct Extension {
    name: &'static str,
    word: usize,
    bit: u32,
}

const fn extension(name: &'static str, word: usize, bit: u32) -> Extension {
    Extension { name, word, bit }
}

/// In the order of words and bits.
const EXTENSIONS: &[Extension] = &[
    extension("lse", 0, 8),
    extension("fullfp16", 0, 10),
    extension("rdm", 0, 12),
    extension("complxnum", 0, 14),
    extension("rcpc", 0, 15),
    extension("sha3", 0, 17),
    extension("dotprod", 0, 20),
    extension("sve", 0, 22),
    extension("fp16fml", 0, 23),
    extension("lse2", 0, 25),
    extension("rcpc-immo", 0, 26),
    extension("flagm", 0, 27),
    extension("sve2", 1, 1),
    extension("sve-bitperm", 1, 4),
    extension("altnzcv", 1, 7),
    extension("fptoint", 1, 8),
    extension("i8mm", 1, 13),
    extension("bf16", 1, 14),
    extension("cssc", 1, 34),
    extension("sve2p1", 1, 36),
    extension("mops", 1, 43),
    extension("hbc", 1, 44),
    extension("rcpc3", 1, 46),
    extension("lse128", 1, 47),
    extension("lut", 1, 49),
    extension("faminmax", 1, 50),
];

/// What each version of the architecture adds to the one that it names.
const VERSIONS: &[(&str, &str, &str)] = &[
    ("v8a", "", ""),
    ("v8.1a", "v8a", "lse rdm"),
    ("v8.2a", "v8.1a", ""),
    ("v8.3a", "v8.2a", "complxnum rcpc"),
    ("v8.4a", "v8.3a", "dotprod lse2 rcpc-immo flagm"),
    ("v8.5a", "v8.4a", "altnzcv fptoint"),
    ("v8.6a", "v8.5a", "bf16 i8mm"),
    ("v8.7a", "v8.6a", ""),
    ("v8.8a", "v8.7a", "mops hbc"),
    ("v8.9a", "v8.8a", "cssc"),
    ("v9a", "v8.5a", "fullfp16 sve sve2"),
    ("v9.1a", "v9a", "bf16 i8mm"),
    ("v9.2a", "v9.1a", ""),
    ("v9.3a", "v9.2a", "mops hbc"),
    ("v9.4a", "v9.3a", "cssc sve2p1"),
    ("v9.5a", "v9.4a", "faminmax lut"),
];

/// Features that bring others.
const IMPLIED: &[(&str, &str)] = &[
    ("sve", "fullfp16"),
    ("fp16fml", "fullfp16"),
    ("sve2", "sve"),
    ("sve-bitperm", "sve2"),
    ("sve2-aes", "sve2"),
    ("sve2-bitperm", "sve2 sve-bitperm"),
    ("sve2-sha3", "sve2 sha3"),
    ("sve2-sm4", "sve2"),
    ("sve2p1", "sve2"),
    ("lse128", "lse"),
    ("rcpc-immo", "rcpc"),
    ("rcpc3", "rcpc-immo"),
];

/// The version and the further extensions of each CPU that `--target-cpu` takes.
pub(crate) const AARCH64_CPUS: &[(&str, &str)] = &[
    ("generic", "v8a"),
    ("cortex-a53", "v8a"),
    ("cortex-a55", "v8.2a fullfp16 dotprod rcpc"),
    ("cortex-a57", "v8a"),
    ("cortex-a72", "v8a"),
    ("cortex-a73", "v8a"),
    ("cortex-a75", "v8.2a fullfp16 dotprod rcpc"),
    ("cortex-a76", "v8.2a fullfp16 dotprod rcpc"),
    ("cortex-a78", "v8.2a fullfp16 dotprod rcpc"),
    ("cortex-a710", "v9a bf16 i8mm fp16fml sve-bitperm"),
    ("cortex-x1", "v8.2a fullfp16 dotprod rcpc"),
    ("cortex-x2", "v9a bf16 i8mm fp16fml sve-bitperm"),
    ("neoverse-n1", "v8.2a fullfp16 dotprod rcpc"),
    ("neoverse-n2", "v9a bf16 i8mm fp16fml sve-bitperm"),
    ("neoverse-n3", "v9.2a fp16fml sve-bitperm"),
    ("neoverse-v1", "v8.4a fullfp16 bf16 i8mm fp16fml sha3 sve"),
    ("neoverse-v2", "v9a bf16 i8mm fp16fml sve-bitperm"),
    ("neoverse-v3", "v9.2a fp16fml sve-bitperm"),
    ("neoverse-e1", "v8.2a fullfp16 dotprod rcpc"),
    ("ampere1", "v8.6a fp16fml sha3"),
    ("ampere1a", "v8.6a fp16fml sha3"),
    ("ampere1b", "v8.7a fp16fml sha3 cssc"),
    ("a64fx", "v8.2a complxnum fullfp16 sve"),
    ("thunderx2t99", "v8.1a"),
    ("apple-m1", "v8.4a altnzcv fptoint fp16fml sha3"),
    ("apple-m2", "v8.6a fp16fml sha3"),
    ("apple-m3", "v8.6a fp16fml sha3"),
    ("apple-m4", "v8.7a fp16fml sha3"),
];

impl Target {
    /// What an executable for this target checks when it starts.
    pub fn cpu_needs(&self) -> CpuNeeds {
        match self.architecture {
            Architecture::X86_64 => CpuNeeds { level: self.x86_64_level(), ..CpuNeeds::default() },
            Architecture::Aarch64 => extensions_to_needs(self.aarch64_extensions()),
            Architecture::Riscv64 => CpuNeeds::default(),
        }
    }

    /// A set of bits, the position in [`EXTENSIONS`] each. A CPU that is not listed is the one that
    /// we run on, whose features are given one by one.
    fn aarch64_extensions(&self) -> u64 {
        let listed = AARCH64_CPUS.iter().find(|(name, _)| *name == self.cpu);
        let base = listed.map_or(0, |(_, features)| {
            features.split(' ').fold(0, |set, feature| set | with_implied(feature))
        });
        self.features.split(',').fold(base, |set, feature| match feature.split_at_checked(1) {
            Some(("+", name)) => set | with_implied(name),
            Some(("-", name)) => set & !with_implying(name),
            _ => set,
        })
    }
}

fn extensions_to_needs(set: u64) -> CpuNeeds {
    let mut needs = CpuNeeds::default();
    for (position, extension) in EXTENSIONS.iter().enumerate() {
        if set & (1 << position) != 0 {
            needs.capabilities[extension.word] |= 1 << extension.bit;
            needs.names.push(extension.name);
        }
    }
    needs
}

fn own_bit(name: &str) -> u64 {
    EXTENSIONS.iter().position(|extension| extension.name == name).map_or(0, |position| 1 << position)
}

/// A version's or a feature's extensions with all that they bring.
fn with_implied(name: &str) -> u64 {
    let union = |names: &str| names.split(' ').fold(0, |set, name| set | with_implied(name));
    if let Some((_, before, added)) = VERSIONS.iter().find(|(version, ..)| *version == name) {
        return if before.is_empty() { 0 } else { with_implied(before) | union(added) };
    }
    let implied = IMPLIED.iter().find(|(feature, _)| *feature == name);
    own_bit(name) | implied.map_or(0, |(_, names)| union(names))
}

/// An extension with all that go when it goes.
fn with_implying(name: &str) -> u64 {
    let own = own_bit(name);
    let goes = |extension: &&Extension| own != 0 && with_implied(extension.name) & own != 0;
    EXTENSIONS.iter().filter(goes).fold(own, |set, extension| set | own_bit(extension.name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::process::Command;

    fn needs(cpu: &str, features: &str) -> CpuNeeds {
        let target = Target::baseline(Architecture::Aarch64);
        Target { cpu: cpu.into(), features: features.into(), ..target }.cpu_needs()
    }

    #[test]
    fn the_baseline_needs_nothing_and_features_add_and_remove() {
        assert_eq!(needs("generic", ""), CpuNeeds::default());
        assert_eq!(needs("cortex-a72", ""), CpuNeeds::default());
        assert_eq!(needs("generic", "+aes,+sha2"), CpuNeeds::default());
        assert_eq!(needs("generic", "+lse").capabilities, [1 << 8, 0]);
        assert_eq!(needs("neoverse-n1", "").names, ["lse", "fullfp16", "rdm", "rcpc", "dotprod"]);
        assert_eq!(needs("neoverse-n1", "-dotprod,-rcpc").names, ["lse", "fullfp16", "rdm"]);
        assert_eq!(needs("generic", "+v8.1a").names, ["lse", "rdm"]);
        assert_eq!(needs("generic", "+sve2").names, ["fullfp16", "sve", "sve2"]);
        assert_eq!(needs("generic", "+sve2,-sve").names, ["fullfp16"]);
    }

    #[test]
    fn names_follow_the_bits() {
        let order: Vec<_> = EXTENSIONS.iter().map(|extension| (extension.word, extension.bit)).collect();
        assert!(order.is_sorted());
        let known: BTreeSet<&str> = EXTENSIONS.iter().map(|extension| extension.name).collect();
        let listed = VERSIONS.iter().map(|(.., added)| *added).chain(IMPLIED.iter().map(|(_, names)| *names));
        for name in listed.flat_map(str::split_whitespace) {
            assert!(known.contains(name), "{name}");
        }
    }

    /// Asks clang, which knows what LLVM's C interface does not tell, for every CPU's features.
    #[test]
    fn every_cpu_has_the_extensions_that_clang_says() {
        for (cpu, _) in AARCH64_CPUS {
            let mut clang = Command::new("clang-22");
            clang.args(["--target=aarch64-linux-gnu", "-###", "-c", "-x", "c", "/dev/null"]);
            let output = clang.arg(format!("-mcpu={cpu}")).output().expect("apt-get install clang-22");
            let text = String::from_utf8(output.stderr).unwrap();
            let words = text.split_whitespace().map(|word| word.trim_matches('"'));
            let features: Vec<&str> = words.filter_map(|word| word.strip_prefix('+')).collect();
            assert!(features.contains(&"neon"), "{cpu}: {text}");
            let expected = features.iter().fold(0, |set, feature| set | with_implied(feature));
            let target = Target { cpu: (*cpu).into(), ..Target::baseline(Architecture::Aarch64) };
            let names = |set| extensions_to_needs(set).names;
            assert_eq!(names(target.aarch64_extensions()), names(expected), "{cpu}");
        }
    }
}
