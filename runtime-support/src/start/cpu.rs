//! Whether this processor has what the program was compiled for. Where it has not, the process
//! ends with a message: better than an illegal instruction later.

use wasmwright_abi::program::CpuNeeds;

#[cfg(target_arch = "x86_64")]
use crate::arch;
use crate::sys;

/// x86-64 has levels, each of which has all of those before it.
#[cfg(target_arch = "x86_64")]
pub fn check(needs: &CpuNeeds) {
    let (_, more_features) = rustix::param::linux_hwcap();
    if arch::has_level(needs.level, more_features) {
        return;
    }
    let (needed, present) =
        (sys::Digits::decimal(needs.level.into()), sys::Digits::decimal(arch::cpu_level().into()));
    sys::fail(&[
        b"this program needs an x86-64-v",
        needed.as_bytes(),
        b" CPU and this one is x86-64-v",
        present.as_bytes(),
        b": compile it with another --target-cpu",
    ]);
}

/// AArch64 has extensions, of which the kernel tells bit by bit.
#[cfg(target_arch = "aarch64")]
pub fn check(needs: &CpuNeeds) {
    let (features, more_features) = rustix::param::linux_hwcap();
    let present = [features as u64, more_features as u64];
    let missing = [0, 1].map(|word: usize| needs.capabilities[word] & !present[word]);
    if missing != [0; 2] {
        // SAFETY: the compiler wrote the names.
        fail(first_missing(unsafe { needs.names.as_slice() }, &needs.capabilities, &missing));
    }
}

/// The name of the lowest bit that is missing: names stand in the order of the needed bits.
#[cfg(target_arch = "aarch64")]
fn first_missing<'a>(names: &'a [u8], needed: &[u64; 2], missing: &[u64; 2]) -> &'a [u8] {
    let below = |word: u64, of: u64| (word & (of & of.wrapping_neg()).wrapping_sub(1)).count_ones();
    let position = match missing {
        [0, high] => needed[0].count_ones() + below(needed[1], *high),
        [low, _] => below(needed[0], *low),
    };
    names.split(|byte| *byte == b' ').nth(position as usize).unwrap_or_default()
}

#[cfg(target_arch = "aarch64")]
#[cold]
fn fail(extension: &[u8]) -> ! {
    sys::fail(&[
        b"this program needs a CPU with ",
        extension,
        b" and this one has none: compile it with another --target-cpu",
    ])
}
