//! The debug information of modules: their DWARF, a source map, or lines of their disassembled text,
//! becomes one model ([`DebugInfo`]) that `ir` tells LLVM.
//!
//! Broken debug information is a warning: what could be read is used.

mod dwarf;
mod functions;
mod lines;
mod listing;
mod model;
mod source_map;
mod types;
mod variables;

pub use model::{
    DebugInfo, Location, Member, MemberKind, Parent, Place, Root, ScopeKind, SourceBody, SourceFunction,
    SourcePlace, SourceType, TypeKind, Variable, Variant, VariantPart,
};

use crate::plan::{DebugOutput, ModulePlan, ProgramPlan};
use crate::progress::Progress;
use std::path::Path;

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
    if let DebugOutput::Source { listing } = &program.debug {
        for module in &program.modules {
            let info = read_module(module, progress);
            let info = info.or_else(|| list(module, listing.as_deref()?, &mut source.listing, progress));
            source.modules.push(info.unwrap_or_default());
        }
    }
    source
}

/// What a module, or the file that came with it, says of its source.
fn read_module(module: &ModulePlan<'_>, progress: &dyn Progress) -> Option<DebugInfo> {
    let (name, parsed) = (&module.name, &module.parsed);
    if parsed.debug_sections.contains_key(".debug_info") {
        return Some(dwarf::read(parsed, &|text| {
            progress.warning(&format!("the debug information of module `{name}` is broken: {text}"));
        }));
    }
    if let Some(map) = &parsed.source_map {
        return Some(source_map::read(parsed, map));
    }
    if let Some(reference) = parsed.debug_reference {
        progress.warning(&format!(
            "the debug information of module `{name}` is in `{reference}`: give that file, too (--debug-file)"
        ));
    }
    None
}

/// The text of a module in place of its source.
fn list(
    module: &ModulePlan<'_>,
    path: &Path,
    listing: &mut Option<String>,
    progress: &dyn Progress,
) -> Option<DebugInfo> {
    match listing::write(&module.parsed, path) {
        Ok((text, info)) => {
            *listing = Some(text);
            Some(info)
        }
        Err(error) => {
            progress.warning(&format!("no text of module `{}`: {error}", module.name));
            None
        }
    }
}
