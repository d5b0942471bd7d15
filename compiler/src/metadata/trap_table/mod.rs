//! [`CodeMap`]s → the trap table of the ABI (`wasmwright_abi::trap_table`): what is function-relative
//! in the units gets its offset in the module here, functions their names, offsets their source lines.

mod code;
mod encode;
mod names;
mod sources;
mod strings;

use crate::code_map::CodeMap;
use crate::options::TrapInfo;
use crate::plan::ProgramPlan;
use crate::progress::Progress;
use code::Code;
use sources::Sources;

/// The table of a program; `None` where it has none.
pub fn write(program: &ProgramPlan<'_>, maps: &[&CodeMap], progress: &dyn Progress) -> Option<Vec<u8>> {
    if program.trap_info == TrapInfo::None {
        return None;
    }
    let code = Code::collect(program, maps);
    let sources = Sources::collect(program, code.offsets(), progress);
    let names: Vec<_> = code.functions.iter().map(|function| names::display(program, function)).collect();
    Some(encode::encode(&code, &names, &sources))
}
