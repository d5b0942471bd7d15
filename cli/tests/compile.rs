//! `compile`: outputs, and what is left behind when there is none.

mod common;

use common::{EMPTY, EXIT_7, Finished, Folder, TRAP, UNKNOWN_IMPORTS};
use std::os::unix::fs::PermissionsExt;

#[test]
fn an_executable_is_named_after_its_module_and_ends_as_the_module_says() {
    let folder = Folder::new();
    folder.write("seven.wat", EXIT_7);
    let finished = folder.succeed(&["compile", "seven.wat"]);
    assert_eq!(
        (finished.output.as_str(), finished.errors.as_str()),
        ("", ""),
        "nothing is said without need"
    );
    assert_eq!(folder.names(), ["seven", "seven.wat"]);
    assert_eq!(Finished::program(&folder.path("seven")).status, Some(7));
}

#[test]
fn the_mode_of_an_output_is_what_the_umask_leaves() {
    let folder = Folder::new();
    folder.write("m.wat", EMPTY);
    for (mask, emit, expected) in [("022", "exe", 0o755), ("077", "exe", 0o700), ("027", "obj", 0o640)] {
        let script = format!("umask {mask}; exec \"$0\" compile m.wat --emit {emit} -o out");
        let mut shell = std::process::Command::new("/bin/sh");
        shell.args(["-c", &script, env!("CARGO_BIN_EXE_wasmwright")]).current_dir(folder.path("."));
        assert_eq!(Finished::of(&mut shell).status, Some(0));
        assert_eq!(
            folder.path("out").metadata().unwrap().permissions().mode() & 0o777,
            expected,
            "{mask} {emit}"
        );
    }
}

#[test]
fn a_trap_ends_with_134_and_a_report() {
    let folder = Folder::new();
    folder.write("trap.wat", TRAP);
    folder.succeed(&["compile", "-O0", "trap.wat", "-o", "trap"]);
    let finished = Finished::program(&folder.path("trap"));
    assert_eq!(finished.status, Some(134));
    assert!(finished.errors.contains("unreachable"), "{}", finished.errors);
}

#[test]
fn levels_and_bounds_checks_all_make_programs() {
    let folder = Folder::new();
    folder.write("seven.wat", EXIT_7);
    for level in ["-O0", "-O1", "-O2", "-O3", "-Os", "-Oz"] {
        for checks in ["--bounds-checks=guard", "--bounds-checks=explicit"] {
            folder.succeed(&["compile", level, checks, "seven.wat"]);
            assert_eq!(Finished::program(&folder.path("seven")).status, Some(7), "{level} {checks}");
        }
    }
}

#[test]
fn the_cpu_can_be_this_one() {
    let folder = Folder::new();
    folder.write("seven.wat", EXIT_7);
    folder.succeed(&["compile", "--target-cpu", "native", "seven.wat"]);
    assert_eq!(Finished::program(&folder.path("seven")).status, Some(7));
}

#[test]
fn each_kind_of_output_is_what_it_says() {
    let folder = Folder::new();
    folder.write("m.wat", EXIT_7);
    let expected: [(&str, &str, &[u8]); 5] = [
        ("exe", "m", b"\x7fELF"),
        ("obj", "m.o", b"\x7fELF"),
        ("asm", "m.s", b"\t"),
        ("llvm-ir", "m.ll", b"; ModuleID"),
        ("llvm-bc", "m.bc", b"BC\xc0\xde"),
    ];
    for (kind, name, magic) in expected {
        folder.succeed(&["compile", "m.wat", "--emit", kind]);
        let content = std::fs::read(folder.path(name)).unwrap();
        assert!(content.starts_with(magic), "{kind}: {:?}", &content[..16]);
    }
}

#[test]
fn standard_streams_are_files_too() {
    let folder = Folder::new();
    let finished =
        folder.execute_with_input(&["compile", "-", "-o", "-", "--emit", "llvm-ir"], EXIT_7.as_bytes());
    assert_eq!(finished.status, Some(0), "{}", finished.errors);
    assert!(finished.output.contains("define "), "{}", finished.output);
    assert!(folder.names().is_empty());
    let finished = folder.execute_with_input(&["compile", "-"], EXIT_7.as_bytes());
    assert_eq!(finished.status, Some(2), "an output without a name");
}

#[test]
fn bad_modules_are_one_line_and_leave_nothing() {
    let folder = Folder::new();
    let whole = wat::parse_str(EXIT_7).unwrap();
    folder.write("truncated.wasm", &whole[..whole.len() - 3]);
    folder.write("empty.wasm", "");
    folder.write("text.wasm", "Dear Sir or Madam,\nthis is a letter.\n");
    folder.write("random.wasm", [0x91, 0x0f, 0xfe, 0x00, 0x7a, 0xc3, 0x28, 0xa0]);
    folder.write("invalid.wat", "(module (func (result i32) i64.const 0))");
    folder.write("imports.wat", UNKNOWN_IMPORTS);
    std::fs::create_dir(folder.path("directory")).unwrap();
    let before = folder.names();
    for (file, text) in [
        ("truncated.wasm", "at offset"),
        ("empty.wasm", "no bytes"),
        ("text.wasm", "line 1, column 1"),
        ("random.wasm", "neither"),
        ("invalid.wat", "invalid module: type mismatch"),
        ("imports.wat", "function `env.first`, function `env.second`"),
        ("directory", "directory"),
        ("missing.wasm", "cannot read missing.wasm"),
    ] {
        folder.fail(&["compile", file, "-o", "out"], 1, text);
        assert_eq!(folder.names(), before, "{file}");
    }
}

#[test]
fn outputs_that_cannot_be_written_are_one_line_and_leave_nothing() {
    let folder = Folder::new();
    folder.write("m.wat", EMPTY);
    let read_only = folder.write("read-only", "kept");
    std::fs::set_permissions(&read_only, PermissionsExt::from_mode(0o444)).unwrap();
    std::fs::create_dir(folder.path("closed")).unwrap();
    std::fs::set_permissions(folder.path("closed"), PermissionsExt::from_mode(0o555)).unwrap();
    let before = folder.names();
    for out in ["read-only", "closed/out", "closed", "missing/out", "/proc/out", "m.wat"] {
        folder.fail(&["compile", "m.wat", "-o", out], 1, out.split('/').next().unwrap());
    }
    assert_eq!(folder.names(), before);
    assert_eq!(std::fs::read(read_only).unwrap(), b"kept");
    assert_eq!(std::fs::read_dir(folder.path("closed")).unwrap().count(), 0);
}

#[test]
fn an_older_output_stays_when_the_module_is_bad() {
    let folder = Folder::new();
    folder.write("m.wat", EXIT_7);
    folder.succeed(&["compile", "m.wat"]);
    folder.write("m.wat", "(module");
    folder.fail(&["compile", "m.wat"], 1, "m.wat");
    assert_eq!(Finished::program(&folder.path("m")).status, Some(7));
}

#[test]
fn devices_are_written_and_not_replaced() {
    let folder = Folder::new();
    folder.write("m.wat", EMPTY);
    folder.succeed(&["compile", "m.wat", "-o", "/dev/null"]);
    assert!(!std::fs::metadata("/dev/null").unwrap().is_file());
}

#[test]
fn unknown_imports_can_be_left_to_trap() {
    let folder = Folder::new();
    folder.write("m.wat", UNKNOWN_IMPORTS);
    folder.succeed(&["compile", "m.wat", "--unknown-imports=trap"]);
    let finished = Finished::program(&folder.path("m"));
    assert_eq!(finished.status, Some(134));
    assert!(finished.errors.contains("env") && finished.errors.contains("first"), "{}", finished.errors);
}

#[test]
fn dependencies_are_written_for_make() {
    let folder = Folder::new();
    folder.write("a b.wat", EMPTY);
    folder.succeed(&["compile", "a b.wat", "-o", "out", "-MD"]);
    assert_eq!(std::fs::read_to_string(folder.path("out.d")).unwrap(), "out: a\\ b.wat\n");
    folder.succeed(&["compile", "a b.wat", "-o", "out", "--depfile", "rule"]);
    assert_eq!(std::fs::read_to_string(folder.path("rule")).unwrap(), "out: a\\ b.wat\n");
    folder.write("m.map", r#"{"version":3,"sources":[],"names":[],"mappings":""}"#);
    folder.succeed(&["compile", "a b.wat", "-o", "out", "-MD", "--debug-file", "m.map"]);
    assert_eq!(std::fs::read_to_string(folder.path("out.d")).unwrap(), "out: a\\ b.wat m.map\n");
}

#[test]
fn a_file_with_debug_information_has_to_be_there() {
    let folder = Folder::new();
    folder.write("m.wat", EMPTY);
    for command in ["compile", "run"] {
        let status = if command == "run" { 125 } else { 1 };
        folder.fail(&[command, "--debug-file", "none.map", "m.wat"], status, "cannot read none.map");
        assert!(!folder.path("m").exists());
    }
}

#[test]
fn messages_can_be_json() {
    let folder = Folder::new();
    folder.write("good.wat", EMPTY);
    folder.write("bad.wat", "(module (func (result i32) i64.const 0))");
    let json = ["--message-format", "json", "--timings"];
    let messages = |finished: &Finished| -> Vec<serde_json::Value> {
        finished
            .errors
            .lines()
            .map(|line| serde_json::from_str(line).expect("each line is an object"))
            .collect()
    };
    let good = folder.succeed(&[&["compile", "good.wat"], &json[..]].concat());
    let good = messages(&good);
    let artifact = good.last().expect("there is a message");
    assert_eq!((&artifact["type"], &artifact["path"]), (&"artifact".into(), &"good".into()));
    let size = std::fs::metadata(folder.path("good")).unwrap().len();
    assert_eq!(artifact["size_bytes"], size);
    let stages: Vec<_> =
        good.iter().filter(|message| message["type"] == "timing").map(|timing| &timing["stage"]).collect();
    assert_eq!(stages, ["parse", "plan", "compile", "metadata", "link"]);

    let bad = folder.execute(&[&["compile", "bad.wat"], &json[..]].concat());
    assert_eq!(bad.status, Some(1));
    let bad = messages(&bad);
    let error = bad.last().expect("there is a message");
    assert_eq!(
        (&error["type"], &error["kind"], &error["file"]),
        (&"error".into(), &"invalid".into(), &"bad.wat".into())
    );
    assert!(error["offset"].is_u64() && error["function"] == "0", "{error}");
}

#[test]
fn the_same_input_gives_the_same_bytes_on_any_number_of_threads() {
    let folder = Folder::new();
    folder.write("m.wat", EXIT_7);
    folder.succeed(&["compile", "m.wat", "-o", "one", "-j1"]);
    folder.succeed(&["compile", "m.wat", "-o", "three", "-j", "3"]);
    assert_eq!(std::fs::read(folder.path("one")).unwrap(), std::fs::read(folder.path("three")).unwrap());
}

#[test]
fn an_export_can_be_the_entry() {
    let folder = Folder::new();
    folder.write("m.wat", common::LIBRARY);
    folder.succeed(&["compile", "m.wat", "--invoke", "add"]);
    let finished = Finished::of(std::process::Command::new(folder.path("m")).args(["40", "2"]));
    assert_eq!((finished.status, finished.output.trim()), (Some(0), "42"), "{}", finished.errors);
    folder.fail(&["compile", "m.wat", "--invoke", "subtract"], 1, "subtract");
}
