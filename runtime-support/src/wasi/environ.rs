//! The guest's environment: which variables it has, and `environ_get`, `environ_sizes_get`.
//!
//! Invariants: a variable is there because it was granted; its name occurs once, the last grant
//! wins; none is called `WASMWRIGHT_…`.

use core::ptr::null;
use core::slice;

use wasmwright_abi::program::{Grant, GrantKind};

use super::args::StringWriter;
use super::context::{Failure, malformed, of_kind, strings};
use super::grants;
use super::wasi_functions;
use crate::arena::Arena;

/// The environment of the process.
#[derive(Clone, Copy, Debug)]
pub struct HostEnvironment {
    first: *const *const u8,
    count: usize,
}

impl HostEnvironment {
    /// From what the kernel handed over.
    ///
    /// # Safety
    /// `first` must point to pointers to strings that end in NUL, then null; all of it must stay.
    pub unsafe fn new(first: *const *const u8) -> Self {
        let mut count = 0;
        // SAFETY: by this function's contract; the loop stops at the null.
        while !unsafe { *first.add(count) }.is_null() {
            count += 1;
        }
        Self { first, count }
    }

    fn variables(self) -> impl Iterator<Item = Variable> {
        // SAFETY: `new` counted them.
        let entries = unsafe { strings::<'static>(self.first, self.count) };
        entries.filter_map(|entry| {
            let (name, value) = grants::variable(entry)?;
            Some(Variable { name, value: value? })
        })
    }

    /// The value of a variable.
    pub fn value(self, name: &[u8]) -> Option<&'static [u8]> {
        self.variables().find(|variable| variable.name == name).map(|variable| variable.value)
    }
}

/// A variable. What it points to stays for the life of the process.
#[derive(Clone, Copy, Debug)]
struct Variable {
    name: &'static [u8],
    value: &'static [u8],
}

/// See the module's documentation.
#[derive(Debug)]
pub struct Environment {
    first: *const Variable,
    count: usize,
}

impl Environment {
    fn variables(&self) -> &[Variable] {
        if self.count == 0 {
            return &[];
        }
        // SAFETY: `build` wrote that many into room that stays.
        unsafe { slice::from_raw_parts(self.first, self.count) }
    }
}

/// Puts the environment together: all of the host's if `inherit`, then the variables granted at
/// compile time, then the lines of `WASMWRIGHT_ENV`.
pub(super) fn build(
    host: HostEnvironment,
    inherit: bool,
    granted: &'static [Grant],
    lines: &'static [u8],
    arena: &mut Arena,
) -> Result<Environment, Failure> {
    let inherited = if inherit { host.count } else { 0 };
    let at_most = inherited + granted.len() + grants::entries(lines).count();
    if at_most == 0 {
        return Ok(Environment { first: null(), count: 0 });
    }
    let mut builder = Builder { room: arena.allocate(at_most), at_most, count: 0 };
    for variable in host.variables().take(inherited) {
        builder.set(variable);
    }
    for grant in of_kind(granted, GrantKind::Variable) {
        // SAFETY: the compiler wrote the grant.
        let (name, value) = unsafe { (grant.host.as_slice(), grant.guest.as_slice()) };
        let value = if grant.flag == 1 { host.value(name) } else { Some(value) };
        builder.set_if(name, value);
    }
    for line in grants::entries(lines) {
        let (name, value) = grants::variable(line).ok_or(malformed(
            b"malformed entry of WASMWRIGHT_ENV",
            line,
            b"not of the form NAME or NAME=VALUE",
        ))?;
        builder.set_if(name, value.or_else(|| host.value(name)));
    }
    Ok(Environment { first: builder.room, count: builder.count })
}

struct Builder {
    room: *mut Variable,
    at_most: usize,
    count: usize,
}

impl Builder {
    fn set_if(&mut self, name: &'static [u8], value: Option<&'static [u8]>) {
        if let Some(value) = value {
            self.set(Variable { name, value });
        }
    }

    fn set(&mut self, variable: Variable) {
        if variable.name.starts_with(b"WASMWRIGHT_") {
            return;
        }
        // SAFETY: the first `count` are written.
        let so_far = unsafe { slice::from_raw_parts_mut(self.room, self.count) };
        if let Some(earlier) = so_far.iter_mut().find(|earlier| earlier.name == variable.name) {
            *earlier = variable;
        } else if self.count < self.at_most {
            // SAFETY: there is room for `at_most`.
            unsafe { self.room.add(self.count).write(variable) };
            self.count += 1;
        }
    }
}

wasi_functions! { "wasi_snapshot_preview1":
    /// Writes the environment: pointers at `pointers`, `NAME=VALUE` strings at `strings`.
    fn environ_get(call, pointers: u32, strings: u32) {
        let mut writer = StringWriter::new(call.memory, pointers, strings);
        for Variable { name, value } in call.context.environment.variables() {
            writer.write(&[name, b"=", value])?;
        }
        Ok(())
    }

    /// Writes the number of variables and the bytes that they take.
    fn environ_sizes_get(call, count: u32, bytes: u32) {
        let variables = call.context.environment.variables();
        let total: usize = variables.iter().map(|variable| variable.name.len() + variable.value.len() + 2).sum();
        call.memory.write(count, variables.len() as u32)?;
        call.memory.write(bytes, total as u32)
    }
}
