//! x86-64: see the parent module for what each item is for.
//!
//! The System V calling convention holds at every edge: arguments in rdi, rsi, rdx, rcx, r8;
//! rbx, rbp and r12 to r15 belong to the caller; the stack is 16-byte aligned before a call.

#[cfg(not(feature = "start"))]
use core::arch::global_asm;
use core::arch::x86_64::__cpuid_count;
use core::arch::{asm, naked_asm};
use core::ffi::c_void;
use core::mem::offset_of;

use super::{AddressRange, CompiledFunction, FrameRegisters};
#[cfg(not(feature = "start"))]
use crate::library::ThreadState;
use crate::store::Activation;
use wasmwright_abi::exception::Exception;
use wasmwright_abi::instance::{InstanceHeader, ValueSlot};

/// `R_X86_64_RELATIVE`: the only dynamic relocation of a static-pie without indirect functions.
#[cfg(feature = "start")]
pub const RELOCATION_RELATIVE: u64 = 8;

/// A system call of up to four arguments. A negative result is an error number, negated.
///
/// # Safety
/// Whatever the kernel demands of this call.
#[inline]
pub unsafe fn system_call(number: usize, arguments: [usize; 4]) -> isize {
    let result;
    // SAFETY: the caller vouches for the call; the kernel changes rax, rcx, r11 and memory that
    // the arguments name.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") number => result,
            in("rdi") arguments[0],
            in("rsi") arguments[1],
            in("rdx") arguments[2],
            in("r10") arguments[3],
            lateout("rcx") _,
            lateout("r11") _,
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
        "xor ebp, ebp",                   // the outermost frame, by convention
        "mov rdi, rsp",                   // 1st argument: what the kernel left
        "lea rsi, [rip + __ehdr_start]",  // 2nd: where the image was loaded
        "lea rdx, [rip + _DYNAMIC]",      // 3rd: its dynamic section, for the relocations
        "and rsp, -16",                   // the convention's alignment
        "call {start}",                   // never returns
        "ud2",
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
        "push rbp", // the frame chain, which debuggers walk across the switch
        ".cfi_def_cfa_offset 16",
        ".cfi_offset rbp, -16",
        "mov rbp, rsp",
        ".cfi_def_cfa_register rbp",
        "push rbx", // what the caller wants back
        "push r12",
        "push r13",
        "push r14",
        "push r15",
        "sub rsp, 8", // aligned for the call below
        "lea rax, [rip + 2f]",
        "mov [rcx + {stack_pointer}], rsp",
        "mov [rcx + {program_counter}], rax",
        "mov [rcx + {frame_pointer}], rbp",
        "mov rax, rdi", // the function
        "mov rdi, rsi", // its 1st argument: the instance
        "mov rsi, rdx", // its 2nd: the slots
        "test r8, r8",  // a stack to switch to?
        "cmovne rsp, r8",
        "call rax",
        "xor eax, eax", // it returned: no trap
        "2:",
        "lea rsp, [rbp - 40]", // back to this frame, at r15
        "pop r15",
        "pop r14",
        "pop r13",
        "pop r12",
        "pop rbx",
        "pop rbp",
        ".cfi_def_cfa rsp, 8",
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
            "lea rdx, [rip + 2f]",
            "mov [rcx + {stack_pointer}], rsp",
            "mov [rcx + {program_counter}], rdx",
            "mov [rcx + {reserved}], rbx",
            "mov [rcx + {frame_pointer}], rbp",
            "call rax",
            "xor eax, eax", // it returned: no trap
            "2:",
            stack_pointer = const offset_of!(Activation, stack_pointer),
            program_counter = const offset_of!(Activation, program_counter),
            reserved = const offset_of!(Activation, reserved),
            frame_pointer = const offset_of!(Activation, frame_pointer),
            inlateout("rax") function as usize => code,
            in("rdi") instance,
            in("rsi") slots,
            in("rcx") activation,
            lateout("r12") _,
            lateout("r13") _,
            lateout("r14") _,
            lateout("r15") _,
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
        "mov rsp, [rdi + {stack_pointer}]", // as `enter` left them
        "mov rbx, [rdi + {reserved}]",
        "mov rbp, [rdi + {frame_pointer}]",
        "mov eax, esi", // what `enter` returns
        "cld",          // a string instruction may have been interrupted
        "jmp [rdi + {program_counter}]",
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
        "mov eax, 15", // rt_sigreturn, which finds its frame at rsp
        "syscall",
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
        "lea rax, [rip + __start_wasm_text]",
        "lea rdx, [rip + __stop_wasm_text]",
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
        "lea rax, [rip + __ehdr_start]",
        "lea rdx, [rip + _end]",
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
    // SAFETY: what is called, by the convention of its own, changes rax and flags alone.
    unsafe {
        asm!(
            "lea rax, [rip + wasmwright_thread@TLSDESC]",
            "call [rax + wasmwright_thread@TLSCALL]",
            "add rax, qword ptr fs:[0]",
            out("rax") state,
        );
    }
    state
}

/// Offsets of registers in the kernel's `ucontext_t`: 40 bytes of flags, link and signal stack,
/// then the registers in the order r8 to r15, rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip.
mod context_offset {
    pub const RDI: usize = 104;
    pub const RSI: usize = 112;
    pub const RBP: usize = 120;
    pub const RSP: usize = 160;
    pub const RIP: usize = 168;
}

/// The registers with which a signal interrupted the thread.
///
/// # Safety
/// `context` must be the third argument of a signal handler that has not returned.
pub unsafe fn registers(context: *const c_void) -> FrameRegisters {
    // SAFETY: the kernel wrote a `ucontext_t` there.
    let register = |offset| unsafe { context.byte_add(offset).cast::<usize>().read() };
    FrameRegisters {
        program_counter: register(context_offset::RIP),
        stack_pointer: register(context_offset::RSP),
        frame_pointer: register(context_offset::RBP),
        return_address: 0,
    }
}

/// The body of a function that compiled code calls to raise a trap: hands over to
/// [`crate::trap::raise_in_compiled_code`] without a frame of its own.
macro_rules! raise_trap {
    ($trap:expr) => {
        core::arch::naked_asm!(
            "mov esi, {trap}", // 2nd argument
            "jmp {raise}",
            trap = const $trap as u32,
            raise = sym crate::arch::raise_from_call,
        )
    };
}

/// The body of a function that raises a trap with a name: hands over to `$raise`.
macro_rules! raise_named {
    ($raise:path) => {
        core::arch::naked_asm!(
            "mov r9, rdi",        // 6th argument: the instance
            "mov rdi, [rsp]",     // 1st: the return address; 2nd and 3rd stay
            "lea rcx, [rsp + 8]", // 4th: the caller's stack pointer
            "mov r8, rbp",        // 5th
            "jmp {raise}",
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
        ".cfi_startproc",
        "mov r8, rdi",        // 5th argument: the instance, where there is one
        "mov rdi, [rsp]",     // 1st: the return address
        "lea rdx, [rsp + 8]", // 3rd: the caller's stack pointer
        "mov rcx, rbp",       // 4th
        "xor r9d, r9d",       // 6th: no register has its return address
        "push rbp",           // the frame chain, for debuggers
        ".cfi_def_cfa_offset 16",
        ".cfi_offset rbp, -16",
        "mov rbp, rsp",
        ".cfi_def_cfa_register rbp",
        "and rsp, -16", // compiled code sets up no frame for this call, so it may be unaligned
        "call {raise}", // never returns
        "ud2",
        ".cfi_endproc",
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
        context.byte_add(context_offset::RDI).cast::<usize>().write(activation as usize);
        context.byte_add(context_offset::RSI).cast::<usize>().write(code as usize);
        context.byte_add(context_offset::RIP).cast::<usize>().write(resume as *const () as usize);
    }
}

/// Whether this machine has at least that microarchitecture level. `more_features` is AT_HWCAP2.
///
/// In a virtual machine each `cpuid` is an exit that takes up to 13 microseconds, a tenth of a
/// small program's life. The kernel says at no cost whether the FSGSBASE instructions may be used,
/// and every processor with these is of level 2; so the usual baseline needs no `cpuid`.
pub fn has_level(level: u32, more_features: usize) -> bool {
    const FSGSBASE: usize = 1 << 1;
    level <= 1 || (level == 2 && more_features & FSGSBASE != 0) || level <= cpu_level()
}

/// The microarchitecture level of this machine as the operating system enables it: 1 to 4 for
/// x86-64-v1 to v4.
pub fn cpu_level() -> u32 {
    const V2_LEAF_1_ECX: u32 = 1 | 1 << 9 | 1 << 13 | 1 << 19 | 1 << 20 | 1 << 23; // SSE3 SSSE3 CX16 SSE4.1 SSE4.2 POPCNT
    const V2_EXTENDED_ECX: u32 = 1; // LAHF
    const V3_LEAF_1_ECX: u32 = 1 << 12 | 1 << 22 | 1 << 27 | 1 << 28 | 1 << 29; // FMA MOVBE OSXSAVE AVX F16C
    const V3_LEAF_7_EBX: u32 = 1 << 3 | 1 << 5 | 1 << 8; // BMI1 AVX2 BMI2
    const V3_EXTENDED_ECX: u32 = 1 << 5; // LZCNT
    const V3_STATE: u64 = 0b110; // the system saves SSE and AVX registers
    const V4_LEAF_7_EBX: u32 = 1 << 16 | 1 << 17 | 1 << 28 | 1 << 30 | 1 << 31; // AVX-512 F DQ CD BW VL
    const V4_STATE: u64 = 0b1110_0110; // and mask registers and the AVX-512 halves

    let has = |bits: u32, wanted: u32| bits & wanted == wanted;
    let leaf_1 = __cpuid_count(1, 0);
    let leaf_7 = if __cpuid_count(0, 0).eax >= 7 { __cpuid_count(7, 0).ebx } else { 0 };
    let extended =
        if __cpuid_count(0x8000_0000, 0).eax > 0x8000_0000 { __cpuid_count(0x8000_0001, 0).ecx } else { 0 };
    if !(has(leaf_1.ecx, V2_LEAF_1_ECX) && has(extended, V2_EXTENDED_ECX)) {
        return 1;
    }
    if !(has(leaf_1.ecx, V3_LEAF_1_ECX) && has(leaf_7, V3_LEAF_7_EBX) && has(extended, V3_EXTENDED_ECX)) {
        return 2;
    }
    let state = saved_state();
    if state & V3_STATE != V3_STATE {
        return 2;
    }
    if has(leaf_7, V4_LEAF_7_EBX) && state & V4_STATE == V4_STATE { 4 } else { 3 }
}

/// Which registers the operating system saves. Only where OSXSAVE is set.
fn saved_state() -> u64 {
    let (low, high): (u32, u32);
    // SAFETY: the caller has seen OSXSAVE, so the instruction exists; it reads a register.
    unsafe { asm!("xgetbv", in("ecx") 0, out("eax") low, out("edx") high, options(nomem, nostack)) };
    u64::from(high) << 32 | u64::from(low)
}

/// Registers that a call preserves: rbx, rbp, r12 to r15.
pub const PRESERVED_REGISTERS: usize = 6;

/// DWARF's numbers (System V ABI for x86-64, figure 3.36).
pub const DWARF_STACK_POINTER: u64 = 7;
/// The column of the return address.
pub const DWARF_RETURN_ADDRESS: u64 = 16;

/// The place of a register in [`Registers::preserved`], by DWARF's number.
pub fn preserved_slot(register: u64) -> Option<usize> {
    match register {
        3 => Some(0),
        6 => Some(1),
        12..=15 => Some(register as usize - 10),
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
    preserved_slot(6).and_then(|slot| registers.preserved.get(slot)).copied().unwrap_or(0)
}

/// The registers that a call preserves, as they are now.
pub fn preserved_registers() -> [usize; PRESERVED_REGISTERS] {
    let mut registers = [0; PRESERVED_REGISTERS];
    // SAFETY: writes six words to the array.
    unsafe {
        asm!(
            "mov [{0}], rbx",
            "mov [{0} + 8], rbp",
            "mov [{0} + 16], r12",
            "mov [{0} + 24], r13",
            "mov [{0} + 32], r14",
            "mov [{0} + 40], r15",
            in(reg) registers.as_mut_ptr(),
            options(nostack, preserves_flags),
        );
    }
    registers
}

/// Throws: goes on at the landing pad that [`unwind`](crate::exception::unwind) finds, with the
/// exception in rax and a selector of 0 in rdx, as LLVM expects it. Never returns.
///
/// # Safety
/// Only compiled code of the instance may call it, with an exception whose values are written.
#[unsafe(naked)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmwright_throw(instance: *mut InstanceHeader, exception: *mut Exception) -> u32 {
    naked_asm!(
        "sub rsp, 72", // `Registers`, and the stack aligned
        "mov [rsp], rbx",
        "mov [rsp + 8], rbp",
        "mov [rsp + 16], r12",
        "mov [rsp + 24], r13",
        "mov [rsp + 32], r14",
        "mov [rsp + 40], r15",
        "lea rax, [rsp + 80]", // above the return address
        "mov [rsp + 48], rax",
        "mov rax, [rsp + 72]", // the return address
        "mov [rsp + 56], rax",
        "mov rdx, rsp", // 3rd argument: the registers
        "call {unwind}",
        "mov rbx, [rsp]",
        "mov rbp, [rsp + 8]",
        "mov r12, [rsp + 16]",
        "mov r13, [rsp + 24]",
        "mov r14, [rsp + 32]",
        "mov r15, [rsp + 40]",
        "mov rcx, [rsp + 56]",
        "mov rsp, [rsp + 48]",
        "xor edx, edx",
        "jmp rcx",
        unwind = sym crate::exception::unwind,
    )
}
