//! Reads a linked output again, with another reader than the linker's: a mistake of a linker, or of
//! what it was told, must not reach the user as a program that crashes.

use super::LinkKind;
use crate::error::{Error, Result};
use object::read::elf::{ElfFile64, ElfSymbol64, FileHeader, ProgramHeader, SectionHeader};
use object::{Endianness, Object, ObjectSymbol, elf};

type File<'a> = ElfFile64<'a, Endianness>;
type Symbol<'a> = ElfSymbol64<'a, 'a, Endianness>;

/// Checks what [`LinkKind`] promises.
pub(super) fn verify(kind: &LinkKind, output: &[u8]) -> Result<()> {
    let file = File::parse(output).map_err(broken)?;
    match kind {
        LinkKind::Executable { .. } => verify_executable(&file, output),
        LinkKind::SharedLibrary { exports, .. } => verify_exports(&file, exports),
        LinkKind::StaticLibrary { exports } => verify_closed(&file, exports),
        LinkKind::RelocatableObject => verify_type(&file, elf::ET_REL),
    }
}

fn broken(error: impl std::fmt::Display) -> Error {
    Error::internal(format!("the linker's output: {error}"))
}

fn verify_type(file: &File<'_>, expected: elf::FileType) -> Result<()> {
    let found = file.elf_header().e_type(file.endian());
    if found == expected { Ok(()) } else { Err(broken(format!("type {found:?}, not {expected:?}"))) }
}

fn verify_executable(file: &File<'_>, output: &[u8]) -> Result<()> {
    verify_type(file, elf::ET_DYN)?;
    if file.entry() == 0 {
        return Err(broken("no entry point"));
    }
    for segment in file.elf_program_headers() {
        if segment.p_type(file.endian()) == elf::PT_INTERP {
            return Err(broken("it asks for a dynamic linker"));
        }
    }
    let mut symbols = file.symbols().chain(file.dynamic_symbols());
    // Weak ones may stay, local where they are hidden too: their users reckon with it.
    let is_open =
        |symbol: &Symbol<'_>| symbol.is_undefined() && symbol.elf_symbol().st_bind() == elf::STB_GLOBAL;
    if let Some(symbol) = symbols.find(is_open) {
        return Err(broken(format!("undefined symbol {}", symbol.name().unwrap_or("?"))));
    }
    verify_relocations(file, output)
}

/// The start-up of an executable applies relative relocations and knows no others.
fn verify_relocations(file: &File<'_>, output: &[u8]) -> Result<()> {
    let endian = file.endian();
    let relative = match file.elf_header().e_machine(endian) {
        elf::EM_AARCH64 => elf::R_AARCH64_RELATIVE,
        _ => elf::R_X86_64_RELATIVE,
    };
    for section in file.elf_section_table().iter() {
        let Some((relocations, _)) = section.rela(endian, output).map_err(broken)? else { continue };
        if let Some(other) =
            relocations.iter().find(|relocation| relocation.r_type(endian, false) != relative)
        {
            let offset = other.r_offset.get(endian);
            return Err(broken(format!(
                "dynamic relocation of type {} at {offset:#x}",
                other.r_type(endian, false)
            )));
        }
    }
    Ok(())
}

/// What the linker of a program defines, and what a static library may ask of it.
const DEFINED_BY_LINKERS: [&[u8]; 2] = [b"__ehdr_start", b"_GLOBAL_OFFSET_TABLE_"];

/// The object of a static library defines its exports, nothing else that others see, and is complete.
fn verify_closed(file: &File<'_>, exports: &[String]) -> Result<()> {
    verify_type(file, elf::ET_REL)?;
    let mut missing: std::collections::HashSet<&[u8]> =
        exports.iter().map(|export| export.as_bytes()).collect();
    for symbol in file.symbols().filter(|symbol| !symbol.is_local()) {
        let name = symbol.name_bytes().map_err(broken)?;
        let is_weak = symbol.elf_symbol().st_bind() == elf::STB_WEAK;
        let expected = match symbol.is_undefined() {
            true => is_weak || DEFINED_BY_LINKERS.contains(&name),
            false => missing.remove(name),
        };
        if !expected {
            let state = if symbol.is_undefined() { "undefined" } else { "global" };
            return Err(broken(format!("{} is {state}", String::from_utf8_lossy(name))));
        }
    }
    match missing.into_iter().next() {
        Some(missing) => Err(broken(format!("it does not define {}", String::from_utf8_lossy(missing)))),
        None => Ok(()),
    }
}

fn verify_exports(file: &File<'_>, exports: &[String]) -> Result<()> {
    verify_type(file, elf::ET_DYN)?;
    let found: std::collections::HashSet<&[u8]> = file
        .dynamic_symbols()
        .filter(|symbol| symbol.is_definition())
        .flat_map(|symbol| symbol.name_bytes())
        .collect();
    match exports.iter().find(|export| !found.contains(export.as_bytes())) {
        Some(missing) => Err(broken(format!("it does not export {missing}"))),
        None => Ok(()),
    }
}
