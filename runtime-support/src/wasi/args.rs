//! The program's arguments.

use super::errno::Errno;
use super::memory::GuestMemory;
use super::wasi_functions;

/// Writes a list of strings as `args_get` and `environ_get` do: a pointer each, and the strings
/// one after the other, each ended by NUL.
pub(super) struct StringWriter<'a> {
    memory: GuestMemory<'a>,
    pointer: u32,
    text: u32,
}

impl<'a> StringWriter<'a> {
    /// Pointers go to `pointers`, text goes to `text`.
    pub fn new(memory: GuestMemory<'a>, pointers: u32, text: u32) -> Self {
        Self { memory, pointer: pointers, text }
    }

    /// Writes a string that is put together from parts.
    pub fn write(&mut self, parts: &[&[u8]]) -> Result<(), Errno> {
        self.memory.write(self.pointer, self.text)?;
        self.pointer = advance(self.pointer, size_of::<u32>())?;
        for part in parts {
            self.write_text(part)?;
        }
        self.write_text(&[0])
    }

    fn write_text(&mut self, bytes: &[u8]) -> Result<(), Errno> {
        self.memory.write_bytes(self.text, bytes)?;
        self.text = advance(self.text, bytes.len())?;
        Ok(())
    }
}

/// The address that many bytes on. Memories end before 4 GiB, so what was written is never at the
/// very end of the address space.
fn advance(address: u32, bytes: usize) -> Result<u32, Errno> {
    let bytes = u32::try_from(bytes).map_err(|_| Errno::OVERFLOW)?;
    address.checked_add(bytes).ok_or(Errno::FAULT)
}

wasi_functions! { "wasi_snapshot_preview1":
    /// Writes the arguments: pointers at `pointers`, strings at `strings`.
    fn args_get(call, pointers: u32, strings: u32) {
        let mut writer = StringWriter::new(call.memory, pointers, strings);
        for argument in call.context.arguments() {
            writer.write(&[argument])?;
        }
        Ok(())
    }

    /// Writes the number of arguments and the bytes that they take.
    fn args_sizes_get(call, count: u32, bytes: u32) {
        let arguments = call.context.arguments();
        let total: usize = arguments.clone().map(|argument| argument.len() + 1).sum();
        call.memory.write(count, arguments.count() as u32)?;
        call.memory.write(bytes, total as u32)
    }
}
