//! Standard input as memory.

use core::ptr::null_mut;
use core::slice;

use rustix::fd::BorrowedFd;
use rustix::mm::{MapFlags, ProtFlags};

/// The bytes of the file that is standard input; `None` if it is none that can be mapped. They
/// stay mapped, and must not be changed by anybody.
pub fn map_standard_input() -> Option<&'static [u8]> {
    // SAFETY: nobody closes standard input in a way that Rust tracks; if it is closed the calls
    // fail.
    let standard_input = unsafe { BorrowedFd::borrow_raw(0) };
    let bytes = usize::try_from(rustix::fs::fstat(standard_input).ok()?.st_size).ok()?;
    if bytes == 0 {
        return Some(&[]);
    }
    // SAFETY: a new private mapping at an address of the kernel's choice overlaps nothing, and is
    // as long as the file.
    unsafe {
        let start =
            rustix::mm::mmap(null_mut(), bytes, ProtFlags::READ, MapFlags::PRIVATE, standard_input, 0)
                .ok()?;
        Some(slice::from_raw_parts(start.cast(), bytes))
    }
}
