//! The encodings of unwind tables (DWARF 5 section 7.6; Linux Standard Base, "DWARF extensions").

/// Reads forwards through a table.
#[derive(Clone, Copy, Debug)]
pub struct Cursor(pub *const u8);

/// `DW_EH_PE_omit`: there is no pointer.
pub const OMIT: u8 = 0xFF;

const INDIRECT: u8 = 0x80;
const RELATIVE: u8 = 0x10;

impl Cursor {
    /// The next bytes as a number.
    ///
    /// # Safety
    /// As many must be left in the table.
    pub unsafe fn read<T: Copy>(&mut self) -> T {
        // SAFETY: by this function's contract.
        unsafe {
            let value = self.0.cast::<T>().read_unaligned();
            self.0 = self.0.add(size_of::<T>());
            value
        }
    }

    /// A number of variable length.
    ///
    /// # Safety
    /// The table must have one here.
    pub unsafe fn unsigned(&mut self) -> u64 {
        let (mut value, mut shift) = (0, 0);
        loop {
            // SAFETY: the number has not ended.
            let byte: u8 = unsafe { self.read() };
            value |= u64::from(byte & 0x7F) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                return value;
            }
        }
    }

    /// A signed number of variable length.
    ///
    /// # Safety
    /// The table must have one here.
    pub unsafe fn signed(&mut self) -> i64 {
        let (mut value, mut shift) = (0, 0);
        loop {
            // SAFETY: the number has not ended.
            let byte: u8 = unsafe { self.read() };
            value |= i64::from(byte & 0x7F) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                let unused = 64u32.saturating_sub(shift);
                return value << unused >> unused;
            }
        }
    }

    /// An address in one of the encodings that LLVM uses for these targets, 0 for none. What it
    /// points to through an indirection is not looked up.
    ///
    /// # Safety
    /// The table must have one here.
    pub unsafe fn address(&mut self, encoding: u8) -> usize {
        if encoding == OMIT {
            return 0;
        }
        let here = self.0 as usize;
        // SAFETY: by this function's contract.
        let value = unsafe { self.offset(encoding) };
        if value != 0 && encoding & RELATIVE != 0 { here.wrapping_add(value) } else { value }
    }

    /// The number that an encoding stores, whatever it is relative to.
    ///
    /// # Safety
    /// The table must have one here.
    pub unsafe fn offset(&mut self, encoding: u8) -> usize {
        // SAFETY: by this function's contract.
        unsafe {
            match encoding & !(INDIRECT | RELATIVE) {
                0x01 => self.unsigned() as usize,
                0x02 => self.read::<u16>().into(),
                0x03 => self.read::<u32>() as usize,
                0x0A => self.read::<i16>() as usize,
                0x0B => self.read::<i32>() as usize,
                _ => self.read(),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_variable_length() {
        // SAFETY: the slices below hold a whole number each.
        let unsigned = |bytes: &[u8]| unsafe { Cursor(bytes.as_ptr()).unsigned() };
        // SAFETY: as above.
        let signed = |bytes: &[u8]| unsafe { Cursor(bytes.as_ptr()).signed() };
        assert_eq!(unsigned(&[0x7F]), 127);
        assert_eq!(unsigned(&[0xE5, 0x8E, 0x26]), 624_485);
        assert_eq!(signed(&[0x78]), -8);
        assert_eq!(signed(&[0xC0, 0xBB, 0x78]), -123_456);
        assert_eq!(signed(&[0x3F]), 63);
    }

    #[test]
    fn addresses_count_from_where_they_stand() {
        let bytes = [0xFC, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0];
        let mut cursor = Cursor(bytes.as_ptr());
        // SAFETY: two addresses of four bytes each.
        let (first, none) = unsafe { (cursor.address(0x1B), cursor.address(0x1B)) };
        assert_eq!((first, none), (bytes.as_ptr() as usize - 4, 0));
        assert_eq!(cursor.0, bytes.as_ptr_range().end);
    }
}
