//! Custom sections that the compiler reads: names. A broken one is ignored, as the specification
//! asks.

use super::index::FuncIndex;
use super::module::ParsedModule;
use wasmparser::{CustomSectionReader, KnownCustom, Name};

impl<'a> ParsedModule<'a> {
    pub(super) fn read_custom(&mut self, section: &CustomSectionReader<'a>) {
        let KnownCustom::Name(names) = section.as_known() else { return };
        for subsection in names {
            let Ok(Name::Function(functions)) = subsection else { continue };
            for naming in functions.into_iter().map_while(Result::ok) {
                self.function_names.insert(FuncIndex(naming.index), naming.name);
            }
        }
    }
}
