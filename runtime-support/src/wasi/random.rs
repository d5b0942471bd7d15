//! `random_get`.

use rustix::rand::{GetRandomFlags, getrandom};

use super::wasi_functions;

wasi_functions! { "wasi_snapshot_preview1":
    /// Fills a buffer with random bytes of the kernel.
    fn random_get(call, buffer: u32, length: u32) {
        let mut rest = call.memory.buffer(buffer, length)?;
        while !rest.is_empty() {
            rest = match getrandom(rest, GetRandomFlags::empty()) {
                Ok((_, rest)) => rest,
                Err(rustix::io::Errno::INTR) => call.memory.buffer(buffer, length)?,
                Err(error) => return Err(error.into()),
            };
        }
        Ok(())
    }
}
