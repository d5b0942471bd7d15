//! What the module's header in C declares, and a safe type over it.

use std::ffi::{CStr, c_char, c_void};
use std::fmt;
use std::ptr::{NonNull, null};

#[repr(C)]
struct Instance {
    _opaque: [u8; 0],
}

#[repr(C)]
struct Memory {
    _opaque: [u8; 0],
}

/// `wasmwright_error_t`
#[repr(C)]
struct InstantiationError {
    code: u32,
    trap: u32,
    message: [c_char; 240],
}

unsafe extern "C" {
    fn wasmwright_checksum_instantiate(
        imports: *const c_void,
        error: *mut InstantiationError,
    ) -> *mut Instance;
    fn wasmwright_checksum_free(instance: *mut Instance);
    fn wasmwright_checksum_memory_write(
        memory: *mut Memory,
        address: u64,
        from: *const u8,
        bytes: usize,
    ) -> bool;
    fn checksum_memory(instance: *mut Instance) -> *mut Memory;
    fn checksum_adler32(instance: *mut Instance, address: u32, length: u32, result: *mut u32) -> u32;
}

/// An instance of the module, used by one thread at a time.
pub struct Checksum(NonNull<Instance>);

// SAFETY: an instance may be used by any thread, by one at a time.
unsafe impl Send for Checksum {}

/// Why a call has no result: `WASMWRIGHT_TRAP_...`
#[derive(Debug)]
pub struct Trap(u32);

impl fmt::Display for Trap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "trap {}", self.0)
    }
}

impl std::error::Error for Trap {}

impl Checksum {
    /// A new instance.
    pub fn new() -> Result<Self, String> {
        let mut error = InstantiationError { code: 0, trap: 0, message: [0; 240] };
        // SAFETY: the module imports nothing, and the error may be written.
        let instance = unsafe { wasmwright_checksum_instantiate(null(), &mut error) };
        // SAFETY: the message ends in NUL.
        let message = || unsafe { CStr::from_ptr(error.message.as_ptr()) };
        let (code, trap) = (error.code, error.trap);
        NonNull::new(instance)
            .map(Self)
            .ok_or_else(|| format!("{} ({code}, {trap})", message().to_string_lossy()))
    }

    /// The checksum of bytes, which go into the instance's memory.
    pub fn of(&mut self, bytes: &[u8]) -> Result<u32, Box<dyn std::error::Error>> {
        // SAFETY: the instance is live, and the bytes are so many.
        let fits = unsafe {
            let memory = checksum_memory(self.0.as_ptr());
            wasmwright_checksum_memory_write(memory, 0, bytes.as_ptr(), bytes.len())
        };
        if fits { Ok(self.adler32(0, bytes.len() as u32)?) } else { Err("the bytes do not fit".into()) }
    }

    /// The checksum of what is in the memory.
    pub fn adler32(&mut self, address: u32, length: u32) -> Result<u32, Trap> {
        let mut result = 0;
        // SAFETY: the instance is live and this thread's.
        match unsafe { checksum_adler32(self.0.as_ptr(), address, length, &mut result) } {
            0 => Ok(result),
            trap => Err(Trap(trap)),
        }
    }
}

impl Drop for Checksum {
    fn drop(&mut self) {
        // SAFETY: the instance is live, and no call of it runs.
        unsafe { wasmwright_checksum_free(self.0.as_ptr()) };
    }
}
