//! WASI preview 1: the 46 functions of `wasi_snapshot_preview1` and, where their layouts differ,
//! those of the older `wasi_unstable`.
//!
//! What enters: calls from compiled code, with integers that the guest chose. What leaves: error
//! numbers, results in guest memory, effects on what the program was granted. Invariants: guest
//! addresses become pointers only in [`memory`]; paths reach the kernel only through
//! `sandbox`; descriptors are named only through `table`.
//!
//! Each function is a symbol of its own that [`wasmwright_abi::wasi`] lists, so the linker drops
//! what a program does not import. To keep it so, nothing here dispatches over functions, and
//! nothing that every program links ([`setup`](context::wasmwright_wasi_setup)) names a family.
//! To add a function: its row in the ABI, its body in the file of its family.

pub mod args;
pub mod clock;
pub mod context;
#[cfg(not(feature = "start"))]
pub mod embedded;
pub mod environ;
pub mod errno;
pub mod fd;
#[cfg(not(feature = "start"))]
pub mod functions;
pub mod grants;
mod host;
mod listener;
pub mod memory;
pub mod path;
pub mod poll;
pub mod process;
pub mod random;
pub mod rights;
mod sandbox;
pub mod socket;
pub mod table;
pub mod types;
pub mod unstable;

#[cfg(test)]
mod tests;

use wasmwright_abi::instance::InstanceHeader;

use context::Context;
use errno::Errno;
use memory::GuestMemory;
use table::Entry;

use crate::store::Store;

/// What a function of WASI works with: the process's state and the caller's memory.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// State of WASI.
    pub context: &'a Context,
    /// Memory of the caller.
    pub memory: GuestMemory<'a>,
}

impl<'a> Call<'a> {
    /// The call of an instance; `NOSYS` where WASI was not set up.
    ///
    /// # Safety
    /// `caller` must be an instance record whose store and memory record live during `'a`.
    pub unsafe fn new(caller: *mut InstanceHeader) -> Result<Self, Errno> {
        // SAFETY: by this function's contract.
        let (context, memory) = unsafe { (Store::of(caller).wasi, (*caller).memory) };
        // SAFETY: `wasi` is null or the context that `setup` made, which is never freed.
        let context = unsafe { context.cast::<Context>().as_ref() }.ok_or(Errno::NOSYS)?;
        // SAFETY: the record is the caller's own; its memory is not unmapped during a call.
        Ok(Self { context, memory: unsafe { GuestMemory::new(memory) } })
    }

    /// A descriptor that has these rights.
    fn entry(&self, fd: u32, rights: u64) -> Result<Entry, Errno> {
        Self::expect_rights(self.context.table.get(fd)?, rights)
    }

    fn expect_rights(entry: Entry, rights: u64) -> Result<Entry, Errno> {
        let missing = rights & !entry.rights_base;
        if missing == 0 {
            Ok(entry)
        } else if missing & (rights::FD_READ | rights::FD_WRITE) != 0 {
            // As POSIX says of a file opened for the other access.
            Err(Errno::BADF)
        } else {
            Err(Errno::NOTCAPABLE)
        }
    }

    /// A descriptor that is not a directory.
    fn file(&self, fd: u32, rights: u64) -> Result<Entry, Errno> {
        let entry = self.context.table.get(fd)?;
        if entry.is_directory() { Err(Errno::BADF) } else { Self::expect_rights(entry, rights) }
    }

    /// A descriptor that is a directory.
    fn directory(&self, fd: u32, rights: u64) -> Result<Entry, Errno> {
        let entry = self.context.table.get(fd)?;
        if entry.is_directory() { Self::expect_rights(entry, rights) } else { Err(Errno::NOTDIR) }
    }
}

/// Whether an entry is a stream that is a function of a library's host.
fn is_function(entry: &Entry) -> bool {
    #[cfg(feature = "start")]
    let is_function = |_: &Entry| false;
    #[cfg(not(feature = "start"))]
    use functions::is_function;
    is_function(entry)
}

/// The directory of an entry, as the sandbox wants it.
fn root<'a>(call: &Call<'a>, entry: &'a Entry) -> sandbox::Root<'a> {
    sandbox::Root { directory: entry.host(), lacks_openat2: &call.context.lacks_openat2 }
}

/// Refuses what would change something beneath a read-only grant.
fn refuse_read_only(entry: &Entry) -> Result<(), Errno> {
    if entry.has(table::entry_flag::READ_ONLY) { Err(Errno::PERM) } else { Ok(()) }
}

/// Defines functions of WASI: each becomes `extern "C" fn(caller, parameters…) -> u32` under the
/// symbol `prefix` + its name.
macro_rules! wasi_functions {
    ($prefix:literal: $($(#[$doc:meta])*
        fn $name:ident($call:ident $(, $parameter:ident: $type:ty)* $(,)?) $body:block)*) => {$(
        $(#[$doc])*
        ///
        /// # Safety
        /// `caller` must be the instance record of the calling code.
        #[allow(clippy::too_many_arguments, reason = "WASI fixes them")]
        #[unsafe(export_name = concat!("wasmwright_", $prefix, "_", stringify!($name)))]
        pub unsafe extern "C" fn $name(
            caller: *mut wasmwright_abi::instance::InstanceHeader
            $(, $parameter: $type)*
        ) -> u32 {
            #[allow(clippy::too_many_arguments, reason = "WASI fixes them")]
            fn body(
                $call: &$crate::wasi::Call<'_> $(, $parameter: $type)*
            ) -> Result<(), $crate::wasi::errno::Errno> $body
            // SAFETY: by this function's contract.
            let call = unsafe { $crate::wasi::Call::new(caller) };
            $crate::wasi::errno::code(call.and_then(|call| body(&call $(, $parameter)*)))
        }
    )*};
}
use wasi_functions;
