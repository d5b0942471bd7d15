//! What every hand-made program begins with: the ABI's structures as constants, and system calls.

pub use core::arch::asm;
pub use core::ffi::c_void;
pub use core::mem::{offset_of, zeroed};
pub use core::ptr::null_mut;
pub use wasmwright_abi::instance::*;
pub use wasmwright_abi::program::*;

/// A constant with pointers in it.
#[repr(transparent)]
pub struct Constant<T>(pub T);

// SAFETY: nothing writes it.
unsafe impl<T> Sync for Constant<T> {}

pub const fn slice<T>(items: &'static [T]) -> ConstSlice<T> {
    ConstSlice { start: items.as_ptr(), length: items.len() as u64 }
}

pub const fn text(text: &'static str) -> ConstStr {
    slice(text.as_bytes())
}

unsafe extern "C" {
    pub fn wasmwright_entry_command(store: *mut c_void) -> i32;
    pub fn wasmwright_entry_invoke(store: *mut c_void) -> i32;
}

pub const fn function(
    name: &'static str,
    parameters: &'static [u8],
    results: &'static [u8],
    invoke: InvokeFunction,
) -> ExportDescriptor {
    ExportDescriptor {
        name: text(name),
        kind: ExportKind::Function as u32,
        provider: 0,
        offset: 0,
        parameters: slice(parameters),
        results: slice(results),
        invoke: Some(invoke),
    }
}

pub const MODULE: ModuleDescriptor = ModuleDescriptor {
    name: text("test"),
    instance: null_mut(),
    instance_bytes: size_of::<InstanceHeader>() as u64,
    host_memory_offset: u64::MAX,
    host_memory_is_import: 0,
    memories: slice(&[]),
    tables: slice(&[]),
    tags: slice(&[]),
    segments: slice(&[]),
    function_references: slice(&[]),
    function_references_offset: 0,
    imports: slice(&[]),
    host_imports: slice(&[]),
    exports: slice(&[]),
    initialize: None,
};

pub const PROGRAM: ProgramDescriptor = ProgramDescriptor {
    abi_version: wasmwright_abi::ABI_VERSION,
    flags: 0,
    entry_module: 0,
    entry_export: 0,
    cpu: CpuNeeds::NONE,
    entry: None,
    wasi_setup: None,
    library_wasi: wasmwright_abi::program::LibraryWasi::NONE,
    handle_faults: None,
    stack_bytes: 1 << 20,
    fuel: 0,
    modules: slice(&[]),
    grants: slice(&[]),
    backtrace: None,
    trap_table: slice(&[]),
    code: slice(&[]),
    write_profile: None,
    profile: core::ptr::null(),
};

/// Writes to a file descriptor, as a host function would.
pub unsafe fn write(descriptor: i32, bytes: &[u8]) {
    #[cfg(target_arch = "x86_64")]
    unsafe {
        asm!("syscall", inlateout("rax") 1usize => _, in("rdi") descriptor as usize, in("rsi") bytes.as_ptr(),
             in("rdx") bytes.len(), lateout("rcx") _, lateout("r11") _);
    }
    #[cfg(target_arch = "aarch64")]
    unsafe {
        asm!("svc 0", in("x8") 64usize, inlateout("x0") descriptor as usize => _, in("x1") bytes.as_ptr(),
             in("x2") bytes.len());
    }
}
