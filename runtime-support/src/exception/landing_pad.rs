//! Where calls of a function unwind to: the table of call sites that LLVM writes for a function
//! with landing pads (`.gcc_except_table`).

use super::dwarf::{Cursor, OMIT};
use super::frame::Function;

/// The landing pad for an address inside a call, where it has one. Its actions are not looked at:
/// every landing pad of translated code catches all.
///
/// # Safety
/// The function must be LLVM's.
pub unsafe fn find(function: &Function, address: usize) -> Option<usize> {
    if function.landing_pads.is_null() {
        return None;
    }
    let wanted = address - function.start;
    // SAFETY: the table is LLVM's; it names its own length.
    unsafe {
        let mut cursor = Cursor(function.landing_pads);
        let base_encoding = cursor.read();
        let base = match base_encoding {
            OMIT => function.start,
            encoding => cursor.address(encoding),
        };
        if cursor.read::<u8>() != OMIT {
            cursor.unsigned();
        }
        let encoding = cursor.read();
        let bytes = cursor.unsigned();
        let end = cursor.0.add(bytes as usize);
        while cursor.0 < end {
            let (start, length) = (cursor.offset(encoding), cursor.offset(encoding));
            let (pad, _action) = (cursor.offset(encoding), cursor.unsigned());
            if wanted < start {
                return None;
            }
            if wanted - start < length {
                return (pad != 0).then(|| base + pad);
            }
        }
    }
    None
}
