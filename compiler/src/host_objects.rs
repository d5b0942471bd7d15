//! The objects and static libraries that users link with a program, to define what it imports.
//!
//! In: their bytes. Out: which symbols they define and name. What a program cannot have is refused here,
//! with what to do about it: no dynamic linker and no C library prepares anything for such code, and
//! the program lies anywhere in the address space.

use crate::error::{Error, Result};
use crate::options::HostObject;
use crate::target::{Architecture, Target};
use object::elf::{self, SectionFlags as Flags};
use object::read::archive::ArchiveFile;
use object::{
    File, Object, ObjectKind, ObjectSection, ObjectSymbol, RelocationFlags, SectionFlags, SymbolFlags,
};
use std::collections::{BTreeMap, BTreeSet};

/// What archives begin with, and those that only name their members.
const ARCHIVE: &[u8] = b"!<arch>\n";
const THIN_ARCHIVE: &[u8] = b"!<thin>\n";

/// Symbols of the objects of a program.
#[derive(Debug, Default)]
pub(crate) struct HostSymbols {
    /// Which files define a symbol that others see: objects in their order, then static libraries.
    definitions: BTreeMap<String, Vec<Definition>>,
    /// What they need of others.
    needed: BTreeSet<String>,
}

#[derive(Debug)]
struct Definition {
    file: String,
    /// Whether another definition is an error: not of weak symbols, and not in static libraries, of
    /// which linkers take what is missing.
    is_strong: bool,
}

impl HostSymbols {
    /// The symbols of all objects, which must fit the target.
    pub(crate) fn read(objects: &[HostObject], target: &Target) -> Result<Self> {
        let mut symbols = Self::default();
        for object in objects {
            let bytes = object.content.bytes();
            if !is_archive(bytes) {
                symbols.add(&object.name, bytes, target.architecture, true)?;
                continue;
            }
            let broken = |error: object::Error| refused(&object.name, &format!("a broken archive: {error}"));
            let archive = ArchiveFile::parse(bytes).map_err(broken)?;
            for member in archive.members() {
                let member = member.map_err(broken)?;
                let name = format!("{}({})", object.name, String::from_utf8_lossy(member.name()));
                symbols.add(&name, member.data(bytes).map_err(broken)?, target.architecture, false)?;
            }
        }
        Ok(symbols)
    }

    /// Whether code in the objects may refer to the symbol.
    pub(crate) fn need(&self, symbol: &str) -> bool {
        self.needed.contains(symbol)
    }

    /// Whether one of the objects defines it. More than one is an error.
    pub(crate) fn define(&self, symbol: &str) -> Result<bool> {
        let Some(definitions) = self.definitions.get(symbol) else { return Ok(false) };
        let mut strong = definitions.iter().filter(|definition| definition.is_strong);
        match (strong.next(), strong.next()) {
            (Some(first), Some(second)) => Err(refused(
                &second.file,
                &format!("it defines `{symbol}`, which {} defines, too", first.file),
            )),
            _ => Ok(true),
        }
    }

    fn add(&mut self, name: &str, bytes: &[u8], architecture: Architecture, is_object: bool) -> Result<()> {
        let file = parse(name, bytes, architecture)?;
        check_sections(name, &file, architecture)?;
        for symbol in file.symbols().filter(|symbol| !symbol.is_local()) {
            let SymbolFlags::Elf { st_info, .. } = symbol.flags() else { continue };
            let text = symbol.name().map_err(|error| refused(name, &error.to_string()))?;
            if symbol.is_undefined() {
                check_needed(name, text, architecture)?;
                self.needed.insert(text.to_owned());
                continue;
            }
            check_defined(name, text, st_info)?;
            let is_strong = is_object && !symbol.is_weak();
            let definition = Definition { file: name.to_owned(), is_strong };
            self.definitions.entry(text.to_owned()).or_default().push(definition);
        }
        Ok(())
    }
}

/// Whether a file is a static library.
pub(crate) fn is_archive(bytes: &[u8]) -> bool {
    bytes.starts_with(ARCHIVE)
}

/// An error of the linker, and what to do where an object needs what a program has not.
pub(crate) fn explain(error: Error) -> Error {
    match error {
        Error::Link(message) if message.to_lowercase().contains("undefined symbol") => Error::Link(format!(
            "{message}; a program has no C library: define in an object what is missing, or compile with \
             --emit static-lib and link that and the objects with a C compiler"
        )),
        error => error,
    }
}

fn refused(file: &str, why: &str) -> Error {
    Error::Object { file: file.to_owned(), message: why.to_owned() }
}

fn parse<'a>(name: &str, bytes: &'a [u8], architecture: Architecture) -> Result<File<'a>> {
    let refused = |why: &str| Err(refused(name, why));
    if bytes.starts_with(THIN_ARCHIVE) {
        return refused("a thin archive has no objects in it: make it without --thin");
    }
    if bytes.starts_with(b"\0asm") {
        return refused("it is a WebAssembly module: bind its exports to imports with --link NAME=FILE");
    }
    if bytes.starts_with(b"BC\xC0\xDE") || bytes.starts_with(&[0xDE, 0xC0, 0x17, 0x0B]) {
        return refused("it is LLVM bitcode: compile it without -flto");
    }
    let file = match File::parse(bytes) {
        Ok(file @ File::Elf64(_)) => file,
        Ok(_) => return refused("it is no ELF object of 64 bits"),
        Err(error) => return refused(&format!("it is neither an object nor a static library: {error}")),
    };
    if file.architecture() != architecture.of_objects() || !file.is_little_endian() {
        let made_for = format!("{:?}", file.architecture()).to_lowercase();
        return refused(&format!("it is for {made_for}, and the program is not: compile it for that target"));
    }
    match file.kind() {
        ObjectKind::Relocatable => Ok(file),
        ObjectKind::Dynamic | ObjectKind::Executable => {
            refused("it is linked already: programs are static, so give the objects that it was made of")
        }
        _ => refused("it is no relocatable object"),
    }
}

fn check_sections(name: &str, file: &File<'_>, architecture: Architecture) -> Result<()> {
    for section in file.sections() {
        let SectionFlags::Elf { sh_flags, .. } = section.flags() else { continue };
        let text = section.name().unwrap_or_default();
        let begins = |prefixes: &[&str]| prefixes.iter().any(|prefix| text.starts_with(prefix));
        if text.starts_with(".gnu.lto_") {
            return Err(refused(name, "it is for link-time optimisation: compile it without -flto"));
        }
        if !sh_flags.contains(elf::SHF_ALLOC) || section.size() == 0 {
            continue;
        }
        if sh_flags.contains(elf::SHF_TLS) {
            let why = "it has thread-local variables, which a program has no room for: make them static";
            return Err(refused(name, why));
        }
        if begins(&[".init_array", ".preinit_array", ".ctors", ".fini_array", ".dtors"]) {
            let why = format!(
                "it has constructors or destructors (section {text}), which nobody would call: initialise \
                 at the first call of a function instead"
            );
            return Err(refused(name, &why));
        }
        check_relocations(name, text, &section, sh_flags, architecture)?;
    }
    Ok(())
}

/// Refuses addresses where no program can have them that lies anywhere and shares its code.
fn check_relocations<'a>(
    name: &str,
    section_name: &str,
    section: &impl ObjectSection<'a>,
    flags: Flags,
    architecture: Architecture,
) -> Result<()> {
    for (_, relocation) in section.relocations() {
        let RelocationFlags::Elf { r_type } = relocation.flags() else { continue };
        let (whole, is_part) = match architecture {
            Architecture::Aarch64 => {
                let parts = elf::R_AARCH64_ABS64.0 + 1..=elf::R_AARCH64_MOVW_UABS_G3.0;
                let relative = elf::R_AARCH64_PREL64.0..=elf::R_AARCH64_PREL16.0;
                (elf::R_AARCH64_ABS64, parts.contains(&r_type.0) && !relative.contains(&r_type.0))
            }
            _ => {
                let parts = [elf::R_X86_64_32, elf::R_X86_64_32S, elf::R_X86_64_16, elf::R_X86_64_8];
                (elf::R_X86_64_64, parts.contains(&r_type))
            }
        };
        if is_part || (r_type == whole && !flags.contains(elf::SHF_WRITE)) {
            let why = format!(
                "it is not position-independent (section {section_name}): compile it with -fPIE or -fPIC"
            );
            return Err(refused(name, &why));
        }
    }
    Ok(())
}

/// What would be found, but could not work.
fn check_needed(name: &str, symbol: &str, architecture: Architecture) -> Result<()> {
    // The guard is a thread-local variable of the C library there.
    if symbol == "__stack_chk_fail" && architecture == Architecture::X86_64 {
        return Err(refused(
            name,
            "it protects its stack, for which there is no C library: compile it with -fno-stack-protector",
        ));
    }
    Ok(())
}

/// What the program itself defines must stay its own.
fn check_defined(name: &str, symbol: &str, info: elf::SymbolInfo) -> Result<()> {
    if info.st_type() == elf::STT_GNU_IFUNC {
        return Err(refused(name, &format!("`{symbol}` is chosen at launch (ifunc), which nobody would do")));
    }
    let is_ours = symbol == "_start" || symbol.starts_with("wasmwright_");
    match is_ours {
        true => Err(refused(name, &format!("it defines `{symbol}`, which is wasmwright's own: rename it"))),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::Emit;
    use crate::{Compiler, Options};

    /// Damage is an error, or makes another object: nothing panics.
    #[test]
    fn damaged_objects_are_read_or_refused() {
        let options = Options { emit: Emit::Object, ..Options::default() };
        let module = br#"(module (memory 1) (data (i32.const 0) "x") (func (export "_start")))"#;
        let object = Compiler::new(options).compile("m", module).unwrap();
        let bytes = object.bytes();
        let target = Target::host();
        let mut refused = 0;
        for position in 0..bytes.len() {
            let mut damaged = bytes.to_vec();
            damaged[position] ^= 0xff;
            for content in [damaged, bytes[..position].to_vec()] {
                let object = HostObject { name: "o".into(), content: content.into() };
                refused += u32::from(HostSymbols::read(&[object], &target).is_err());
            }
        }
        assert!(refused > 64);
    }
}
