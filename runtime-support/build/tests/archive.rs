//! Builds the archives of this machine and reads them again.

use object::read::archive::ArchiveFile;
use object::{File, Object, ObjectSection, ObjectSymbol};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use wasmwright_abi::runtime_function::{LIBRARY_CALLS, RuntimeFunction};
use wasmwright_runtime_build::{Compiler, Variant, build_archive};

#[cfg(target_arch = "x86_64")]
const HOST: &str = "x86_64-unknown-linux-gnu";
#[cfg(target_arch = "aarch64")]
const HOST: &str = "aarch64-unknown-linux-gnu";

/// What the compiler and the linker add to an archive.
const PROVIDED: &[&str] = &[
    wasmwright_abi::PROGRAM_SYMBOL,
    "_DYNAMIC",
    "_end",
    "__ehdr_start",
    "__start_wasm_text",
    "__stop_wasm_text",
    "_GLOBAL_OFFSET_TABLE_",
];

struct Symbols {
    defined: BTreeSet<String>,
    undefined: BTreeSet<String>,
}

fn build(variant: Variant) -> Vec<u8> {
    // Every variant leaves the same file in the folder.
    static SCRATCH: Mutex<()> = Mutex::new(());
    let _guard = SCRATCH.lock().unwrap_or_else(PoisonError::into_inner);
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR")).join("runtime");
    build_archive(&Compiler::find(HOST).unwrap(), variant, &scratch).unwrap()
}

fn objects(archive: &[u8]) -> impl Iterator<Item = File<'_>> {
    let members = ArchiveFile::parse(archive).unwrap().members();
    members.map(move |member| File::parse(member.unwrap().data(archive).unwrap()).unwrap())
}

fn symbols(archive: &[u8]) -> Symbols {
    let mut symbols = Symbols { defined: BTreeSet::new(), undefined: BTreeSet::new() };
    for object in objects(archive) {
        for symbol in object.symbols().filter(|symbol| symbol.is_global() || symbol.is_weak()) {
            let set = if symbol.is_undefined() { &mut symbols.undefined } else { &mut symbols.defined };
            set.insert(symbol.name().unwrap().to_owned());
        }
    }
    symbols
}

#[test]
fn archives_hold_the_whole_runtime_and_nothing_else() {
    for variant in [Variant::Executable, Variant::Library] {
        let archive = build(variant);
        let Symbols { defined, undefined } = symbols(&archive);
        let open: Vec<_> = undefined
            .iter()
            .filter(|name| !defined.contains(*name) && !PROVIDED.contains(&name.as_str()))
            .collect();
        assert!(open.is_empty(), "{variant:?} needs what nobody provides: {open:?}");
        let calls = RuntimeFunction::ALL.iter().map(|function| function.symbol());
        for name in calls.chain(LIBRARY_CALLS.iter().copied()) {
            assert!(defined.contains(name), "{variant:?} lacks {name}");
        }
        assert_eq!(defined.contains("_start"), variant == Variant::Executable);
        for object in objects(&archive) {
            let debug = object.sections().find(|section| section.name().unwrap().starts_with(".debug"));
            assert!(debug.is_none(), "{variant:?} carries debug information");
        }
        assert!(archive.len() < 2 << 20, "{variant:?} has {} bytes", archive.len());
    }
}

#[test]
fn archives_name_no_folder_of_this_machine() {
    let archive = build(Variant::Executable);
    let home = std::env::var("HOME").unwrap();
    for folder in [env!("CARGO_MANIFEST_DIR").trim_end_matches("/runtime-support/build"), &home] {
        let found = archive.windows(folder.len()).any(|window| window == folder.as_bytes());
        assert!(!found, "a path below {folder} is in the archive");
    }
}

#[test]
fn unknown_targets_say_what_to_do() {
    let error = Compiler::find("riscv64gc-unknown-linux-gnu").unwrap_err();
    assert!(error.contains("rustup target add riscv64gc-unknown-linux-gnu"), "{error}");
}
