//! Objects, and what they need of the runtime, become a static library.
//!
//! In: a [`LinkRequest`]. Out: an archive of one object, in which all but the interface is local.
//! Nothing of one library is another's then, neither the runtime nor what linkers say of all sections
//! of a name, and a program can have several of them.

use super::{LinkRequest, NamedObject, merge, verify};
use crate::error::{Error, Result};
use ar_archive_writer::{ArchiveKind, DEFAULT_OBJECT_READER, NewArchiveMember, write_archive_to_stream};
use object::read::archive::{ArchiveFile, ArchiveOffset};
use object::{Object, ObjectSymbol};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::io::Cursor;

/// Name of the archive's member.
const MEMBER: &str = "library.o";

/// Makes the library.
pub(super) fn build(request: &LinkRequest<'_>, exports: &[String]) -> Result<Vec<u8>> {
    let mut objects = request.objects.to_vec();
    if let Some(runtime) = &request.runtime {
        let needed = needed_members(&objects, exports, runtime.as_ref().as_ref());
        objects.extend(needed.map_err(|error| Error::internal(format!("the runtime: {error}")))?);
    }
    let object = merge::merge(request.architecture, &objects, request.strip, Some(exports))?;
    verify::verify(&request.kind, &object)?;
    let member = NewArchiveMember::new(object, &DEFAULT_OBJECT_READER, MEMBER.to_owned());
    let mut archive = Cursor::new(Vec::new());
    write_archive_to_stream(&mut archive, &[member], ArchiveKind::Gnu, false, None)
        .map_err(|error| Error::internal(format!("the archive: {error}")))?;
    Ok(archive.into_inner())
}

/// The members that objects ask for, and those that these ask for in turn, in the archive's order.
fn needed_members(
    objects: &[NamedObject],
    exports: &[String],
    archive: &[u8],
) -> object::read::Result<Vec<NamedObject>> {
    let file = ArchiveFile::parse(archive)?;
    let mut providers: HashMap<&[u8], ArchiveOffset> = HashMap::new();
    for symbol in file.symbols()?.into_iter().flatten() {
        let symbol = symbol?;
        providers.entry(symbol.name()).or_insert(symbol.offset());
    }
    // What is exported may lie in a member that nothing else asks for.
    let mut wanted: Vec<Vec<u8>> = exports.iter().map(|export| export.as_bytes().to_vec()).collect();
    let mut defined = HashSet::new();
    for object in objects {
        read_symbols(object.bytes.as_ref().as_ref(), &mut defined, &mut wanted)?;
    }
    let mut needed = BTreeSet::new();
    while let Some(name) = wanted.pop() {
        let Some(&offset) = providers.get(&*name).filter(|_| !defined.contains(&name)) else { continue };
        if needed.insert(offset.0) {
            read_symbols(file.member(offset)?.data(archive)?, &mut defined, &mut wanted)?;
        }
    }
    let member = |offset| {
        let member = file.member(ArchiveOffset(offset))?;
        let name = String::from_utf8_lossy(member.name()).into_owned();
        Ok(NamedObject::new(name, member.data(archive)?.to_vec()))
    };
    needed.into_iter().map(member).collect()
}

/// Adds what an object defines and what it wants.
fn read_symbols(
    object: &[u8],
    defined: &mut HashSet<Vec<u8>>,
    wanted: &mut Vec<Vec<u8>>,
) -> object::read::Result<()> {
    let file = object::File::parse(object)?;
    for symbol in file.symbols().filter(ObjectSymbol::is_global) {
        let name = symbol.name_bytes()?.to_vec();
        if !symbol.is_undefined() {
            defined.insert(name);
        } else if !symbol.is_weak() {
            wanted.push(name);
        }
    }
    Ok(())
}
