//! The allocator of the whole process: LLVM's C++ takes its `malloc` from here, too.
//!
//! LLVM allocates and frees small objects by the million, from several threads; with glibc's `malloc`
//! a compilation takes about a fifth more of processor time.

use std::ffi::{c_int, c_void};
use tikv_jemalloc_sys as jemalloc;

// Nothing in Rust names these symbols, which C calls; without a reference the linker leaves their
// object out and binds what LLVM calls to libc.
#[used]
static MALLOC: unsafe extern "C" fn(usize) -> *mut c_void = jemalloc::malloc;
#[used]
static CALLOC: unsafe extern "C" fn(usize, usize) -> *mut c_void = jemalloc::calloc;
#[used]
static REALLOC: unsafe extern "C" fn(*mut c_void, usize) -> *mut c_void = jemalloc::realloc;
#[used]
static ALIGNED_ALLOC: unsafe extern "C" fn(usize, usize) -> *mut c_void = jemalloc::aligned_alloc;
#[used]
static POSIX_MEMALIGN: unsafe extern "C" fn(*mut *mut c_void, usize, usize) -> c_int =
    jemalloc::posix_memalign;
#[used]
static FREE: unsafe extern "C" fn(*mut c_void) = jemalloc::free;
