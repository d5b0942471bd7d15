//! AArch64: see the parent module for what each item is for.
//!
//! The AAPCS64 convention holds at every edge: arguments in x0 to x4; x19 to x28, the frame
//! pointer x29, the link register x30 and d8 to d15 belong to the caller; sp is 16-byte aligned.

#[cfg(not(feature = "start"))]
use core::arch::global_asm;
use core::arch::{asm, naked_asm};
use core::ffi::c_void;
use core::mem::offset_of;

use super::{AddressRange, CompiledFunction, FrameRegisters};
#[cfg(not(feature = "start"))]
use crate::library::ThreadState;
use crate::store::Activation;
use wasmwright_abi::exception::Exception;
use wasmwright_abi::instance::{InstanceHeader, ValueSlot};

/// `R_AARCH64_RELATIVE`: the only dynamic relocation of a static-pie without indirect functions.
#[cfg(feature = "start")]
pub const RELOCATION_RELATIVE: u64 = 1027;

/// A system call of up to four arguments. A negative result is an error number, negated.
///
/// # Safety
/// Whatever the kernel demands of this call.
#[inline]
pub unsafe fn system_call(number: usize, arguments: [usize; 4]) -> isize {
    let result;
    // SAFETY: the caller vouches for the call; the kernel changes x0 and memory that the
    // arguments name.
    unsafe {
        asm!(
            "svc 0",
            in("x8") number,
            inlateout("x0") arguments[0] => result,
            in("x1") arguments[1],
            in("x2") arguments[2],
            in("x3") arguments[3],
            options(nostack),
        );
    }
    result
}

/// Where the kernel starts the process: the stack holds the argument count, then the argument
/// pointers, null, the environment pointers, null, the auxiliary vector.
#[cfg(all(feature = "start", not(test)))]
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "C" fn _start() -> ! {
    naked_asm!(
        ".weak _DYNAMIC",
        ".hidden _DYNAMIC",
        ".hidden __ehdr_start",
        "mov x29, xzr",                          // the outermost frame, by convention
        "mov x30, xzr",
        "mov x0, sp",                            // 1st argument: what the kernel left
        "adrp x1, __ehdr_start",                 // 2nd: where the image was loaded
        "add x1, x1, :lo12:__ehdr_start",
        "adrp x2, _DYNAMIC",                     // 3rd: its dynamic section, for the relocations
        "add x2, x2, :lo12:_DYNAMIC",
        "bl {start}",                            // never returns; sp is aligned already
        "brk 1",
        start = sym crate::start::start_process,
    )
}

/// Calls `function(instance, slots)` on the stack that ends at `stack_top` (on the current one if
/// that is null) and returns 0, or what [`resume`] was given.
///
/// # Safety
/// `function` must be compiled code for `instance`, `slots` as large as it needs, the stack
/// writable and 16-byte aligned, `activation` valid until the return.
#[cfg(feature = "start")]
#[unsafe(naked)]
pub unsafe extern "C" fn enter(
    function: CompiledFunction,
    instance: *mut InstanceHeader,
    slots: *mut ValueSlot,
    activation: *mut Activation,
    stack_top: *mut u8,
) -> u32 {
    naked_asm!(
        ".cfi_startproc",
        "stp x29, x30, [sp, #-160]!", // the frame chain, which debuggers walk across the switch
        ".cfi_def_cfa_offset 160",
        ".cfi_offset x29, -160",
        ".cfi_offset x30, -152",
        "mov x29, sp",
        ".cfi_def_cfa_register x29",
        "stp x19, x20, [sp, #16]", // what the caller wants back
        "stp x21, x22, [sp, #32]",
        "stp x23, x24, [sp, #48]",
        "stp x25, x26, [sp, #64]",
        "stp x27, x28, [sp, #80]",
        "stp d8, d9, [sp, #96]",
        "stp d10, d11, [sp, #112]",
        "stp d12, d13, [sp, #128]",
        "stp d14, d15, [sp, #144]",
        "adr x9, 2f",
        "str x29, [x3, {stack_pointer}]",
        "str x9, [x3, {program_counter}]",
        "str x29, [x3, {frame_pointer}]",
        "mov x9, x0", // the function
        "mov x0, x1", // its 1st argument: the instance
        "mov x1, x2", // its 2nd: the slots
        "cmp x4, #0", // a stack to switch to?
        "csel x4, x4, x29, ne",
        "mov sp, x4",
        "blr x9",
        "mov w0, wzr", // it returned: no trap
        "2:",
        "mov sp, x29", // back to this frame
        "ldp x19, x20, [sp, #16]",
        "ldp x21, x22, [sp, #32]",
        "ldp x23, x24, [sp, #48]",
        "ldp x25, x26, [sp, #64]",
        "ldp x27, x28, [sp, #80]",
        "ldp d8, d9, [sp, #96]",
        "ldp d10, d11, [sp, #112]",
        "ldp d12, d13, [sp, #128]",
        "ldp d14, d15, [sp, #144]",
        "ldp x29, x30, [sp], #160",
        ".cfi_def_cfa sp, 0",
        "ret",
        ".cfi_endproc",
        stack_pointer = const offset_of!(Activation, stack_pointer),
        program_counter = const offset_of!(Activation, program_counter),
        frame_pointer = const offset_of!(Activation, frame_pointer),
    )
}

/// Calls `function(instance, slots)` on the current stack and returns 0, or what [`resume`] was given.
/// A part of its caller, which so saves no register twice.
///
/// # Safety
/// `function` must be compiled code for `instance`, `slots` as large as it needs, `activation` valid
/// until the return.
#[cfg(not(feature = "start"))]
#[inline(always)]
pub unsafe fn enter(
    function: CompiledFunction,
    instance: *mut InstanceHeader,
    slots: *mut ValueSlot,
    activation: *mut Activation,
) -> u32 {
    let code: usize;
    // SAFETY: the function keeps the registers that the C convention has it keep; `resume` brings back
    // those of them that are not declared to be changed.
    unsafe {
        asm!(
            "adr x9, 2f",
            "mov x10, sp",
            "str x10, [x3, {stack_pointer}]",
            "str x9, [x3, {program_counter}]",
            "str x19, [x3, {reserved}]",
            "str x29, [x3, {frame_pointer}]",
            "blr x8",
            "mov w0, wzr", // it returned: no trap
            "2:",
            stack_pointer = const offset_of!(Activation, stack_pointer),
            program_counter = const offset_of!(Activation, program_counter),
            reserved = const offset_of!(Activation, reserved),
            frame_pointer = const offset_of!(Activation, frame_pointer),
            inlateout("x0") instance as usize => code,
            in("x1") slots,
            in("x3") activation,
            in("x8") function,
            lateout("x20") _,
            lateout("x21") _,
            lateout("x22") _,
            lateout("x23") _,
            lateout("x24") _,
            lateout("x25") _,
            lateout("x26") _,
            lateout("x27") _,
            lateout("x28") _,
            clobber_abi("C"),
        );
    }
    code as u32
}

/// Abandons everything since the [`enter`] of this activation, which returns `code`.
///
/// # Safety
/// That `enter` must not have returned, and no frame in between may need to clean up.
#[unsafe(naked)]
pub unsafe extern "C" fn resume(activation: *const Activation, code: u32) -> ! {
    naked_asm!(
        "ldr x9, [x0, {stack_pointer}]", // as `enter` left them
        "ldr x10, [x0, {program_counter}]",
        "ldr x19, [x0, {reserved}]",
        "ldr x29, [x0, {frame_pointer}]",
        "mov sp, x9",
        "mov w0, w1", // what `enter` returns
        "br x10",
        stack_pointer = const offset_of!(Activation, stack_pointer),
        program_counter = const offset_of!(Activation, program_counter),
        reserved = const offset_of!(Activation, reserved),
        frame_pointer = const offset_of!(Activation, frame_pointer),
    )
}

/// What the kernel has a signal handler return to: ends the handler.
///
/// # Safety
/// Only the kernel may make this the return address of a handler.
#[unsafe(naked)]
pub unsafe extern "C" fn return_from_signal() {
    naked_asm!(
        "mov x8, #139", // rt_sigreturn, which finds its frame at sp
        "svc 0",
    )
}

/// Code translated from Wasm: the section that the linker bounds with these symbols. Empty where
/// an artifact has none of it.
#[unsafe(naked)]
pub extern "C" fn compiled_code() -> AddressRange {
    naked_asm!(
        ".weak __start_wasm_text",
        ".hidden __start_wasm_text",
        ".weak __stop_wasm_text",
        ".hidden __stop_wasm_text",
        "adrp x0, __start_wasm_text",
        "add x0, x0, :lo12:__start_wasm_text",
        "adrp x1, __stop_wasm_text",
        "add x1, x1, :lo12:__stop_wasm_text",
        "ret",
    )
}

/// The linked image, from its first byte to the end of its zeroed data.
#[unsafe(naked)]
pub extern "C" fn image() -> AddressRange {
    naked_asm!(
        ".hidden __ehdr_start",
        ".weak _end",
        ".hidden _end",
        "adrp x0, __ehdr_start",
        "add x0, x0, :lo12:__ehdr_start",
        "adrp x1, _end",
        "add x1, x1, :lo12:_end",
        "ret",
    )
}

#[cfg(not(feature = "start"))]
global_asm!(
    ".pushsection .tbss.wasmwright_thread,\"awT\",@nobits",
    ".p2align 3",
    ".hidden wasmwright_thread",
    ".globl wasmwright_thread",
    ".type wasmwright_thread, @object",
    "wasmwright_thread: .zero {bytes}",
    ".size wasmwright_thread, {bytes}",
    ".popsection",
    bytes = const size_of::<ThreadState>(),
);

/// What the library keeps for the calling thread, zero at first. The access model works in a
/// library that is loaded late, by any C library, and in code that a signal handler runs once the
/// thread has called this.
#[cfg(not(feature = "start"))]
#[inline(always)]
pub fn thread_state() -> *mut ThreadState {
    let state;
    // SAFETY: what is called, by the convention of its own, changes x0, x1, x30 and flags alone.
    unsafe {
        asm!(
            "adrp x0, :tlsdesc:wasmwright_thread",
            "ldr x1, [x0, :tlsdesc_lo12:wasmwright_thread]",
            "add x0, x0, :tlsdesc_lo12:wasmwright_thread",
            ".tlsdesccall wasmwright_thread",
            "blr x1",
            "mrs x1, tpidr_el0",
            "add x0, x0, x1",
            out("x0") state,
            out("x1") _,
            out("x30") _,
        );
    }
    state
}

/// Offsets of registers in the kernel's `ucontext_t`: 168 bytes of flags, link, signal stack and
/// mask, aligned to 176; there the fault address, then x0 to x30, sp, pc.
mod context_offset {
    pub const X0: usize = 184;
    pub const X1: usize = 192;
    pub const X29: usize = 416;
    pub const X30: usize = 424;
    pub const SP: usize = 432;
    pub const PC: usize = 440;
}

/// The registers with which a signal interrupted the thread.
///
/// # Safety
/// `context` must be the third argument of a signal handler that has not returned.
pub unsafe fn registers(context: *const c_void) -> FrameRegisters {
    // SAFETY: the kernel wrote a `ucontext_t` there.
    let register = |offset| unsafe { context.byte_add(offset).cast::<usize>().read() };
    FrameRegisters {
        program_counter: register(context_offset::PC),
        stack_pointer: register(context_offset::SP),
        frame_pointer: register(context_offset::X29),
        return_address: register(context_offset::X30),
    }
}

/// The body of a function that compiled code calls to raise a trap: hands over to
/// [`crate::trap::raise_in_compiled_code`] without a frame of its own.
macro_rules! raise_trap {
    ($trap:expr) => {
        core::arch::naked_asm!(
            "mov w1, #{trap}", // 2nd argument
            "b {raise}",
            trap = const $trap as u32,
            raise = sym crate::arch::raise_from_call,
        )
    };
}

/// The body of a function that raises a trap with a name: hands over to `$raise`.
macro_rules! raise_named {
    ($raise:path) => {
        core::arch::naked_asm!(
            "mov x5, x0",  // 6th argument: the instance
            "mov x0, x30", // 1st: the return address; 2nd and 3rd stay
            "mov x3, sp",  // 4th: the caller's stack pointer
            "mov x4, x29", // 5th
            "b {raise}",
            raise = sym $raise,
        )
    };
}

pub(crate) use {raise_named, raise_trap};

/// What the trap functions share.
///
/// # Safety
/// Only they may jump here.
#[unsafe(naked)]
pub unsafe extern "C" fn raise_from_call() -> ! {
    naked_asm!(
        "mov x4, x0",  // 5th argument: the instance, where there is one
        "mov x0, x30", // 1st: the return address
        "mov x2, sp",  // 3rd: the caller's stack pointer
        "mov x3, x29", // 4th
        "mov x5, x9",  // 6th: the caller's link register, as the ABI says
        "b {raise}",
        raise = sym crate::trap::raise_in_compiled_code,
    )
}

/// Has the return from a signal handler continue in [`resume`].
///
/// # Safety
/// That of [`registers`] and of [`resume`].
pub unsafe fn resume_after_signal(context: *mut c_void, activation: *const Activation, code: u32) {
    // SAFETY: the kernel wrote a `ucontext_t` there and reads it again when the handler returns.
    unsafe {
        context.byte_add(context_offset::X0).cast::<usize>().write(activation as usize);
        context.byte_add(context_offset::X1).cast::<usize>().write(code as usize);
        context.byte_add(context_offset::PC).cast::<usize>().write(resume as *const () as usize);
    }
}

/// Registers that a call preserves: x19 to x30, d8 to d15.
pub const PRESERVED_REGISTERS: usize = 20;

/// DWARF's numbers (DWARF for the Arm 64-bit Architecture, 4.1).
pub const DWARF_STACK_POINTER: u64 = 31;
/// The column of the return address, the link register.
pub const DWARF_RETURN_ADDRESS: u64 = 30;

/// The place of a register in [`Registers::preserved`], by DWARF's number.
pub fn preserved_slot(register: u64) -> Option<usize> {
    match register {
        19..=30 => Some(register as usize - 19),
        72..=79 => Some(register as usize - 60),
        _ => None,
    }
}

/// What a frame goes on with once a call in it is over. `wasmwright_throw` knows the layout.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Registers {
    /// See [`preserved_slot`].
    pub preserved: [usize; PRESERVED_REGISTERS],
    /// The stack pointer as it was before the call.
    pub stack_pointer: usize,
    /// Where the call returns to.
    pub program_counter: usize,
}

/// The frame pointer among them.
pub fn preserved_frame_pointer(registers: &Registers) -> usize {
    preserved_slot(29).and_then(|slot| registers.preserved.get(slot)).copied().unwrap_or(0)
}

/// The registers that a call preserves, as they are now.
pub fn preserved_registers() -> [usize; PRESERVED_REGISTERS] {
    let mut registers = [0; PRESERVED_REGISTERS];
    // SAFETY: writes twenty words to the array.
    unsafe {
        asm!(
            "stp x19, x20, [{0}]",
            "stp x21, x22, [{0}, #16]",
            "stp x23, x24, [{0}, #32]",
            "stp x25, x26, [{0}, #48]",
            "stp x27, x28, [{0}, #64]",
            "stp x29, x30, [{0}, #80]",
            "stp d8, d9, [{0}, #96]",
            "stp d10, d11, [{0}, #112]",
            "stp d12, d13, [{0}, #128]",
            "stp d14, d15, [{0}, #144]",
            in(reg) registers.as_mut_ptr(),
            options(nostack, preserves_flags),
        );
    }
    registers
}

/// Throws: goes on at the landing pad that [`unwind`](crate::exception::unwind) finds, with the
/// exception in x0 and a selector of 0 in x1, as LLVM expects it. Never returns.
///
/// # Safety
/// Only compiled code of the instance may call it, with an exception whose values are written.
#[unsafe(naked)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmwright_throw(instance: *mut InstanceHeader, exception: *mut Exception) -> u32 {
    naked_asm!(
        "sub sp, sp, #176", // `Registers`
        "stp x19, x20, [sp]",
        "stp x21, x22, [sp, #16]",
        "stp x23, x24, [sp, #32]",
        "stp x25, x26, [sp, #48]",
        "stp x27, x28, [sp, #64]",
        "stp x29, x30, [sp, #80]",
        "stp d8, d9, [sp, #96]",
        "stp d10, d11, [sp, #112]",
        "stp d12, d13, [sp, #128]",
        "stp d14, d15, [sp, #144]",
        "add x9, sp, #176",
        "stp x9, x30, [sp, #160]", // the stack pointer and the return address of the call
        "mov x2, sp",              // 3rd argument: the registers
        "bl {unwind}",
        "ldp x19, x20, [sp]",
        "ldp x21, x22, [sp, #16]",
        "ldp x23, x24, [sp, #32]",
        "ldp x25, x26, [sp, #48]",
        "ldp x27, x28, [sp, #64]",
        "ldp x29, x30, [sp, #80]",
        "ldp d8, d9, [sp, #96]",
        "ldp d10, d11, [sp, #112]",
        "ldp d12, d13, [sp, #128]",
        "ldp d14, d15, [sp, #144]",
        "ldp x9, x10, [sp, #160]",
        "mov sp, x9",
        "mov x1, xzr",
        "br x10",
        unwind = sym crate::exception::unwind,
    )
}
