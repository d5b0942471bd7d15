//! Profiles of execution: where an instrumented program has its counters.
//!
//! The sections, their contents and the version are LLVM's (`llvm/ProfileData/InstrProfData.inc`);
//! the runtime writes them to a file in LLVM's raw format without knowing the counters' meaning.

use crate::program::ConstStr;

/// What the runtime writes a profile from.
#[repr(C)]
#[derive(Debug)]
pub struct ProfileDescriptor {
    /// Path of the file; `%p` stands for the number of the process.
    pub file: ConstStr,
    /// Address of [`VERSION_SYMBOL`]: version and variant of the raw format.
    pub version: *const u64,
    /// The records of functions.
    pub data: LinkedSection,
    /// Their counters.
    pub counters: LinkedSection,
    /// Their names.
    pub names: LinkedSection,
}

/// A section of the program: addresses of its first byte and of the one behind its last.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct LinkedSection {
    /// Symbol `__start_` and the section's name.
    pub start: *const u8,
    /// Symbol `__stop_` and the section's name.
    pub stop: *const u8,
}

/// Name of [`ProfileDescriptor::data`].
pub const DATA_SECTION: &str = "__llvm_prf_data";
/// Name of [`ProfileDescriptor::counters`].
pub const COUNTERS_SECTION: &str = "__llvm_prf_cnts";
/// Name of [`ProfileDescriptor::names`].
pub const NAMES_SECTION: &str = "__llvm_prf_names";

/// A constant of 64 bits that every instrumented unit defines.
pub const VERSION_SYMBOL: &str = "__llvm_profile_raw_version";

/// Writes the profile. `environment` is the process's: pointers to strings that end in NUL, then
/// null.
pub type WriteProfileFunction =
    unsafe extern "C" fn(descriptor: *const ProfileDescriptor, environment: *const *const u8);

/// Symbol of the [`WriteProfileFunction`].
pub const WRITE_PROFILE_SYMBOL: &str = "wasmwright_write_profile";
