//! `compile --emit shared` and `static-lib`: names of files, and what is refused.

mod common;

use std::process::Command;

use common::{ENVIRONMENT, Folder, LIBRARY, UNKNOWN_IMPORTS};

#[test]
fn a_library_and_its_header_are_named_after_the_module_or_as_the_user_says() {
    let folder = Folder::new();
    folder.write("sums.wat", LIBRARY);
    folder.succeed(&["compile", "sums.wat", "--emit", "shared"]);
    folder.succeed(&["compile", "sums.wat", "--emit", "static-lib"]);
    assert_eq!(folder.names(), ["libsums.a", "libsums.so", "sums.h", "sums.wat"]);
    let header = std::fs::read_to_string(folder.path("sums.h")).unwrap();
    let declaration =
        "wasmwright_trap_t sums_add(wasmwright_sums_t *instance, uint32_t p0, uint32_t p1, uint32_t *r0);";
    assert!(header.contains(declaration), "{header}");
    let options = ["--header", "other.h", "--prefix", "total", "-o", "libx-y.so"];
    folder.succeed(&[&["compile", "sums.wat", "--emit", "shared"][..], &options].concat());
    let header = std::fs::read_to_string(folder.path("other.h")).unwrap();
    assert!(header.contains("wasmwright_total_instantiate(") && header.contains(" total_add("), "{header}");
    assert!(
        std::fs::read(folder.path("libx-y.so")).unwrap().windows(10).any(|bytes| bytes == b"libx-y.so\0")
    );
}

#[test]
fn imports_are_the_hosts_and_wasi_is_its_configuration_or_its_own() {
    let folder = Folder::new();
    folder.write("m.wat", UNKNOWN_IMPORTS);
    folder.succeed(&["compile", "m.wat", "--emit", "shared"]);
    let header = std::fs::read_to_string(folder.path("m.h")).unwrap();
    assert!(
        header.contains("wasmwright_trap_t (*env_second)(void *user, wasmwright_m_t *instance, uint32_t p0)")
    );
    folder.write("w.wat", ENVIRONMENT);
    for (provider, expected) in [("library", false), ("host", true)] {
        folder.succeed(&["compile", "w.wat", "--emit", "shared", "--wasi", provider]);
        let header = std::fs::read_to_string(folder.path("w.h")).unwrap();
        assert_eq!(header.contains("(*wasi_snapshot_preview1_fd_write)("), expected, "{header}");
    }
}

#[test]
fn a_program_is_linked_with_objects_that_define_what_it_imports() {
    let folder = Folder::new();
    folder.write("app.wat", HOSTED);
    folder.fail(&["compile", "app.wat"], 1, "function `env.answer`; link a module (--link) or an object");
    folder.succeed(&["compile", "app.wat", "--emit", "header"]);
    folder.write("host.c", HOST);
    let clang = ["-c", "-Wall", "-Werror", "host.c", "-o", "host.o"];
    assert!(Command::new("clang-22").args(clang).current_dir(folder.path(".")).status().unwrap().success());
    // Whatever the output is called.
    folder.succeed(&["compile", "app.wat", "host.o", "-o", "program", "-MD"]);
    assert_eq!(Command::new(folder.path("program")).status().unwrap().code(), Some(42));
    let rule = std::fs::read_to_string(folder.path("program.d")).unwrap();
    assert!(rule.contains("app.wat") && rule.contains("host.o"), "{rule}");
    for _ in 0..2 {
        let run = folder.execute(&["run", "--cache-dir", "cache", "--object", "host.o", "app.wat"]);
        assert_eq!(run.status, Some(42), "{}", run.errors);
    }
    folder.fail(&["compile", "app.wat", "host.o", "--emit", "shared"], 1, "objects are linked with programs");
    folder.fail(&["compile", "app.wat", "missing.o"], 1, "cannot read missing.o");
    folder.fail(&["compile", "app.wat", "--prefix", "x"], 2, "--prefix is for");
    folder.fail(&["compile", "app.wat", "--header", "x.h"], 2, "--emit header");
}

const HOSTED: &str = r#"(module (import "env" "answer" (func $answer (param i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (func (export "double") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
    (func (export "_start") (call $exit (call $answer (i32.const 21)))))"#;

const HOST: &str = "#include \"app.h\"\n\
    wasmwright_trap_t app_import_env_answer(void *user, wasmwright_app_t *instance, uint32_t p0, uint32_t *r0) {\n\
    (void)user;\n    return app_double(instance, p0, r0);\n}\n";

#[test]
fn policies_have_functions_in_the_header() {
    let folder = Folder::new();
    folder.write("sums.wat", LIBRARY);
    folder.succeed(&["compile", "sums.wat", "--emit", "shared", "--interruptible", "--fuel"]);
    let header = std::fs::read_to_string(folder.path("sums.h")).unwrap();
    for function in ["interrupt", "interrupt_clear", "fuel_get", "fuel_set", "fuel_add"] {
        assert!(header.contains(&format!("wasmwright_sums_{function}(")), "{header}");
    }
    let options = ["--bounds-checks=explicit", "--no-signals"];
    folder.succeed(&[&["compile", "sums.wat", "--emit", "shared"][..], &options].concat());
    let header = std::fs::read_to_string(folder.path("sums.h")).unwrap();
    assert!(header.contains("Nothing here has to do with signals") && !header.contains("fuel_get"));
}

#[test]
fn what_a_library_cannot_have_is_refused() {
    let folder = Folder::new();
    folder.write("m.wat", LIBRARY);
    folder.fail(&["compile", "m.wat", "--emit", "shared", "--dir", "."], 2, "the host of a library");
    folder.fail(&["compile", "m.wat", "--emit", "shared", "--invoke", "add"], 1, "--invoke");
    folder.fail(&["compile", "m.wat", "--emit", "shared", "--prefix", "memory"], 1, "--prefix");
    folder.fail(&["compile", "m.wat", "--emit", "shared", "--target", "riscv64-linux"], 1, "objects only");
    folder.fail(&["compile", "m.wat", "--header", "m.h"], 2, "libraries");
    folder.fail(&["compile", "m.wat", "--interruptible"], 2, "libraries");
    folder.fail(&["compile", "m.wat", "--no-signals"], 2, "libraries");
    folder.fail(&["compile", "m.wat", "--emit", "shared", "--no-signals"], 1, "--bounds-checks=explicit");
    folder.fail(&["compile", "m.wat", "--fuel"], 2, "--fuel=1000000");
    folder.fail(&["run", "--fuel", "m.wat"], 2, "--fuel=1000000");
    assert_eq!(folder.names(), ["m.wat"]);
}
