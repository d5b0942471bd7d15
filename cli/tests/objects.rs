//! Objects for targets that have no runtime: the format of each, and the header that says what
//! they need. clang and llvm-nm, which know every format, read them again.

mod common;

use common::{Finished, Folder};
use std::collections::BTreeSet;
use std::process::Command;

/// Target, clang's name for it, how the file begins.
const TARGETS: [(&str, &str, &[u8]); 5] = [
    ("riscv64-linux", "riscv64-linux-gnu", b"\x7fELF"),
    ("x86_64-windows", "x86_64-pc-windows-msvc", &[0x64, 0x86]),
    ("aarch64-windows", "aarch64-pc-windows-msvc", &[0x64, 0xaa]),
    ("x86_64-macos", "x86_64-apple-macosx11", &[0xcf, 0xfa, 0xed, 0xfe]),
    ("aarch64-macos", "arm64-apple-macosx11", &[0xcf, 0xfa, 0xed, 0xfe]),
];

/// Needs functions of every kind, and has data that refers to code.
const MODULE: &str = r#"(module
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1) (table 2 funcref) (elem (i32.const 0) $grow $half)
    (data (i32.const 0) "some data")
    (func $grow (param i32) (result i32) (memory.grow (local.get 0)))
    (func $half (param i32) (result i32) (i32.div_s (i32.const 1) (local.get 0)))
    (func (export "_start")
        (f64.store (i32.const 8) (f64.max (f64.load (i32.const 16)) (f64.const 2)))
        (v128.store (i32.const 32) (i8x16.add (v128.load (i32.const 0)) (v128.load (i32.const 16))))
        (i32.store (i32.const 0)
            (call_indirect (param i32) (result i32) (i32.load (i32.const 0)) (i32.load (i32.const 4))))
        (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 100)))))"#;

#[test]
fn every_other_target_has_objects_with_headers() {
    let folder = Folder::new();
    folder.write("module.wat", MODULE);
    for (target, clang, magic) in TARGETS {
        folder.succeed(&["compile", "module.wat", "--target", target, "--emit", "obj", "-o", "out.o"]);
        assert!(std::fs::read(folder.path("out.o")).unwrap().starts_with(magic), "{target}");
        let header = std::fs::read_to_string(folder.path("out.h")).unwrap();
        assert!(header.contains("It is an object only"), "{header}");
        for needed in [
            "uint64_t wasmwright_memory_grow(void *, uint64_t);",
            "_Noreturn void wasmwright_trap_undefined_element(void);",
            "_Noreturn void wasmwright_trap_integer_divide_by_zero(void);",
            "uint32_t wasmwright_wasi_snapshot_preview1_fd_write(void *, uint32_t, uint32_t, uint32_t, uint32_t);",
            "int32_t wasmwright_entry_command(void *);",
        ] {
            assert!(header.contains(needed), "{target}: {needed} is not in\n{header}");
        }
        let mut check = Command::new("clang-22");
        check.arg(format!("--target={clang}")).args(["-ffreestanding", "-fsyntax-only", "-Werror", "-xc"]);
        let checked = Finished::of(check.arg(folder.path("out.h")));
        assert_eq!(checked.status, Some(0), "{target}: {}", checked.errors);
        assert_lists_all_that_is_undefined(&folder, target, &header);
    }
}

fn assert_lists_all_that_is_undefined(folder: &Folder, target: &str, header: &str) {
    let listing = Finished::of(Command::new("llvm-nm-22").args(["-u", "-j"]).arg(folder.path("out.o")));
    let prefix = if target.ends_with("macos") { "_" } else { "" };
    let undefined: BTreeSet<&str> =
        listing.output.lines().map(|name| name.strip_prefix(prefix).unwrap()).collect();
    assert!(undefined.len() > 4, "{target}: {undefined:?}");
    for name in undefined {
        assert!(header.contains(name), "{target}: {name} is not in\n{header}");
    }
}

#[test]
fn assembly_is_for_the_target_and_programs_are_refused() {
    let folder = Folder::new();
    folder.write("module.wat", MODULE);
    for (target, ..) in TARGETS {
        folder.succeed(&["compile", "module.wat", "--target", target, "--emit", "asm", "-o", "out.s"]);
        let text = std::fs::read_to_string(folder.path("out.s")).unwrap();
        assert!(text.contains("wasmwright_memory_grow"), "{target}");
        folder.fail(&["compile", "module.wat", "--target", target, "-o", "out"], 1, "objects only");
        let tail_call = r#"(module (func $f (export "_start") (return_call $f)))"#;
        folder.write("tail.wat", tail_call);
        let compiled =
            folder.execute(&["compile", "tail.wat", "--target", target, "--emit", "obj", "-o", "t.o"]);
        let works = target.starts_with("aarch64") || target == "x86_64-macos";
        assert_eq!(compiled.status, Some(i32::from(!works)), "{target}: {}", compiled.errors);
    }
    assert!(!folder.names().contains(&"out".to_owned()));
    let targets = folder.succeed(&["targets"]).output;
    for (target, ..) in TARGETS {
        let line = targets.lines().find(|line| line.starts_with(target)).expect(target);
        assert!(line.contains(": objects only"), "{line}");
    }
}
