//! One program for everything that goes wrong, or may: its export takes the number of a scenario.
//! The numbers are those of `tests/runtime_programs.rs`.

#![no_std]
#![allow(unused)]
#[path = "prelude.rs"]
mod prelude;
use prelude::*;

#[repr(C)]
struct Instance {
    header: InstanceHeader,
    guarded: MemoryRecord,
    explicit: MemoryRecord,
}

const PAGE: u64 = 64 << 10;
const RESERVATION: Reservation = Reservation::around(WideningRoom::LIBRARY);

// SAFETY: all zero is a valid record.
static mut INSTANCE: Instance = unsafe { zeroed() };

static DATA: Constant<[DataImage; 1]> =
    Constant([DataImage { offset: 100, bytes: text("contents"), movable: 0 }]);

const fn memory(record_offset: usize, strategy: BoundsStrategy) -> MemoryDescriptor {
    MemoryDescriptor {
        record_offset: record_offset as u64,
        minimum_bytes: 2 * PAGE,
        maximum_bytes: 10 * PAGE,
        page_size_log2: 16,
        strategy: strategy as u32,
        reservation: RESERVATION,
        images: slice(&DATA.0),
    }
}

static MEMORIES: Constant<[MemoryDescriptor; 2]> = Constant([
    memory(offset_of!(Instance, guarded), BoundsStrategy::GuardPages),
    memory(offset_of!(Instance, explicit), BoundsStrategy::Explicit),
]);
static EXPORTS: Constant<[ExportDescriptor; 1]> = Constant([function("run", &[0x7F], &[0x7F], run)]);
static MODULES: Constant<[ModuleDescriptor; 1]> = Constant([ModuleDescriptor {
    instance: (&raw mut INSTANCE).cast(),
    instance_bytes: size_of::<Instance>() as u64,
    host_memory_offset: offset_of!(Instance, guarded) as u64,
    memories: slice(&MEMORIES.0),
    exports: slice(&EXPORTS.0),
    ..MODULE
}]);

#[unsafe(no_mangle)]
static wasmwright_program: Constant<ProgramDescriptor> = Constant(ProgramDescriptor {
    entry: Some(wasmwright_entry_invoke),
    modules: slice(&MODULES.0),
    ..PROGRAM
});

macro_rules! traps {
    ($($code:literal $symbol:ident;)*) => {
        unsafe extern "C" {
            $(fn $symbol(instance: *mut InstanceHeader) -> !;)*
        }

        #[unsafe(link_section = "wasm_text")]
        unsafe fn trap(code: u32) {
            match code {
                $($code => unsafe { $symbol(null_mut()) },)*
                _ => {}
            }
        }
    };
}

traps! {
    1 wasmwright_trap_unreachable;
    2 wasmwright_trap_memory_out_of_bounds;
    3 wasmwright_trap_table_out_of_bounds;
    4 wasmwright_trap_undefined_element;
    5 wasmwright_trap_uninitialized_element;
    6 wasmwright_trap_indirect_call_type_mismatch;
    7 wasmwright_trap_integer_divide_by_zero;
    8 wasmwright_trap_integer_overflow;
    9 wasmwright_trap_invalid_conversion_to_integer;
    10 wasmwright_trap_stack_overflow;
    11 wasmwright_trap_null_reference;
    12 wasmwright_trap_null_function_reference;
    13 wasmwright_trap_cast_failure;
    14 wasmwright_trap_uncaught_exception;
    15 wasmwright_trap_unknown_import;
    16 wasmwright_trap_incompatible_import;
    17 wasmwright_trap_unaligned_atomic;
    18 wasmwright_trap_heap_exhausted;
    19 wasmwright_trap_interrupted;
    20 wasmwright_trap_out_of_fuel;
}

unsafe extern "C" {
    fn wasmwright_unknown_import(instance: *mut InstanceHeader, name: *const u8, length: u64) -> u32;
    fn wasmwright_memory_grow(memory: *mut MemoryRecord, delta_pages: u64) -> u64;
}

#[unsafe(link_section = "wasm_text")]
unsafe extern "C" fn run(instance: *mut InstanceHeader, slots: *mut ValueSlot) {
    unsafe {
        let scenario = (*slots)[0] as u32;
        (*slots)[0] = u64::from(execute(scenario, &mut *instance.cast::<Instance>()) as u32);
    }
}

#[unsafe(link_section = "wasm_text")]
unsafe fn execute(scenario: u32, instance: &mut Instance) -> i32 {
    let guarded = instance.guarded.base;
    let length = instance.guarded.length_bytes;
    unsafe {
        trap(scenario);
        match scenario {
            // Accesses under guard pages.
            100 => load(guarded, 107),
            101 => load(guarded, length as i64 - 1) + 1000,
            102 => load(guarded, length as i64),
            103 => load(guarded, (1 << 32) - 1),
            104 => load(guarded, (12 << 30) + 1000),
            105 => load(guarded, -1),
            106 => load(guarded, -(RESERVATION.below_bytes as i64)),
            // Growth.
            110 => grow(&mut instance.guarded, 3),
            111 => grow(&mut instance.guarded, 9),
            112 => grow(&mut instance.explicit, 3),
            113 => grow(&mut instance.explicit, 9),
            // The stack.
            120 => recurse(u32::MAX),
            121 => recurse_in_big_frames(u32::MAX),
            122 => recurse(1000),
            123 => use_huge_frame(),
            // Faults that are not traps.
            130 => load(core::ptr::dangling_mut::<u8>(), 0),
            131 => load_as_host(guarded, length as i64),
            132 => load(guarded, -(RESERVATION.below_bytes as i64) - (1 << 30)),
            133 => {
                #[cfg(target_arch = "x86_64")]
                core::arch::asm!("ud2");
                #[cfg(target_arch = "aarch64")]
                core::arch::asm!("udf #0");
                0
            }
            // Imports.
            140 => {
                let name = "env.missing";
                wasmwright_unknown_import(null_mut(), name.as_ptr(), name.len() as u64) as i32
            }
            // Waits for a signal.
            150 => loop {
                core::hint::spin_loop();
            },
            _ => 42,
        }
    }
}

#[inline(never)]
#[unsafe(link_section = "wasm_text")]
unsafe fn load(base: *mut u8, offset: i64) -> i32 {
    unsafe { i32::from(base.wrapping_offset(offset as isize).read_volatile()) }
}

/// The same, from code that is not translated.
#[inline(never)]
unsafe fn load_as_host(base: *mut u8, offset: i64) -> i32 {
    unsafe { i32::from(base.wrapping_offset(offset as isize).read_volatile()) + 1 }
}

/// Grows, writes at the new end, and checks that the old contents are there.
#[unsafe(link_section = "wasm_text")]
unsafe fn grow(memory: &mut MemoryRecord, pages: u64) -> i32 {
    unsafe {
        let before = wasmwright_memory_grow(memory, pages);
        if before == u64::MAX {
            return -1;
        }
        let end = memory.base.add(memory.length_bytes as usize - 1);
        if end.read_volatile() != 0 || memory.base.add(100).read_volatile() != b'c' {
            return -2;
        }
        end.write_volatile(1);
        before as i32
    }
}

#[inline(never)]
#[unsafe(link_section = "wasm_text")]
fn recurse(depth: u32) -> i32 {
    if depth == 0 {
        return 0;
    }
    core::hint::black_box(recurse(core::hint::black_box(depth - 1)) + 1)
}

#[inline(never)]
#[unsafe(link_section = "wasm_text")]
fn recurse_in_big_frames(depth: u32) -> i32 {
    let mut frame = [0u8; 100_000];
    frame[0] = depth as u8;
    core::hint::black_box(&mut frame);
    if depth == 0 {
        return 0;
    }
    recurse_in_big_frames(core::hint::black_box(depth - 1)) + i32::from(frame[0])
}

/// One frame larger than the whole stack and its guard.
#[inline(never)]
#[unsafe(link_section = "wasm_text")]
fn use_huge_frame() -> i32 {
    let mut frame = core::mem::MaybeUninit::<[u8; 64 << 20]>::uninit();
    core::hint::black_box(&mut frame);
    // SAFETY: written before it is read.
    unsafe {
        frame.as_mut_ptr().cast::<u8>().write_volatile(1);
        i32::from(frame.as_ptr().cast::<u8>().read_volatile())
    }
}
