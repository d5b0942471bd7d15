//! Makes an archive small before it is embedded: out goes every member that no link can reach
//! (most of `compiler_builtins`) and everything that only a debugger of the runtime would read.
//!
//! In and out: the bytes of a static library. What stays links exactly as before.

use ar_archive_writer::{ArchiveKind, DEFAULT_OBJECT_READER, NewArchiveMember, write_archive_to_stream};
use object::build::elf::{Builder, SectionData};
use object::elf::{self, FileHeader64, SectionHeader64};
use object::read::archive::ArchiveFile;
use object::read::elf::FileHeader;
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

/// Removes debug information, the compiler's identification and its hints to a linker, with their
/// relocations.
fn strip(object: &[u8]) -> Result<Vec<u8>> {
    let mut object = object.to_vec();
    make_hints_readable(&mut object)?;
    let mut builder = Builder::read(object.as_slice())?;
    for section in &mut builder.sections {
        let name = section.name.as_slice();
        section.delete = name == b".comment"
            || name.starts_with(HINTS)
            || is_debug(name)
            || name.strip_prefix(b".rela").is_some_and(is_debug);
    }
    builder.delete_orphans();
    separate_section_names(&mut builder);
    let mut bytes = Vec::new();
    builder.write(&mut bytes)?;
    Ok(bytes)
}

/// How LLVM's sections begin that only tell a linker what it may do.
const HINTS: &[u8] = b".llvm";

/// Symbols whose address is taken.
const SHT_LLVM_ADDRSIG: elf::SectionType = elf::SectionType(0x6FFF_4C03);

/// The builder refuses types of sections that it does not know, though they are about to go.
fn make_hints_readable(object: &mut [u8]) -> Result<()> {
    let endian = object::LittleEndian;
    let header = FileHeader64::<object::LittleEndian>::parse(&*object)?;
    let table = header.e_shoff(endian);
    let count = header.sections(endian, &*object)?.len();
    let table = object.get_mut(usize::try_from(table)?..).ok_or("no section headers")?;
    let (headers, _) =
        object::pod::slice_from_bytes_mut::<SectionHeader64<object::LittleEndian>>(table, count)
            .map_err(|()| "truncated section headers")?;
    for header in headers {
        if header.sh_type.get(endian) == SHT_LLVM_ADDRSIG {
            header.sh_type.set(endian, elf::SHT_PROGBITS);
        }
    }
    Ok(())
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
    names.sh_type = elf::SHT_STRTAB;
    names.sh_addralign = 1;
    names.data = SectionData::SectionString;
}

#[cfg(test)]
mod tests {
    use super::*;
    use object::ObjectSection;
    use std::process::Command;

    /// An object by clang, with all that is to go.
    fn compile(folder: &std::path::Path, name: &str, source: &str) -> NewArchiveMember<'static> {
        let (input, output) = (folder.join("input.c"), folder.join("output.o"));
        std::fs::write(&input, source).unwrap();
        let flags = ["-g", "-faddrsig", "-O1", "-ffunction-sections", "-ffreestanding", "-c", "-o"];
        let status = Command::new("clang-22").args(flags).arg(&output).arg(&input).status().unwrap();
        assert!(status.success());
        NewArchiveMember::new(std::fs::read(output).unwrap(), &DEFAULT_OBJECT_READER, name.into())
    }

    #[test]
    fn what_no_link_reaches_is_gone() {
        let folder = std::env::temp_dir().join(format!("wasmwright-prune-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let own = "int needed(void); int table[64]; int *where(int i) { return &table[i + needed()]; }";
        let members = [
            compile(&folder, "other.o", "int unneeded(void) { return 1; }"),
            compile(&folder, "wasmwright_runtime.o", own),
            compile(&folder, "needed.o", "int deeper(void); int needed(void) { return deeper(); }"),
            compile(&folder, "deeper.o", "int deeper(void) { return 3; }"),
            compile(&folder, "floor.o", "double floor(double x) { return x; }"),
        ];
        std::fs::remove_dir_all(&folder).unwrap();
        let mut archive = std::io::Cursor::new(Vec::new());
        write_archive_to_stream(&mut archive, &members, ArchiveKind::Gnu, false, None).unwrap();
        let pruned = prune(archive.get_ref()).unwrap();
        let read = read_members(&pruned).unwrap();
        let names: Vec<_> = read.iter().map(|member| String::from_utf8_lossy(member.name)).collect();
        assert_eq!(names, ["wasmwright_runtime.o", "needed.o", "deeper.o", "floor.o"]);
        assert!(
            read[0].defined.contains(&b"where".as_slice())
                && read[0].undefined.contains(&b"needed".as_slice())
        );
        let object = File::parse(read[0].bytes).unwrap();
        let gone = [".debug", ".rela.debug", ".comment", ".llvm"];
        for section in object.sections() {
            let name = section.name().unwrap();
            assert!(!gone.iter().any(|prefix| name.starts_with(prefix)), "{name}");
        }
        let code = object.section_by_name(".text.where").unwrap();
        assert!(code.relocations().count() >= 2, "the relocations of what stays, stay");
    }

    #[test]
    fn garbage_is_an_error() {
        assert!(prune(b"no archive").is_err());
    }
}
