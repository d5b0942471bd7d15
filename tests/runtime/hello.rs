//! The smallest command.

#![no_std]
#![allow(unused)]
#[path = "prelude.rs"]
mod prelude;
use prelude::*;

#[unsafe(link_section = "wasm_text")]
unsafe extern "C" fn start(_instance: *mut InstanceHeader, _slots: *mut ValueSlot) {
    unsafe { write(1, b"hello\n") };
}

static EXPORTS: Constant<[ExportDescriptor; 1]> = Constant([function("_start", &[], &[], start)]);
static MODULES: Constant<[ModuleDescriptor; 1]> =
    Constant([ModuleDescriptor { exports: slice(&EXPORTS.0), ..MODULE }]);

#[unsafe(no_mangle)]
static wasmwright_program: Constant<ProgramDescriptor> = Constant(ProgramDescriptor {
    cpu: CpuNeeds {
        level: if cfg!(cpu_level_9) { 9 } else { 0 },
        capabilities: [0, if cfg!(cpu_level_9) { 1 << 1 | 1 << 63 } else { 0 }],
        names: slice(b"sve2 future"),
        ..CpuNeeds::NONE
    },
    abi_version: if cfg!(abi_version_0) { 0 } else { wasmwright_abi::ABI_VERSION },
    entry: Some(wasmwright_entry_command),
    modules: slice(&MODULES.0),
    ..PROGRAM
});
