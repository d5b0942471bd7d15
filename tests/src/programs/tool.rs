//! The command line tool, for what only it can show.

use super::execute::{Outcome, execute_within};
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

/// The build may have to wait for another one.
const BUILD_LIMIT: Duration = Duration::from_secs(3600);

/// A command that starts the tool. It is built first, with the profile of the tests: cargo builds
/// the binaries of a package for that package's own tests only.
pub fn tool() -> Command {
    static TOOL: OnceLock<PathBuf> = OnceLock::new();
    Command::new(TOOL.get_or_init(build))
}

fn build() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its own path");
    let folder = test.parent().and_then(|deps| deps.parent()).expect("tests lie in PROFILE/deps");
    let profile = match folder.file_name().and_then(|name| name.to_str()) {
        Some("debug") | None => "dev",
        Some(profile) => profile,
    };
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--locked", "--package", "wasmwright", "--profile", profile]);
    cargo.arg("--target-dir").arg(folder.parent().expect("a profile lies in a target directory"));
    let outcome = execute_within(cargo.current_dir(env!("CARGO_MANIFEST_DIR")), &[], BUILD_LIMIT);
    assert!(outcome.code() == Some(0), "{cargo:?}: {outcome:?}");
    folder.join("wasmwright")
}

/// Asserts that the tool fails with this status and one line that contains each of these words.
#[track_caller]
pub fn tool_fails(outcome: &Outcome, status: i32, words: &[&str]) {
    let line = outcome.errors();
    assert_eq!(outcome.code(), Some(status), "{outcome:?}");
    assert!(line.starts_with("wasmwright: error: ") && line.ends_with('\n'), "{outcome:?}");
    assert_eq!(line.lines().count(), 1, "{outcome:?}");
    for word in words {
        assert!(line.contains(word), "`{word}` is not in: {line}");
    }
}
