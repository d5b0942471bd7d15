//! Links programs made by clang, runs them and reads them again.

mod support;

use super::*;
use crate::error::Error;
use crate::target::Target;
use object::{Object, ObjectSection, ObjectSymbol};
use std::mem::offset_of;
use std::process::Command;
use support::*;
use wasmwright_abi::program::ProgramDescriptor;

#[cfg(target_arch = "x86_64")]
const HOST: Architecture = Architecture::X86_64;
#[cfg(target_arch = "x86_64")]
const OTHER: Architecture = Architecture::Aarch64;
#[cfg(target_arch = "x86_64")]
const EMULATOR: &str = "qemu-aarch64-static";
#[cfg(target_arch = "aarch64")]
const HOST: Architecture = Architecture::Aarch64;
#[cfg(target_arch = "aarch64")]
const OTHER: Architecture = Architecture::X86_64;
#[cfg(target_arch = "aarch64")]
const EMULATOR: &str = "qemu-x86_64-static";

/// The program in units: the links of a real compilation have dozens.
fn units(count: usize) -> Vec<NamedObject> {
    let unit = |index: usize| {
        let source = format!(
            "const char *unit_{index}(void) {{ return \"text of unit {}\"; }}\n\
             const char *(*volatile pointer_{index})(void) __attribute__((used)) = unit_{index};",
            index % 7
        );
        compile(HOST, &format!("unit{index}"), &source)
    };
    let calls: String = (0..count).map(|index| format!("sum += *unit_{index}() == 't';\n")).collect();
    let declarations: String = (0..count).map(|index| format!("const char *unit_{index}(void);\n")).collect();
    let main = format!("{declarations} int program(void) {{ int sum = 0; {calls} return sum; }}");
    let mut units: Vec<_> = (0..count).map(unit).collect();
    units.push(compile(HOST, "main", &main));
    units
}

#[test]
fn executable_relocates_itself_and_runs() {
    let objects = [compile(HOST, "program", PROGRAM)];
    for linker in [Linker::Embedded, Linker::External("ld.lld-22".into())] {
        let output = link(&executable(HOST, &linker, &objects)).unwrap();
        assert_eq!(status_of(&output), 42, "{linker:?}");
    }
}

#[test]
fn executable_is_small() {
    let objects = [compile(HOST, "program", "int program(void) { return 0; }")];
    let output = link(&executable(HOST, &Linker::Embedded, &objects)).unwrap();
    assert!(output.len() < 4096, "{} bytes for an empty program", output.len());
}

/// A descriptor of a program without modules, and a function in the code section if asked for.
fn empty_program(with_code: bool) -> NamedObject {
    let mut object =
        object::write::Object::new(object::BinaryFormat::Elf, HOST.of_objects(), object::Endianness::Little);
    let mut define = |name: &str, section, kind, bytes: &[u8]| {
        let symbol = object.add_symbol(object::write::Symbol {
            name: name.into(),
            value: 0,
            size: 0,
            kind: object::SymbolKind::Data,
            scope: object::SymbolScope::Linkage,
            weak: false,
            section: object::write::SymbolSection::Undefined,
            flags: object::SymbolFlags::None,
        });
        let section = object.add_section(Vec::new(), section, kind);
        object.add_symbol_data(symbol, section, bytes, 16);
    };
    let mut descriptor = [0; size_of::<ProgramDescriptor>()];
    descriptor[..4].copy_from_slice(&wasmwright_abi::ABI_VERSION.to_le_bytes());
    let stack = offset_of!(ProgramDescriptor, stack_bytes);
    descriptor[stack..stack + 8].copy_from_slice(&(1u64 << 20).to_le_bytes());
    define(
        wasmwright_abi::PROGRAM_SYMBOL,
        b".rodata.program".to_vec(),
        object::SectionKind::ReadOnlyData,
        &descriptor,
    );
    if with_code {
        define("function", wasmwright_abi::CODE_SECTION.into(), object::SectionKind::Text, &[0xC3]);
    }
    NamedObject::new("program", object.write().unwrap())
}

#[test]
fn embedded_runtime_starts_a_program_without_modules() {
    for with_code in [false, true] {
        let objects = [empty_program(with_code)];
        for linker in [Linker::Embedded, Linker::External("ld.lld-22".into())] {
            let runtime = Some(embedded_runtime(HOST, RuntimeKind::Executable).unwrap());
            let mut request = LinkRequest { runtime, ..executable(HOST, &linker, &objects) };
            let output = link(&request).unwrap();
            assert_eq!(status_of(&output), 0, "{linker:?}");
            request.strip = true;
            let stripped = link(&request).unwrap();
            assert!(stripped.len() < 32 << 10, "{} bytes for an empty program", stripped.len());
        }
    }
}

/// Every target's runtime is inside, or the error says how to get it.
#[test]
fn embedded_runtimes_are_there_or_say_what_is_missing() {
    for architecture in [HOST, OTHER] {
        let triple = Target::baseline(architecture).triple();
        for kind in [RuntimeKind::Executable, RuntimeKind::Library] {
            match embedded_runtime(architecture, kind) {
                Ok(archive) => assert!((*archive).as_ref().starts_with(b"!<arch>\n")),
                Err(error) => {
                    assert_ne!(architecture, HOST, "{error}");
                    let text = error.to_string();
                    assert!(text.contains(&format!("rustup target add {triple}")), "{text}");
                    assert!(text.contains("WASMWRIGHT_RUSTC_"), "{text}");
                }
            }
        }
    }
}

#[test]
fn bytes_do_not_depend_on_threads() {
    let objects = units(20);
    let request = executable(HOST, &Linker::Embedded, &objects);
    let expected = link(&request).unwrap();
    assert_eq!(status_of(&expected), 20);
    for threads in [1, 2, 7] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        for _ in 0..3 {
            assert!(pool.install(|| link(&request)).unwrap() == expected, "differs with {threads} threads");
        }
    }
}

#[test]
fn links_may_run_at_the_same_time() {
    let objects = [compile(HOST, "program", PROGRAM)];
    let request = executable(HOST, &Linker::Embedded, &objects);
    let expected = link(&request).unwrap();
    std::thread::scope(|scope| {
        let links: Vec<_> = (0..4).map(|_| scope.spawn(|| link(&request).unwrap())).collect();
        for link in links {
            assert!(link.join().unwrap() == expected);
        }
    });
}

#[test]
fn every_undefined_symbol_is_named() {
    let source = "int first(void); int second(void); int program(void) { return first() + second(); }";
    let objects = [compile(HOST, "needy", source)];
    for linker in [Linker::Embedded, Linker::External("ld.lld-22".into())] {
        let Err(Error::Link(message)) = link(&executable(HOST, &linker, &objects)) else {
            panic!("it links")
        };
        for expected in ["first", "second", "needy"] {
            assert!(message.contains(expected), "{linker:?}: {message}");
        }
        assert!(!message.contains("unused_import"), "{linker:?}: {message}");
    }
}

#[test]
fn symbols_stay_unless_stripped() {
    let objects = [compile(HOST, "program", PROGRAM)];
    let mut request = executable(HOST, &Linker::Embedded, &objects);
    let names = |output: &[u8]| -> Vec<String> {
        let file = object::File::parse(output).unwrap();
        file.symbols().filter_map(|symbol| Some(symbol.name().ok()?.to_owned())).collect()
    };
    let kept = names(&link(&request).unwrap());
    assert!(kept.iter().any(|name| name == "program"), "{kept:?}");
    assert!(!kept.iter().any(|name| name == "unused"), "collected sections leave no symbols: {kept:?}");
    request.strip = true;
    let stripped = link(&request).unwrap();
    assert_eq!(names(&stripped), Vec::<String>::new());
    assert_eq!(status_of(&stripped), 42);
}

#[test]
fn unwind_index_is_made_on_request() {
    let objects = [compile(HOST, "program", PROGRAM)];
    let mut request = executable(HOST, &Linker::Embedded, &objects);
    let has_index =
        |output: &[u8]| object::File::parse(output).unwrap().section_by_name(".eh_frame_hdr").is_some();
    assert!(!has_index(&link(&request).unwrap()));
    request.unwind_index = true;
    assert!(has_index(&link(&request).unwrap()));
}

/// A unit with a function that returns the address that stands for a type. Every unit that names
/// the type brings it along.
fn typed(function: &str) -> String {
    format!(
        r#"__asm__(".section .rodata.type_i32,\"aG\",@progbits,type_i32,comdat\n"
                   ".weak type_i32\n.hidden type_i32\ntype_i32: .byte 1\n.text\n");
           extern const char type_i32[] __attribute__((visibility("hidden")));
           const char *{function}(void) {{ return type_i32; }}"#
    )
}

#[test]
fn comdat_symbols_of_several_units_are_one() {
    let main =
        typed("other") + "const char *first(void); int program(void) { return first() == other() ? 42 : 1; }";
    let objects = [compile(HOST, "first", &typed("first")), compile(HOST, "main", &main)];
    for linker in [Linker::Embedded, Linker::External("ld.lld-22".into())] {
        assert_eq!(status_of(&link(&executable(HOST, &linker, &objects)).unwrap()), 42, "{linker:?}");
    }
}

/// The note with our version has no reference from code.
#[test]
fn notes_stay() {
    let source = r#"
        __asm__(".section .note.wasmwright,\"a\",@note\n.long 4, 4, 1\n.ascii \"abc\\0text\"\n.text\n");
        int program(void) { return 42; }
    "#;
    let objects = [compile(HOST, "program", source)];
    let request = executable(HOST, &Linker::Embedded, &objects);
    for strip in [false, true] {
        let output = link(&LinkRequest {
            strip,
            runtime: request.runtime.clone(),
            kind: request.kind.clone(),
            ..request
        })
        .unwrap();
        let file = object::File::parse(&*output).unwrap();
        assert_eq!(file.section_by_name(".note.wasmwright").unwrap().data().unwrap().len(), 20);
    }
}

#[test]
fn garbage_is_an_error_that_names_the_object() {
    let objects = [NamedObject::new("broken", b"\x7fELF and then nothing".to_vec())];
    for linker in [Linker::Embedded, Linker::External("ld.lld-22".into())] {
        let error = link(&executable(HOST, &linker, &objects)).unwrap_err();
        assert!(matches!(&error, Error::Link(message) if message.contains("broken")), "{linker:?}: {error}");
    }
}

#[test]
fn missing_external_linker_is_an_error() {
    let linker = Linker::External("no-such-linker".into());
    let error = link(&executable(HOST, &linker, &[])).unwrap_err();
    assert!(error.to_string().starts_with("cannot run the linker no-such-linker"), "{error}");
}

#[test]
fn shared_library_shows_its_exports_only() {
    let source = "int hidden(void) { return 40; } int shown(void) { return hidden() + 2; }
                  int (*volatile table[])(void) = {hidden, shown};
                  int through(void) { return table[0]() + 2; }";
    let objects = [compile(HOST, "library", source)];
    for linker in [Linker::Embedded, Linker::External("ld.lld-22".into())] {
        let exports = vec!["shown".to_owned(), "through".to_owned()];
        let kind = LinkKind::SharedLibrary { soname: "libx.so".into(), exports: exports.clone() };
        let output =
            link(&LinkRequest { kind, runtime: None, ..executable(HOST, &linker, &objects) }).unwrap();
        let file = object::File::parse(&*output).unwrap();
        let symbols = file.dynamic_symbols().filter(|symbol| symbol.is_definition());
        let mut shown: Vec<_> = symbols.map(|symbol| symbol.name().unwrap()).collect();
        shown.sort_unstable();
        assert_eq!(shown, exports, "{linker:?}");

        let folder = tempfile::tempdir().unwrap();
        let host = folder.path().join("host.c");
        std::fs::write(folder.path().join("libx.so"), &output).unwrap();
        std::fs::write(
            &host,
            "int shown(void), through(void); int main(void) { return shown() + through(); }",
        )
        .unwrap();
        let program = folder.path().join("host");
        run(Command::new("clang-22")
            .arg(&host)
            .arg("-o")
            .arg(&program)
            .arg("-L")
            .arg(folder.path())
            .arg("-lx"));
        let status = Command::new(&program).env("LD_LIBRARY_PATH", folder.path()).status().unwrap();
        assert_eq!(status.code(), Some(84), "{linker:?}");
    }
}

#[test]
fn undefined_symbols_of_a_shared_library_are_named() {
    let objects = [compile(HOST, "needy", "int absent(void); int shown(void) { return absent(); }")];
    let kind = LinkKind::SharedLibrary { soname: "libx.so".into(), exports: vec!["shown".into()] };
    let request = LinkRequest { kind, runtime: None, ..executable(HOST, &Linker::Embedded, &objects) };
    let Err(Error::Link(message)) = link(&request) else { panic!("it links") };
    assert!(message.contains("absent"), "{message}");
}

#[test]
fn objects_merge_into_one_that_links() {
    let mut objects = units(12);
    objects.push(compile(HOST, "program", &PROGRAM.replace("program", "other")));
    for linker in [Linker::Embedded, Linker::External("ld.lld-22".into())] {
        let kind = LinkKind::RelocatableObject;
        let merged = LinkRequest { kind, runtime: None, ..executable(HOST, &linker, &objects) };
        let merged = link(&merged).unwrap();
        let merged = [NamedObject::new("merged", merged)];
        for linker in [Linker::Embedded, Linker::External("ld.lld-22".into())] {
            assert_eq!(status_of(&link(&executable(HOST, &linker, &merged)).unwrap()), 12, "{linker:?}");
        }
    }
}

fn merge_of(objects: &[NamedObject], strip: bool) -> Result<Vec<u8>> {
    let kind = LinkKind::RelocatableObject;
    link(&LinkRequest { kind, strip, runtime: None, ..executable(HOST, &Linker::Embedded, objects) })
}

#[test]
fn merged_objects_keep_comdat_groups() {
    let objects = [compile(HOST, "first", &typed("first")), compile(HOST, "second", &typed("second"))];
    let merged = merge_of(&objects, false).unwrap();
    let main = typed("other")
        + "const char *first(void), *second(void);
           int program(void) { return first() == type_i32 && second() == type_i32 ? 42 : 1; }";
    let objects = [NamedObject::new("merged", merged), compile(HOST, "main", &main)];
    for linker in [Linker::Embedded, Linker::External("ld.lld-22".into())] {
        assert_eq!(status_of(&link(&executable(HOST, &linker, &objects)).unwrap()), 42, "{linker:?}");
    }
}

#[test]
fn merged_objects_keep_visibility_and_the_strongest_definition() {
    let first = "__attribute__((visibility(\"hidden\"))) int kept(void) { return 42; }
                 int common; int referenced(void);
                 __attribute__((weak)) int absent(void); int use(void) { return referenced() + absent(); }";
    let second = "__attribute__((weak)) int kept(void) { return 1; }
                  int common = 3; int referenced(void) { return kept(); }";
    for objects in [[first, second], [second, first]] {
        let objects = [
            compile_with(&["-fcommon"], HOST, "a", objects[0]),
            compile_with(&["-fcommon"], HOST, "b", objects[1]),
        ];
        let merged = merge_of(&objects, false).unwrap();
        let file = object::File::parse(&*merged).unwrap();
        let named =
            |name: &str| -> Vec<_> { file.symbols().filter(|symbol| symbol.name() == Ok(name)).collect() };
        let [kept] = &named("kept")[..] else { panic!("one of a name") };
        let object::SymbolFlags::Elf { st_info, st_other } = kept.flags() else { panic!("it is ELF") };
        assert_eq!(
            (st_info.st_bind(), st_other.visibility()),
            (object::elf::STB_GLOBAL, object::elf::STV_HIDDEN)
        );
        assert_eq!(named("common")[0].section_index().map(|index| index.0 > 0), Some(true));
        assert!(named("absent")[0].is_undefined() && named("referenced").len() == 1);
        let main = compile(HOST, "main", "int referenced(void); int program(void) { return referenced(); }");
        let objects = [NamedObject::new("merged", merged.clone()), main];
        assert_eq!(status_of(&link(&executable(HOST, &Linker::Embedded, &objects)).unwrap()), 42);
    }
}

#[test]
fn merged_objects_keep_debug_information_unless_stripped() {
    let objects = [
        compile_with(&["-g"], HOST, "first", "int first(int x) { return x + 1; }"),
        compile_with(&["-g"], HOST, "second", "int first(int); int second(int y) { return first(y); }"),
    ];
    let has_debug =
        |bytes: &[u8]| object::File::parse(bytes).unwrap().section_by_name(".debug_info").is_some();
    assert!(!has_debug(&merge_of(&objects, true).unwrap()));
    let merged = merge_of(&objects, false).unwrap();
    assert!(has_debug(&merged));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("merged.o");
    std::fs::write(&path, merged).unwrap();
    run(Command::new("llvm-dwarfdump-22").arg("--verify").arg(&path));
}

#[test]
fn merging_names_what_does_not_fit() {
    let twice =
        [compile(HOST, "a", "int x(void) { return 1; }"), compile(HOST, "b", "int x(void) { return 2; }")];
    let error = merge_of(&twice, false).unwrap_err().to_string();
    assert_eq!(error, "link: b: symbol x is defined in a too");
    let other = [compile(OTHER, "other", "int x(void) { return 1; }")];
    assert_eq!(merge_of(&other, false).unwrap_err().to_string(), "link: other: it is for another machine");
    let garbage = [NamedObject::new("broken", b"\x7fELF and then nothing".to_vec())];
    let error = merge_of(&garbage, false).unwrap_err().to_string();
    assert!(error.starts_with("link: broken: "), "{error}");
}

#[test]
fn executables_of_the_other_machine_have_the_same_shape() {
    let objects = [compile(OTHER, "program", PROGRAM)];
    for linker in [Linker::Embedded, Linker::External("ld.lld-22".into())] {
        let output = link(&executable(OTHER, &linker, &objects)).unwrap();
        let file = object::File::parse(&*output).unwrap();
        assert_eq!(file.architecture(), OTHER.of_objects());
        let text = file.section_by_name("wasm_text").unwrap();
        let bound = |name: &str| file.symbols().find(|symbol| symbol.name() == Ok(name)).unwrap().address();
        assert_eq!(bound("__start_wasm_text"), text.address(), "{linker:?}");
        assert_eq!(bound("__stop_wasm_text"), text.address() + text.size(), "{linker:?}");
        if let Some(status) = status_under_emulation(EMULATOR, &output) {
            assert_eq!(status, 42, "{linker:?}");
        }
    }
}

#[test]
fn verification_refuses_what_would_crash() {
    let objects = [compile(HOST, "library", "int absent(void); int shown(void) { return absent(); }")];
    let folder = tempfile::tempdir().unwrap();
    let object = folder.path().join("library.o");
    std::fs::write(&object, objects[0].bytes.as_ref().as_ref()).unwrap();
    let refusal = |arguments: &[&str]| {
        let output = folder.path().join("output");
        run(Command::new("ld.lld-22").args(arguments).arg(&object).arg("-o").arg(&output));
        let kind = LinkKind::Executable { entry: "shown".into() };
        verify::verify(&kind, &std::fs::read(output).unwrap()).unwrap_err().to_string()
    };
    let shared = ["-shared", "--entry", "shown"];
    assert!(refusal(&shared).contains("undefined symbol absent"), "{}", refusal(&shared));
    let interpreted =
        ["-pie", "--dynamic-linker", "/lib/ld.so", "--entry", "shown", "--defsym", "absent=shown"];
    assert!(refusal(&interpreted).contains("dynamic linker"), "{}", refusal(&interpreted));
    assert!(refusal(&["-r"]).contains("type"), "{}", refusal(&["-r"]));
}
