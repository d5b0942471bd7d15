//! The entry to our C++ (`compiler/passes`): a module, optimised in place, and what LLVM says of
//! profiles.

use inkwell::llvm_sys::prelude::LLVMModuleRef;
use inkwell::llvm_sys::target_machine::LLVMTargetMachineRef;
use inkwell::module::Module;
use inkwell::targets::TargetMachine;
use serde::{Deserialize, Serialize};
use std::ffi::c_void;

/// How a module is optimised.
#[derive(Clone, Copy, Debug)]
pub struct Pipeline<'a> {
    /// 0 to 3.
    pub speed_level: u32,
    /// 0, or 1 for `-Os`, 2 for `-Oz`.
    pub size_level: u32,
    /// 0, or how much is left out that may take time by the square of a function's size: see `LeftOut`.
    pub left_out: u64,
    /// See `WideningRoom`.
    pub room_above_bytes: u64,
    /// See `WideningRoom`.
    pub room_below_bytes: u64,
    /// Whether its code counts how often it is executed.
    pub counts_executions: bool,
    /// What was counted: an indexed profile that [`check_profile`] has seen.
    pub profile: Option<&'a [u8]>,
}

/// What came of an optimisation besides the module.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Optimized {
    /// Functions for which the profile has counts.
    pub profiled_functions: u32,
    /// What LLVM says of the profile, mostly of functions that are no longer the ones it is about.
    pub profile_warnings: Vec<String>,
}

/// `WasmwrightPipeline` of `passes/pipeline.h`.
#[repr(C)]
struct RawPipeline {
    speed_level: u32,
    size_level: u32,
    left_out: u64,
    room_above_bytes: u64,
    room_below_bytes: u64,
    counts_executions: u64,
    profile: RawBytes,
}

/// `WasmwrightBytes`: null for nothing.
#[repr(C)]
pub(super) struct RawBytes {
    start: *const u8,
    length: u64,
}

impl RawBytes {
    pub(super) fn new(bytes: Option<&[u8]>) -> Self {
        bytes.map_or(Self { start: std::ptr::null(), length: 0 }, |bytes| Self {
            start: bytes.as_ptr(),
            length: bytes.len() as u64,
        })
    }
}

/// `WasmwrightListener`: hears texts, or bytes.
#[repr(C)]
pub(super) struct RawListener {
    listener: *mut c_void,
    tell: unsafe extern "C" fn(listener: *mut c_void, text: RawBytes),
}

impl RawListener {
    /// One that collects the texts.
    fn of_texts(texts: &mut Vec<String>) -> Self {
        Self { listener: std::ptr::from_mut(texts).cast(), tell: collect_text }
    }

    /// One that puts all bytes behind one another.
    pub(super) fn of_bytes(bytes: &mut Vec<u8>) -> Self {
        Self { listener: std::ptr::from_mut(bytes).cast(), tell: collect_bytes }
    }
}

unsafe extern "C" fn collect_text(listener: *mut c_void, text: RawBytes) {
    // SAFETY: the listener is that of `RawListener::of_texts`, alive while C++ runs; the text is alive
    // while it is told.
    unsafe {
        let text = std::slice::from_raw_parts(text.start, text.length as usize);
        (*listener.cast::<Vec<String>>()).push(String::from_utf8_lossy(text).into_owned());
    }
}

unsafe extern "C" fn collect_bytes(listener: *mut c_void, bytes: RawBytes) {
    // SAFETY: the listener is that of `RawListener::of_bytes`, alive while C++ runs; the bytes are alive
    // while they are told, and not none.
    unsafe {
        let bytes = std::slice::from_raw_parts(bytes.start, bytes.length as usize);
        (*listener.cast::<Vec<u8>>()).extend_from_slice(bytes);
    }
}

unsafe extern "C" {
    fn wasmwright_optimize(
        module: LLVMModuleRef,
        machine: LLVMTargetMachineRef,
        pipeline: &RawPipeline,
        listener: &RawListener,
    ) -> u32;
    fn wasmwright_check_profile(profile: RawBytes, listener: &RawListener);
}

/// Optimises a module in place.
pub fn optimize(module: &Module<'_>, machine: &TargetMachine, pipeline: &Pipeline<'_>) -> Optimized {
    let raw = RawPipeline {
        speed_level: pipeline.speed_level,
        size_level: pipeline.size_level,
        left_out: pipeline.left_out,
        room_above_bytes: pipeline.room_above_bytes,
        room_below_bytes: pipeline.room_below_bytes,
        counts_executions: pipeline.counts_executions.into(),
        profile: RawBytes::new(pipeline.profile),
    };
    let mut profile_warnings = Vec::new();
    let listener = RawListener::of_texts(&mut profile_warnings);
    // SAFETY: both are live, of one LLVM, and used by this thread alone; so is the listener.
    let profiled_functions =
        unsafe { wasmwright_optimize(module.as_mut_ptr(), machine.as_mut_ptr(), &raw, &listener) };
    Optimized { profiled_functions, profile_warnings }
}

/// Whether LLVM can use a profile. The error says why not.
pub fn check_profile(profile: &[u8]) -> Result<(), String> {
    let mut errors = Vec::new();
    let listener = RawListener::of_texts(&mut errors);
    // SAFETY: bytes and listener are alive during the call.
    unsafe { wasmwright_check_profile(RawBytes::new(Some(profile)), &listener) };
    if errors.is_empty() { Ok(()) } else { Err(errors.join("; ")) }
}
