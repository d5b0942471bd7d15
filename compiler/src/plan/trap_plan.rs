//! Traps: how code raises them, and what their report says.

use super::DataForm;
use crate::options::{Emit, Options, TrapInfo};
use crate::target::{Architecture, Target};

/// How code raises a trap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrapCall {
    /// A call in C convention.
    Ordinary,
    /// A call that LLVM does not know to be one, so that no frame is set up for it: a function
    /// without other calls needs none. The stack may be unaligned then.
    Bare,
}

impl TrapCall {
    /// The trap functions of our runtime on x86-64 take the stack as it is. On other processors a
    /// call overwrites the register with the caller's return address, which the backtrace needs.
    pub(super) fn choose(target: &Target) -> Self {
        match target.architecture {
            Architecture::X86_64 if !target.is_object_only() => Self::Bare,
            _ => Self::Ordinary,
        }
    }
}

/// Only what ends its process by a trap reports it; text is to be read, and objects that we do not
/// link have no place for a table.
pub(super) fn trap_info(options: &Options, data: DataForm) -> TrapInfo {
    match options.emit {
        Emit::Executable | Emit::Object if data == DataForm::Object => options.trap_info,
        _ => TrapInfo::None,
    }
}
