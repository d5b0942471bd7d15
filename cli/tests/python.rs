//! A real program that none of us wrote: CPython, as others compiled it to WebAssembly.

mod common;

use common::{Finished, Folder};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What the script prints under Node.js, which executes the same module with an engine.
const EXPECTED: &str = include_str!("python/expected.txt");
const SCRIPT: &str = include_str!("python/script.py");

/// The module, which is fetched by its package's name.
fn module() -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.cache/modules/python/dist/python.wasm");
    assert!(path.exists(), "{} is missing: execute ci/modules, which fetches it", path.display());
    path
}

#[test]
fn cpython_executes_scripts_as_it_does_elsewhere() {
    let folder = Folder::new();
    let module = module();
    folder.succeed(&["compile", "-O2", &module.to_string_lossy(), "-o", "python"]);
    let python = |arguments: &[&str], grants: &str| {
        Finished::of(
            Command::new(folder.path("python")).args(arguments).env_clear().env("WASMWRIGHT_DIR", grants),
        )
    };

    std::fs::create_dir(folder.path("data")).unwrap();
    folder.write("data/script.py", SCRIPT);
    let data = format!("{}::/data", folder.path("data").display());
    let finished = python(&["/data/script.py", "one", "two words"], &data);
    assert_eq!((finished.output.as_str(), finished.status), (EXPECTED, Some(3)), "{}", finished.errors);
    let written = std::fs::read_to_string(folder.path("data/result.json")).unwrap();
    assert_eq!(written, r#"{"squares": [0, 1, 4, 9, 16, 25, 36, 49, 64, 81]}"#);

    let outside = "import os\nprint(os.path.exists('/data/../python'), os.path.exists('/data/script.py'))";
    assert_eq!(python(&["-c", outside], &data).output, "False True\n");
    let ungranted = python(&["-c", "open('/data/script.py')"], "");
    assert_eq!(ungranted.status, Some(1));
    assert!(
        ungranted.errors.contains("FileNotFoundError") || ungranted.errors.contains("PermissionError"),
        "{}",
        ungranted.errors
    );

    let exhausted = python(&["-c", "f = lambda n: f(n + 1)\nf(0)"], "");
    assert!(
        matches!(exhausted.status, Some(1 | 134)),
        "an exception or a trap, no signal: {:?}",
        exhausted.status
    );
}
