//! CPython, a real module of 26 MB that none of us wrote: compiled at -O2, it runs a script that
//! uses much of its standard library and files in a preopened directory.
//!
//! `programs/python/expected.txt` is what Node's WASI made of the same module and script
//! (`programs/python/node.mjs`); Node is asked again where there is one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use wasmwright_compiler::Options;
use wasmwright_tests::programs::{Outcome, Variant, command, compile, execute, temporary_directory};

const INPUT: &[u8] = b"from standard input\n";
const ARGUMENTS: [&str; 4] = ["/data/script.py", "/data", "x", "y z"];

fn programs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("programs/python")
}

/// The module that `ci/modules` fetches.
fn module() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests lie in the workspace");
    let path = root.join(".cache/modules/python/dist/python.wasm");
    assert!(path.is_file(), "{} is missing: execute ci/modules", path.display());
    path
}

/// A directory with the script in it.
fn directory() -> tempfile::TempDir {
    let directory = temporary_directory();
    fs::copy(programs().join("script.py"), directory.path().join("script.py")).unwrap();
    directory
}

#[track_caller]
fn check(outcome: &Outcome, directory: &Path) {
    let expected = fs::read_to_string(programs().join("expected.txt")).unwrap();
    for (number, (got, expected)) in outcome.text().lines().zip(expected.lines()).enumerate() {
        assert_eq!(got, expected, "line {}: {outcome:?}", number + 1);
    }
    assert_eq!(outcome.text().lines().count(), expected.lines().count(), "{outcome:?}");
    assert!(outcome.errors().ends_with("to standard error\n"), "{outcome:?}");
    assert_eq!(outcome.code(), Some(3), "{outcome:?}");

    let written = fs::read_to_string(directory.join("result.txt")).unwrap();
    assert_eq!(written.lines().count(), 1000);
    let hash_of_zero = "5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9";
    assert_eq!(written.lines().next(), Some(&*format!("0000 {hash_of_zero} \u{f6}")));
    assert!(directory.join("made").is_dir() && !directory.join("written.txt").exists());
}

#[test]
fn cpython_runs_a_script_with_its_library_and_files() {
    let folder = temporary_directory();
    let bytes = fs::read(module()).unwrap();
    let options = Options { jobs: None, ..Variant::DEFAULT.options() };
    let python = compile(&bytes, &options, &folder.path().join("python"));

    let data = directory();
    let grant = format!("{}::/data", data.path().display());
    let outcome = execute(command(&python).env("WASMWRIGHT_DIR", grant).args(ARGUMENTS), INPUT);
    check(&outcome, data.path());
    assert_eq!(outcome.errors(), "to standard error\n");

    // Without a grant there is no file, and no directory to look for one.
    let nothing = execute(command(&python).args(ARGUMENTS), INPUT);
    assert!(nothing.code() == Some(2) && nothing.errors().contains("can't open file"), "{nothing:?}");
    let exit = execute(command(&python).args(["-c", "raise SystemExit(41)"]), b"");
    assert_eq!((exit.code(), exit.text()), (Some(41), ""));
    let version = execute(command(&python).arg("--version"), b"");
    assert_eq!(version.succeeded(), "Python 3.12.0\n");
}

/// Whether there is a Node whose WASI needs no flag.
fn has_node() -> bool {
    let Ok(output) = Command::new("node").arg("--version").output() else { return false };
    let version = String::from_utf8_lossy(&output.stdout).into_owned();
    let major = version.strip_prefix('v').and_then(|version| version.split('.').next()?.parse::<u32>().ok());
    major.is_some_and(|major| major >= 20)
}

#[test]
fn node_makes_the_same_of_it() {
    if !has_node() {
        eprintln!("not checked again: there is no Node 20 or later");
        return;
    }
    let data = directory();
    let mut node = Command::new("node");
    node.arg(programs().join("node.mjs")).arg(module()).arg(data.path());
    check(&execute(node.args(ARGUMENTS), INPUT), data.path());
}
