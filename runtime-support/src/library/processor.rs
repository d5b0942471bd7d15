//! Whether this processor has what the library was compiled for.

use wasmwright_abi::library::ErrorCode;
use wasmwright_abi::program::CpuNeeds;

use super::error::Failure;

/// x86-64 has levels, each of which has all of those before it. Asking is slow in a virtual machine,
/// and the answer does not change.
#[cfg(target_arch = "x86_64")]
pub fn check(needs: &CpuNeeds) -> Result<(), Failure> {
    use core::sync::atomic::{AtomicU32, Ordering};
    static LEVEL: AtomicU32 = AtomicU32::new(0);
    if needs.level <= 1 {
        return Ok(());
    }
    let mut level = LEVEL.load(Ordering::Relaxed);
    if level == 0 {
        level = crate::arch::cpu_level();
        LEVEL.store(level, Ordering::Relaxed);
    }
    let needed: &[u8] = match needs.level {
        needed if needed <= level => return Ok(()),
        2 => b"x86-64-v2",
        3 => b"x86-64-v3",
        _ => b"x86-64-v4",
    };
    let parts = [b"the library needs an ", needed, b" CPU", b""];
    Err(Failure::of(ErrorCode::Processor, parts))
}

/// AArch64 has extensions, of which the kernel tells in the auxiliary vector.
#[cfg(target_arch = "aarch64")]
pub fn check(needs: &CpuNeeds) -> Result<(), Failure> {
    const AT_HWCAP: u64 = 16;
    const AT_HWCAP2: u64 = 26;
    let mut missing = needs.capabilities;
    if missing == [0; 2] {
        return Ok(());
    }
    let mut vector = [[0u64; 2]; 64];
    read_auxiliary_vector(&mut vector);
    for [kind, bits] in vector {
        match kind {
            AT_HWCAP => missing[0] &= !bits,
            AT_HWCAP2 => missing[1] &= !bits,
            _ => {}
        }
    }
    if missing == [0; 2] {
        return Ok(());
    }
    // SAFETY: the compiler wrote the names.
    let names: &'static [u8] =
        unsafe { core::slice::from_raw_parts(needs.names.start, needs.names.length as usize) };
    Err(Failure::of(ErrorCode::Processor, [b"the library needs a CPU with ", names, b"", b""]))
}

/// What cannot be read is zero, so that the processor is refused.
#[cfg(target_arch = "aarch64")]
fn read_auxiliary_vector(vector: &mut [[u64; 2]; 64]) {
    use rustix::fs::{CWD, Mode, OFlags};
    let flags = OFlags::RDONLY | OFlags::CLOEXEC;
    let Ok(file) = rustix::fs::openat(CWD, c"/proc/self/auxv", flags, Mode::empty()) else { return };
    // SAFETY: any bytes make numbers.
    let bytes =
        unsafe { core::slice::from_raw_parts_mut(vector.as_mut_ptr().cast::<u8>(), size_of_val(vector)) };
    let _ = rustix::io::read(file, bytes);
}
