//! Exceptions: where tags are, and whether calls may end by one.

use super::library_plan::has_interface;
use super::{ModuleContext, Place};
use crate::error::{Error, Location, Result};
use crate::frontend::ParsedModule;
use crate::frontend::module::{Item, Tag};
use crate::options::Options;
use wasmwright_abi::exception::TagRecord;

/// Whether calls may end by an exception, anywhere in the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unwinding {
    /// Nothing throws: no handler is ever entered and no function needs unwind tables.
    None,
    /// By tables, at no cost where nothing is thrown.
    Tables,
}

impl Unwinding {
    /// That of a program. The tables and the runtime that reads them are ELF's.
    pub(super) fn choose(modules: &[ParsedModule<'_>], options: &Options) -> Result<Self> {
        let target = &options.target;
        // What a library handles, others may throw.
        let has_others = has_interface(options);
        let throws = |module: &ParsedModule<'_>| module.facts.throws || (has_others && module.facts.catches);
        if !modules.iter().any(throws) {
            return Ok(Self::None);
        }
        if target.is_object_only() {
            let feature = format!("exceptions for {}", target.name());
            return Err(Error::Unsupported { feature, location: Location::default() });
        }
        Ok(Self::Tables)
    }
}

/// Where the record of each tag is. A tag that the host provides is where the host says.
pub(super) fn plan_tags(cx: &mut ModuleContext<'_, '_>) -> Vec<Place> {
    let parsed = cx.parsed;
    let place = |tag: &Tag| match tag.import {
        None => Place::Own(cx.layout.record::<TagRecord>()),
        Some(position) => {
            let Some(definition) = cx.linked(position) else {
                return Place::Slot(cx.layout.slot(position));
            };
            let Item::Tag(index) = definition.item else { unreachable!("imports were matched by kind") };
            let place = cx.earlier[definition.module].tags[index.index()];
            cx.imported_place(place, definition.module, position)
        }
    };
    parsed.tags.iter().map(place).collect()
}
