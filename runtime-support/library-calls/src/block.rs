//! The widest unit that every machine of a target moves in one instruction: 16 bytes.

#[cfg(target_arch = "aarch64")]
mod processor {
    use core::arch::aarch64::{uint8x16_t, vdupq_n_u8, vld1q_u8, vst1q_u8};

    pub type Block = uint8x16_t;

    #[inline(always)]
    pub unsafe fn load(from: *const u8) -> Block {
        // SAFETY: the caller may read 16 bytes.
        unsafe { vld1q_u8(from) }
    }

    #[inline(always)]
    pub unsafe fn store(to: *mut u8, block: Block) {
        // SAFETY: the caller may write 16 bytes.
        unsafe { vst1q_u8(to, block) }
    }

    #[inline(always)]
    pub fn splat(byte: u8) -> Block {
        // SAFETY: every AArch64 machine has NEON.
        unsafe { vdupq_n_u8(byte) }
    }
}

#[cfg(target_arch = "x86_64")]
mod processor {
    use core::arch::x86_64::{__m128i, _mm_loadu_si128, _mm_set1_epi8, _mm_storeu_si128};

    pub type Block = __m128i;

    #[inline(always)]
    pub unsafe fn load(from: *const u8) -> Block {
        // SAFETY: the caller may read 16 bytes.
        unsafe { _mm_loadu_si128(from.cast()) }
    }

    #[inline(always)]
    pub unsafe fn store(to: *mut u8, block: Block) {
        // SAFETY: the caller may write 16 bytes.
        unsafe { _mm_storeu_si128(to.cast(), block) }
    }

    #[inline(always)]
    pub fn splat(byte: u8) -> Block {
        // SAFETY: every x86-64 machine has SSE2.
        unsafe { _mm_set1_epi8(byte.cast_signed()) }
    }
}

pub use processor::{Block, load, splat, store};

/// Bytes of a [`Block`].
pub const BYTES: usize = 16;
