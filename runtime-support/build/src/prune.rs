//! Makes an archive small before it is embedded: out goes every member that no link can reach
//! (most of `compiler_builtins`) and everything that only a debugger of the runtime would read.
//!
//! In and out: the bytes of a static library. What stays links exactly as before.

use ar_archive_writer::{ArchiveKind, DEFAULT_OBJECT_READER, NewArchiveMember, write_archive_to_stream};
use object::build::elf::{Builder, SectionData};
use object::read::archive::ArchiveFile;
use object::{File, Object, ObjectSymbol};
use std::collections::{HashMap, HashSet};
use wasmwright_abi::runtime_function::LIBRARY_CALLS;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// How the runtime's own members are called; every other member is only there for them.
const OWN_PREFIX: &[u8] = b"wasmwright_runtime";

struct Member<'a> {
    name: &'a [u8],
    bytes: &'a [u8],
    defined: Vec<&'a [u8]>,
    undefined: Vec<&'a [u8]>,
}

/// See the module.
pub fn prune(archive: &[u8]) -> std::result::Result<Vec<u8>, String> {
    prune_members(archive).map_err(|error| error.to_string())
}

fn prune_members(archive: &[u8]) -> Result<Vec<u8>> {
    let members = read_members(archive)?;
    let mut output = Vec::new();
    for index in reachable(&members) {
        let member = &members[index];
        let name = String::from_utf8_lossy(member.name).into_owned();
        output.push(NewArchiveMember::new(strip(member.bytes)?, &DEFAULT_OBJECT_READER, name));
    }
    let mut bytes = std::io::Cursor::new(Vec::new());
    write_archive_to_stream(&mut bytes, &output, ArchiveKind::Gnu, false, None)?;
    Ok(bytes.into_inner())
}

fn read_members(archive: &[u8]) -> Result<Vec<Member<'_>>> {
    let file = ArchiveFile::parse(archive)?;
    let mut members = Vec::new();
    for member in file.members() {
        let member = member?;
        let bytes = member.data(archive)?;
        // Not every member is an object: rustc adds its metadata.
        let Ok(object) = File::parse(bytes) else { continue };
        let mut read = Member { name: member.name(), bytes, defined: Vec::new(), undefined: Vec::new() };
        for symbol in object.symbols().filter(|symbol| symbol.is_global() || symbol.is_weak()) {
            let names = if symbol.is_undefined() { &mut read.undefined } else { &mut read.defined };
            names.push(symbol.name_bytes()?);
        }
        members.push(read);
    }
    Ok(members)
}

/// Indices, in order, of the runtime's own members and of what they and LLVM's library calls need.
fn reachable(members: &[Member]) -> Vec<usize> {
    let mut definitions = HashMap::new();
    for (index, member) in members.iter().enumerate() {
        for name in &member.defined {
            definitions.entry(*name).or_insert(index);
        }
    }
    let own = members.iter().enumerate().filter(|(_, member)| member.name.starts_with(OWN_PREFIX));
    let mut pending: Vec<usize> = own.map(|(index, _)| index).collect();
    pending.extend(LIBRARY_CALLS.iter().filter_map(|name| definitions.get(name.as_bytes())));
    let mut kept = HashSet::new();
    while let Some(index) = pending.pop() {
        if kept.insert(index) {
            pending.extend(members[index].undefined.iter().filter_map(|name| definitions.get(name)));
        }
    }
    let mut kept: Vec<usize> = kept.into_iter().collect();
    kept.sort_unstable();
    kept
}

/// Removes debug information and the compiler's identification, with their relocations.
fn strip(object: &[u8]) -> Result<Vec<u8>> {
    let mut builder = Builder::read(object)?;
    for section in &mut builder.sections {
        let name = section.name.as_slice();
        section.delete =
            name == b".comment" || is_debug(name) || name.strip_prefix(b".rela").is_some_and(is_debug);
    }
    builder.delete_orphans();
    separate_section_names(&mut builder);
    let mut bytes = Vec::new();
    builder.write(&mut bytes)?;
    Ok(bytes)
}

fn is_debug(section: &[u8]) -> bool {
    section.starts_with(b".debug_")
}

/// LLVM keeps the names of sections and symbols in one table; the builder wants two.
fn separate_section_names(builder: &mut Builder<'_>) {
    if builder.sections.iter().any(|section| matches!(section.data, SectionData::SectionString)) {
        return;
    }
    let names = builder.sections.add();
    names.name = ".shstrtab".into();
    names.sh_type = object::elf::SHT_STRTAB;
    names.sh_addralign = 1;
    names.data = SectionData::SectionString;
}
