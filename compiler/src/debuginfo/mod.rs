//! The debug information of modules: their DWARF, or lines of their disassembled text, becomes one
//! model ([`DebugInfo`]) that `ir` tells LLVM.
//!
//! Broken debug information is a warning: what could be read is used.

mod dwarf;
mod functions;
mod lines;
mod listing;
mod model;
mod types;
mod variables;

pub use model::{
    DebugInfo, Location, Member, MemberKind, Parent, Place, Root, ScopeKind, SourceBody, SourceFunction,
    SourcePlace, SourceType, TypeKind,
};

use crate::plan::{DebugOutput, ModulePlan, ProgramPlan};
use crate::progress::Progress;

/// What is known of a program's source.
#[derive(Debug, Default)]
pub struct ProgramSource {
    /// By module.
    pub modules: Vec<DebugInfo>,
    /// Disassembled text that stands for the source of a module without debug information.
    pub listing: Option<String>,
}

/// Reads the debug information of all modules of a program, as far as that is wanted.
pub fn read(program: &ProgramPlan<'_>, progress: &dyn Progress) -> ProgramSource {
    let mut source = ProgramSource::default();
    if program.debug == DebugOutput::None {
        return source;
    }
    for module in &program.modules {
        let info = match &program.debug {
            DebugOutput::Source { listing: Some(path) } if !has_dwarf(module) => {
                match listing::write(&module.parsed, path) {
                    Ok((text, info)) => {
                        source.listing = Some(text);
                        info
                    }
                    Err(error) => {
                        progress.warning(&format!("no text of module `{}`: {error}", module.name));
                        DebugInfo::default()
                    }
                }
            }
            _ => dwarf::read(&module.parsed, &|text| {
                let name = &module.name;
                progress.warning(&format!("the debug information of module `{name}` is broken: {text}"));
            }),
        };
        source.modules.push(info);
    }
    source
}

fn has_dwarf(module: &ModulePlan<'_>) -> bool {
    module.parsed.debug_sections.contains_key(".debug_info")
}
