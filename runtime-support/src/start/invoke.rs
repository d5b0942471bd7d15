//! The entry of `--invoke`: calls an export with the process's arguments and prints its results,
//! one a line, in the words of Wasmtime's command line.
//!
//! The only part of the runtime that formats with `core::fmt` (floats need it); a program whose
//! entry is a command does not link it.

use core::ffi::{CStr, c_void};
use core::fmt::{self, Write};

use wasmwright_abi::instance::ValueSlot;
use wasmwright_abi::program::{ExportDescriptor, ExportKind, InvokeFunction, ModuleDescriptor};

use crate::call::{OnTrap, call};
use crate::store::Store;
use crate::sys;

/// Types of values, as in the binary format.
mod value_type {
    pub const I32: u8 = 0x7F;
    pub const I64: u8 = 0x7E;
    pub const F32: u8 = 0x7D;
    pub const F64: u8 = 0x7C;
    pub const V128: u8 = 0x7B;
    pub const FUNCREF: u8 = 0x70;
    pub const EXNREF: u8 = 0x69;
}

/// The body of `EntryKind::Invoke`.
///
/// # Safety
/// Start-up calls it, with the store, once the program is instantiated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmwright_entry_invoke(store: *mut c_void) -> i32 {
    let store = store.cast::<Store>();
    // SAFETY: the compiler checked that the entry names a function; exports of a descriptor are
    // of its module's instance.
    unsafe {
        let program = (*store).program();
        let module = &*program.modules.start.add(program.entry_module as usize);
        let instance = (*store).instance(program.entry_module as usize);
        let export = &*module.exports.start.add(program.entry_export as usize);
        let Some(function) = export.invoke else {
            sys::fail(&[b"the export `", export.name.as_slice(), b"` is not a function"]);
        };
        let slots = read_arguments(store, export);
        if let Some(initialize) = find_initialize(module) {
            let _ = call(store, initialize, instance, slots_for_none(store), OnTrap::EndProcess);
        }
        let _ = call(store, function, instance, slots, OnTrap::EndProcess);
        print_results(export.results.as_slice(), slots)
    }
}

/// The `_initialize` of a reactor.
unsafe fn find_initialize(module: &ModuleDescriptor) -> Option<InvokeFunction> {
    // SAFETY: the compiler wrote the descriptor.
    unsafe {
        let mut exports = module.exports.as_slice().iter();
        let export = exports.find(|export| {
            export.kind == ExportKind::Function as u32 && export.name.as_slice() == b"_initialize"
        })?;
        export.invoke
    }
}

unsafe fn slots_for_none(store: *mut Store) -> *mut ValueSlot {
    // SAFETY: the store is live.
    unsafe { (*store).arena.allocate(1) }
}

/// Room for parameters and results, filled with the process's arguments.
unsafe fn read_arguments(store: *mut Store, export: &ExportDescriptor) -> *mut ValueSlot {
    // SAFETY: the store is live, the descriptor the compiler's; the kernel ends each argument
    // with NUL.
    unsafe {
        let types = export.parameters.as_slice();
        let launch = (*store).launch;
        if launch.argument_count < types.len() + 1 {
            sys::fail(&[
                b"`",
                export.name.as_slice(),
                b"` takes ",
                sys::Digits::decimal(types.len() as u64).as_bytes(),
                b" arguments, got ",
                sys::Digits::decimal(launch.argument_count.saturating_sub(1) as u64).as_bytes(),
            ]);
        }
        let slots: *mut ValueSlot =
            (*store).arena.allocate(types.len().max(export.results.length as usize).max(1));
        for (index, &value_type) in types.iter().enumerate() {
            let text = CStr::from_ptr((*launch.arguments.add(index + 1)).cast());
            match parse(text.to_bytes(), value_type) {
                Some(value) => slots.add(index).write(value),
                None => sys::fail(&[
                    b"argument `",
                    text.to_bytes(),
                    b"` of `",
                    export.name.as_slice(),
                    b"` is not a value of type ",
                    type_name(value_type).as_bytes(),
                ]),
            }
        }
        slots
    }
}

fn type_name(value_type: u8) -> &'static str {
    match value_type {
        value_type::I32 => "i32",
        value_type::I64 => "i64",
        value_type::F32 => "f32",
        value_type::F64 => "f64",
        value_type::V128 => "v128",
        _ => "a reference, which cannot be given on a command line",
    }
}

/// The value that the text stands for: integers decimal or hexadecimal, signed or unsigned;
/// floats decimal, `inf`, `nan`; vectors as 128-bit integers.
fn parse(text: &[u8], value_type: u8) -> Option<ValueSlot> {
    let text = core::str::from_utf8(text).ok()?;
    let low = |bits: u64| Some([bits, 0]);
    match value_type {
        value_type::I32 => low(u64::from(parse_integer(text, 32)? as u32)),
        value_type::I64 => low(parse_integer(text, 64)? as u64),
        value_type::F32 => low(u64::from(text.parse::<f32>().ok()?.to_bits())),
        value_type::F64 => low(text.parse::<f64>().ok()?.to_bits()),
        value_type::V128 => {
            let bits = parse_integer(text, 128)?;
            Some([bits as u64, (bits >> 64) as u64])
        }
        _ => None,
    }
}

/// An integer that fits `width` bits with or without a sign, in two's complement.
fn parse_integer(text: &str, width: u32) -> Option<u128> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if digits.starts_with(['+', '-']) {
        return None;
    }
    let magnitude = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(digits) if !digits.starts_with(['+', '-']) => u128::from_str_radix(digits, 16).ok()?,
        Some(_) => return None,
        None => digits.parse::<u128>().ok()?,
    };
    let largest = if negative { 1 << (width - 1) } else { u128::MAX >> (128 - width) };
    (magnitude <= largest).then(|| if negative { magnitude.wrapping_neg() } else { magnitude })
}

/// One result a line on standard output; the exit status.
unsafe fn print_results(types: &[u8], slots: *const ValueSlot) -> i32 {
    let mut output = StandardOutput { buffer: [0; BUFFER_BYTES], length: 0, failed: false };
    for (index, &value_type) in types.iter().enumerate() {
        // SAFETY: the call wrote as many slots as there are results.
        let value = unsafe { *slots.add(index) };
        let _ = print(&mut output, value_type, value);
    }
    output.flush();
    i32::from(output.failed)
}

fn print(output: &mut impl Write, value_type: u8, [low, high]: ValueSlot) -> fmt::Result {
    match value_type {
        value_type::I32 => writeln!(output, "{}", low as i32),
        value_type::I64 => writeln!(output, "{}", low as i64),
        value_type::F32 => writeln!(output, "{}", f32::from_bits(low as u32)),
        value_type::F64 => writeln!(output, "{}", f64::from_bits(low)),
        value_type::V128 => writeln!(output, "{}", u128::from(high) << 64 | u128::from(low)),
        value_type::FUNCREF if low == 0 => writeln!(output, "<null funcref>"),
        value_type::FUNCREF => writeln!(output, "<funcref>"),
        value_type::EXNREF if low == 0 => writeln!(output, "<null exnref>"),
        value_type::EXNREF => writeln!(output, "<exnref>"),
        _ if low == 0 => writeln!(output, "<null externref>"),
        _ => writeln!(output, "<externref>"),
    }
}

const BUFFER_BYTES: usize = 512;

/// Standard output through a buffer, so that a few results are one system call.
struct StandardOutput {
    buffer: [u8; BUFFER_BYTES],
    length: usize,
    failed: bool,
}

impl StandardOutput {
    fn flush(&mut self) {
        let written = self.buffer.get(..self.length).is_some_and(sys::print);
        self.failed |= !written;
        self.length = 0;
    }
}

impl Write for StandardOutput {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for &byte in text.as_bytes() {
            if self.length == BUFFER_BYTES {
                self.flush();
            }
            if let Some(place) = self.buffer.get_mut(self.length) {
                *place = byte;
                self.length += 1;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::string::String;

    use super::*;

    #[test]
    fn integers_are_read_by_width_and_in_both_bases() {
        let i32_of = |text: &str| parse(text.as_bytes(), value_type::I32).map(|[low, _]| low);
        assert_eq!(i32_of("0"), Some(0));
        assert_eq!(i32_of("-1"), Some(0xFFFF_FFFF));
        assert_eq!(i32_of("4294967295"), Some(0xFFFF_FFFF));
        assert_eq!(i32_of("-2147483648"), Some(0x8000_0000));
        assert_eq!(i32_of("0x10"), Some(16));
        assert_eq!(i32_of("-0x10"), Some(0xFFFF_FFF0));
        for wrong in ["", "-", "0x", "4294967296", "-2147483649", "1.5", "1 ", "--1", "0x-1", "+-1", "ten"] {
            assert_eq!(i32_of(wrong), None, "{wrong}");
        }
        let i64_of = |text: &str| parse(text.as_bytes(), value_type::I64).map(|[low, _]| low);
        assert_eq!(i64_of("18446744073709551615"), Some(u64::MAX));
        assert_eq!(i64_of("-9223372036854775808"), Some(1 << 63));
        assert_eq!(i64_of("18446744073709551616"), None);
        assert_eq!(parse(b"0x1ffffffffffffffff", value_type::V128), Some([u64::MAX, 1]));
        assert_eq!(parse(b"-1", value_type::V128), Some([u64::MAX, u64::MAX]));
    }

    #[test]
    fn floats_are_read_exactly() {
        let f64_of = |text: &str| parse(text.as_bytes(), value_type::F64).map(|[low, _]| low);
        assert_eq!(f64_of("0.1"), Some(0.1f64.to_bits()));
        assert_eq!(f64_of("-inf"), Some(f64::NEG_INFINITY.to_bits()));
        assert_eq!(f64_of("5e-324"), Some(1));
        assert!(f64_of("nan").is_some_and(|bits| f64::from_bits(bits).is_nan()));
        assert_eq!(f64_of("1,5"), None);
        assert_eq!(parse(b"16777217", value_type::F32), Some([u64::from(16_777_216f32.to_bits()), 0]));
    }

    #[test]
    fn results_are_printed_as_wasmtime_prints_them() {
        let printed = |value_type: u8, value: ValueSlot| {
            let mut text = String::new();
            print(&mut text, value_type, value).expect("a string takes all");
            text
        };
        assert_eq!(printed(value_type::I32, [0xFFFF_FFFF, 0]), "-1\n");
        assert_eq!(printed(value_type::I64, [1 << 63, 0]), "-9223372036854775808\n");
        assert_eq!(printed(value_type::F32, [u64::from(0.1f32.to_bits()), 0]), "0.1\n");
        assert_eq!(printed(value_type::F64, [1.0f64.to_bits(), 0]), "1\n");
        assert_eq!(printed(value_type::F64, [f64::INFINITY.to_bits(), 0]), "inf\n");
        assert_eq!(printed(value_type::F64, [f64::NAN.to_bits(), 0]), "NaN\n");
        assert_eq!(printed(value_type::V128, [0, 1]), "18446744073709551616\n");
        assert_eq!(printed(value_type::FUNCREF, [0, 0]), "<null funcref>\n");
        assert_eq!(printed(0x6F, [4, 0]), "<externref>\n");
    }
}
