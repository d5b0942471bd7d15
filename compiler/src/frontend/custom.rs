//! Custom sections that the compiler reads: names, branch hints, debug information or where that is.
//! A broken one is ignored, as the specification asks.

use super::index::{FuncIndex, TagIndex};
use super::module::ParsedModule;
use wasmparser::{
    BinaryReader, BranchHintSectionReader, CustomSectionReader, KnownCustom, Name, NameSectionReader,
};

impl<'a> ParsedModule<'a> {
    pub(super) fn read_custom(&mut self, section: &CustomSectionReader<'a>) {
        match section.as_known() {
            KnownCustom::Name(names) => self.read_names(names),
            KnownCustom::BranchHints(hints) => self.read_branch_hints(hints),
            _ if section.name().starts_with(".debug_") => {
                self.debug_sections.insert(section.name(), section.data());
            }
            // Both by the tool conventions for debugging: one string.
            _ if matches!(section.name(), "external_debug_info" | "sourceMappingURL") => {
                let text = BinaryReader::new(section.data(), 0).read_string();
                self.debug_reference = self.debug_reference.or(text.ok());
            }
            _ => {}
        }
    }

    fn read_names(&mut self, names: NameSectionReader<'a>) {
        for subsection in names {
            match subsection {
                Ok(Name::Function(functions)) => {
                    let names = functions.into_iter().map_while(Result::ok);
                    self.function_names.extend(names.map(|one| (FuncIndex(one.index), one.name)));
                }
                Ok(Name::Tag(tags)) => {
                    let names = tags.into_iter().map_while(Result::ok);
                    self.tag_names.extend(names.map(|one| (TagIndex(one.index), one.name)));
                }
                _ => {}
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
