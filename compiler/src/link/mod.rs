//! Objects and the runtime become one artifact.
//!
//! In: a [`LinkRequest`], everything in memory. Out: the bytes of an executable, a library or a
//! relocatable object, the same for the same request on any machine and any number of threads.
//! `plan.rs` says what to link in the words of a linker's command line; `wild.rs` does it inside this
//! process, `external.rs` through a program of the user; `verify.rs` reads the result again. Where the
//! output is an object, or an archive of one (`static_library.rs`), `merge.rs` makes it.

mod external;
mod memory_files;
mod merge;
mod merge_symbols;
mod plan;
mod runtime_archive;
mod static_library;
mod verify;
mod wild;

#[cfg(test)]
mod tests;

use crate::elf_sections;
use crate::error::Result;
use crate::options::{HostObject, Linker};
use crate::target::Architecture;
use std::sync::Arc;

pub(crate) use runtime_archive::{RuntimeKind, embedded_runtime};

/// What to link.
pub(crate) struct LinkRequest<'a> {
    /// Machine that the output runs on.
    pub architecture: Architecture,
    /// What comes out.
    pub kind: LinkKind,
    /// Who links.
    pub linker: &'a Linker,
    /// Objects, all of them linked. Their order is the order of their sections in the output.
    pub objects: &'a [NamedObject],
    /// A static library of which the members that the objects need are linked. A relocatable
    /// object has none: whoever links it brings the runtime.
    pub runtime: Option<Bytes>,
    /// Static libraries of the user, of which likewise what is needed is linked.
    pub archives: &'a [NamedObject],
    /// Whether the symbol table and debug information are left out.
    pub strip: bool,
    /// Whether code finds unwind tables at run time (exceptions); debuggers do without.
    pub unwind_index: bool,
}

/// What comes out of a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LinkKind {
    /// A static-pie executable: no interpreter, nothing dynamic but relative relocations, which
    /// its own start-up applies.
    Executable {
        /// Symbol where the process begins.
        entry: String,
    },
    /// A shared library.
    SharedLibrary {
        /// `DT_SONAME`.
        soname: String,
        /// Symbols that others see; all else is local.
        exports: Vec<String>,
    },
    /// An archive of one object.
    StaticLibrary {
        /// Symbols that others see; all else is local, so that several libraries fit in one program.
        exports: Vec<String>,
    },
    /// One relocatable object.
    RelocatableObject,
}

/// An object file in memory.
#[derive(Clone)]
pub(crate) struct NamedObject {
    /// For messages.
    pub name: String,
    /// ELF, relocatable.
    pub bytes: Bytes,
}

impl NamedObject {
    /// One of the user's.
    pub fn of_host(object: &HostObject) -> Self {
        Self { name: object.name.clone(), bytes: Arc::new(object.content.clone()) }
    }

    /// An object of these bytes.
    pub fn new(name: impl Into<String>, bytes: Vec<u8>) -> Self {
        Self { name: name.into(), bytes: Arc::new(bytes) }
    }
}

/// Bytes that the linker shares with whoever made them.
pub(crate) type Bytes = Arc<dyn AsRef<[u8]> + Send + Sync>;

/// A runtime without its unwind tables, which in a program without exceptions only debuggers read.
pub(crate) fn without_unwind_tables(archive: &Bytes) -> Result<Bytes> {
    let mut archive = archive.as_ref().as_ref().to_vec();
    elf_sections::exclude_in_archive(&mut archive, |section| section == b".eh_frame")?;
    Ok(Arc::new(archive))
}

/// Links.
pub(crate) fn link(request: &LinkRequest<'_>) -> Result<Vec<u8>> {
    if let LinkKind::StaticLibrary { exports } = &request.kind {
        // No linker is asked: what they make of `-r` keeps every symbol global.
        return static_library::build(request, exports);
    }
    let output = match request.linker {
        Linker::Embedded if request.kind == LinkKind::RelocatableObject => {
            merge::merge(request.architecture, request.objects, request.strip, None)?
        }
        Linker::Embedded => wild::link(request)?,
        Linker::External(program) => external::link(request, program)?,
    };
    verify::verify(&request.kind, &output)?;
    Ok(output)
}
