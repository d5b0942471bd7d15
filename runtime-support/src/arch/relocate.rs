//! Self-relocation of a static-pie: the kernel loads the image anywhere and applies nothing, so
//! the image's own pointers must be made absolute before anything follows one.
//!
//! What enters: the load address and the dynamic section. Invariant: the code below follows no
//! pointer of the image (no static, no table of constants, no panic) until it is done, which is
//! why it computes with raw addresses and plain loops only.

use super::RELOCATION_RELATIVE;

const DT_NULL: usize = 0;
const DT_RELA: usize = 7;
const DT_RELASZ: usize = 8;
const DT_RELRSZ: usize = 35;
const DT_RELR: usize = 36;

/// An entry of the dynamic section.
#[repr(C)]
pub struct Dynamic {
    tag: usize,
    value: usize,
}

/// A relocation with its addend.
#[repr(C)]
struct Rela {
    offset: usize,
    info: u64,
    addend: usize,
}

/// Applies the relative relocations, the only kind that a static-pie without indirect functions
/// has.
///
/// # Safety
/// `base` and `dynamic` must be those of the running image, and this must be called once, first.
#[inline(always)]
pub unsafe fn relocate(base: usize, dynamic: *const Dynamic) {
    let (mut rela, mut rela_bytes, mut relr, mut relr_bytes) = (0, 0, 0, 0);
    // SAFETY: the linker ends the section with DT_NULL.
    unsafe {
        let mut entry = dynamic;
        while (*entry).tag != DT_NULL {
            match (*entry).tag {
                DT_RELA => rela = (*entry).value,
                DT_RELASZ => rela_bytes = (*entry).value,
                DT_RELR => relr = (*entry).value,
                DT_RELRSZ => relr_bytes = (*entry).value,
                _ => {}
            }
            entry = entry.wrapping_add(1);
        }
        apply_rela(base, base.wrapping_add(rela), rela_bytes);
        apply_relr(base, base.wrapping_add(relr), relr_bytes);
    }
}

/// `*(base + offset) = base + addend` for each entry.
#[inline(always)]
unsafe fn apply_rela(base: usize, start: usize, bytes: usize) {
    let mut entry = start as *const Rela;
    let end = start.wrapping_add(bytes) as *const Rela;
    while entry != end {
        // SAFETY: the linker's table lies between `start` and `end`, and names words of the image.
        unsafe {
            if (*entry).info & 0xFFFF_FFFF == RELOCATION_RELATIVE {
                let place = base.wrapping_add((*entry).offset) as *mut usize;
                place.write_unaligned(base.wrapping_add((*entry).addend));
            }
        }
        entry = entry.wrapping_add(1);
    }
}

/// The packed form: an even word is the address of a pointer; an odd word is a bit map of the 63
/// words after the last address, its lowest bit aside. The addend is what the place holds.
#[inline(always)]
unsafe fn apply_relr(base: usize, start: usize, bytes: usize) {
    let mut entry = start as *const usize;
    let end = start.wrapping_add(bytes) as *const usize;
    let mut place = base as *mut usize;
    while entry != end {
        // SAFETY: as above.
        unsafe {
            let word = *entry;
            if word & 1 == 0 {
                place = base.wrapping_add(word) as *mut usize;
                place.write(place.read().wrapping_add(base));
                place = place.wrapping_add(1);
            } else {
                let mut bits = word >> 1;
                let mut candidate = place;
                while bits != 0 {
                    if bits & 1 != 0 {
                        candidate.write(candidate.read().wrapping_add(base));
                    }
                    bits >>= 1;
                    candidate = candidate.wrapping_add(1);
                }
                place = place.wrapping_add(63);
            }
        }
        entry = entry.wrapping_add(1);
    }
}
