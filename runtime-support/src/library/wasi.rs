//! WASI for an instance: set up as the host configured it, given back with the instance. Linked only
//! into libraries that import it.

use core::ffi::c_void;

use wasmwright_abi::library::{ErrorCode, WASI_OFFSET, WasiConfiguration};
use wasmwright_abi::program::LibraryWasi;

use super::error::Failure;
use crate::store::Store;
use crate::wasi::context::Context;
use crate::wasi::embedded;

/// [`LibraryWasi::set_up`].
///
/// # Safety
/// The store must be live; `imports` null or laid out as the library's header says; `failure` an
/// `Option<Failure>`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmwright_library_wasi_set_up(
    store: *mut c_void,
    imports: *const u8,
    failure: *mut c_void,
) -> u32 {
    let store = store.cast::<Store>();
    // SAFETY: by this function's contract.
    unsafe {
        let configuration = match imports.is_null() {
            true => core::ptr::null::<WasiConfiguration>(),
            false => imports.add(WASI_OFFSET as usize).cast::<*const WasiConfiguration>().read(),
        };
        match embedded::build(configuration, &mut (*store).arena) {
            Ok(context) => {
                (*store).wasi = context.cast();
                0
            }
            Err(why) => {
                let parts = [why.action, b": ", why.reason, b""];
                *failure.cast::<Option<Failure>>() = Some(Failure::of(ErrorCode::Wasi, parts));
                1
            }
        }
    }
}

/// [`LibraryWasi::close`].
///
/// # Safety
/// The store must be live and nothing of it running.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmwright_library_wasi_close(store: *mut c_void) {
    // SAFETY: by this function's contract; the context is null or was made above.
    if let Some(context) = unsafe { (*store.cast::<Store>()).wasi.cast::<Context>().as_ref() } {
        embedded::close(context);
    }
}

/// The ABI's words for them.
const _: LibraryWasi =
    LibraryWasi { set_up: Some(wasmwright_library_wasi_set_up), close: Some(wasmwright_library_wasi_close) };
