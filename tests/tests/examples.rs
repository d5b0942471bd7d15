//! The examples of hosts in `compiler/examples`: one module, called from C, from Python and from Rust.

use std::path::{Path, PathBuf};
use std::process::Command;
use wasmwright_compiler::options::{Emit, LibraryOptions};
use wasmwright_compiler::{Compiler, Options};
use wasmwright_tests::tier::is_full_tier;

/// What every host prints for `Wikipedia`: its checksum, and the trap of an access out of bounds.
const PRINTED: &str = "11e60398, trap 0\ntrap 2\n";

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../compiler/examples/checksum").join(name)
}

/// A folder with the module as a shared library, and its header.
fn library() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let named = LibraryOptions { soname: Some("libchecksum.so".into()), ..LibraryOptions::default() };
    let options = Options { emit: Emit::Shared, library: named, ..Options::default() };
    let module = std::fs::read(example("checksum.wat")).unwrap();
    let library = Compiler::new(options).compile("checksum", &module).unwrap();
    library.write(&folder.path().join("libchecksum.so")).unwrap();
    std::fs::write(folder.path().join("checksum.h"), library.header().unwrap()).unwrap();
    folder
}

#[track_caller]
fn check(command: &mut Command, expected: &str) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {errors}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), expected, "{errors}");
}

#[test]
fn a_host_in_c() {
    let library = library();
    let mut clang = Command::new("clang-22");
    clang.args(["-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror", "-L.", "-I.", "-Wl,-rpath,."]);
    clang.arg(example("host.c")).args(["-lchecksum", "-o", "host"]);
    check(clang.current_dir(library.path()), "");
    check(Command::new(library.path().join("host")).arg("Wikipedia").current_dir(library.path()), PRINTED);
}

#[test]
fn a_host_in_python() {
    let library = library();
    let mut python = Command::new("python3");
    python.arg(example("host.py")).arg(library.path().join("libchecksum.so")).arg("Wikipedia");
    check(&mut python, PRINTED);
}

/// Its `Cargo.lock` is a copy of the workspace's, of which `cargo build` leaves only what it needs: copy it
/// again when that changes.
#[test]
fn the_host_in_rust_has_what_it_needs() {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["tree", "--offline", "--locked", "--quiet", "--manifest-path"]);
    let output = cargo.arg(example("rust/Cargo.toml")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Cargo builds the compiler for the build script, with the settings of the tests, so that most of it is
/// there already.
#[test]
fn a_host_in_rust() {
    if !is_full_tier() {
        eprintln!("not checked: building the compiler again takes minutes (WASMWRIGHT_TEST_TIER=full)");
        return;
    }
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("..");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["run", "--offline", "--locked", "--quiet", "--target-dir"]).arg(target);
    for setting in ["opt-level=2", "debug=false"] {
        cargo.arg("--config").arg(format!("profile.dev.package.\"*\".{setting}"));
    }
    cargo.arg("--manifest-path").arg(example("rust/Cargo.toml")).args(["--", "Wikipedia"]);
    check(&mut cargo, PRINTED);
}
