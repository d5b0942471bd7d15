//! Custom sections that the compiler reads: names and branch hints. A broken one is ignored, as the
//! specification asks.

use super::index::FuncIndex;
use super::module::ParsedModule;
use wasmparser::{BranchHintSectionReader, CustomSectionReader, KnownCustom, Name, NameSectionReader};

impl<'a> ParsedModule<'a> {
    pub(super) fn read_custom(&mut self, section: &CustomSectionReader<'a>) {
        match section.as_known() {
            KnownCustom::Name(names) => self.read_names(names),
            KnownCustom::BranchHints(hints) => self.read_branch_hints(hints),
            _ => {}
        }
    }

    fn read_names(&mut self, names: NameSectionReader<'a>) {
        for subsection in names {
            let Ok(Name::Function(functions)) = subsection else { continue };
            for naming in functions.into_iter().map_while(Result::ok) {
                self.function_names.insert(FuncIndex(naming.index), naming.name);
            }
        }
    }

    fn read_branch_hints(&mut self, functions: BranchHintSectionReader<'a>) {
        for function in functions.into_iter().map_while(Result::ok) {
            let hints = function.hints.into_iter().map_while(Result::ok);
            let hints = hints.map(|hint| (hint.func_offset, hint.taken));
            self.branch_hints.entry(FuncIndex(function.func)).or_default().extend(hints);
        }
    }
}
