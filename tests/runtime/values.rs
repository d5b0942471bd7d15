//! An export that takes and returns a value of each numeric type, in a reactor whose
//! `_initialize` is called first.

#![no_std]
#![allow(unused)]
#[path = "prelude.rs"]
mod prelude;
use prelude::*;

const TYPES: &[u8] = &[0x7F, 0x7E, 0x7D, 0x7C];

static mut INSTANCE: InstanceHeader = unsafe { zeroed() };

static EXPORTS: Constant<[ExportDescriptor; 2]> =
    Constant([function("same", TYPES, TYPES, same), function("_initialize", &[], &[], initialize)]);
static MODULES: Constant<[ModuleDescriptor; 1]> =
    Constant([ModuleDescriptor { instance: &raw mut INSTANCE, exports: slice(&EXPORTS.0), ..MODULE }]);

#[unsafe(no_mangle)]
static wasmwright_program: Constant<ProgramDescriptor> = Constant(ProgramDescriptor {
    entry: Some(wasmwright_entry_invoke),
    modules: slice(&MODULES.0),
    ..PROGRAM
});

/// Slots hold arguments and results, so returning all of them is doing nothing.
#[unsafe(link_section = "wasm_text")]
unsafe extern "C" fn same(_instance: *mut InstanceHeader, _slots: *mut ValueSlot) {}

#[unsafe(link_section = "wasm_text")]
unsafe extern "C" fn initialize(_instance: *mut InstanceHeader, _slots: *mut ValueSlot) {
    unsafe { write(1, b"initialized\n") };
}
