//! Traps: how code raises them, and what their report says.

use super::DataForm;
use crate::options::{Emit, Optimization, Options, TrapInfo};
use crate::target::Architecture;

/// How code raises a trap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrapCall {
    /// A call in C convention.
    Ordinary,
    /// A call that LLVM does not know to be one, so that no frame is set up for it: a function
    /// without other calls needs none. The stack may be unaligned then, and where a call overwrites
    /// a register with its return address, the caller's is handed on in another.
    Bare,
}

impl TrapCall {
    /// The trap functions of our runtime take the stack as it is. On AArch64 LLVM sets up no frame
    /// for a call that never returns, so that an ordinary one costs nothing; but it loses the
    /// caller's return address, which backtraces need.
    ///
    /// Code that is not optimised has frames anyway, and LLVM's fast instruction selection knows ordinary
    /// calls.
    pub(super) fn choose(options: &Options, info: TrapInfo) -> Self {
        match options.target.architecture {
            _ if options.target.is_object_only() => Self::Ordinary,
            Architecture::X86_64 if options.optimization == Optimization::O0 => Self::Ordinary,
            Architecture::X86_64 => Self::Bare,
            Architecture::Aarch64 if info != TrapInfo::None => Self::Bare,
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
