//! `run`: statuses, arguments, grants and the cache.

mod common;

use common::{ARGUMENTS, DIRECTORY, EMPTY, ENVIRONMENT, EXIT_7, Finished, Folder, LIBRARY, TRAP};
use std::path::{Path, PathBuf};

/// The programs in the cache in a folder.
fn entries(folder: &Folder) -> Vec<PathBuf> {
    entries_of(&folder.path("home/.cache/wasmwright"))
}

fn entries_of(cache: &Path) -> Vec<PathBuf> {
    let Ok(files) = std::fs::read_dir(cache) else { return Vec::new() };
    files.map(|file| file.unwrap().path()).filter(|path| path.is_file()).collect()
}

#[test]
fn the_status_is_the_programs_or_125() {
    let folder = Folder::new();
    for (name, module, status) in
        [("empty", EMPTY, 0), ("seven", EXIT_7, 7), ("trap", TRAP, 134), ("bad", "(module", 125)]
    {
        folder.write(name, module);
        for cache in [&[][..], &["--no-cache"]] {
            let finished = folder.execute(&[&["run"], cache, &[name]].concat());
            assert_eq!(finished.status, Some(status), "{name} {cache:?}: {}", finished.errors);
        }
    }
    folder.fail(&["run", "missing.wasm"], 125, "cannot read missing.wasm");
    assert_eq!(folder.execute(&["run", "--nonsense", "empty"]).status, Some(2), "wrong usage");
}

#[test]
fn everything_after_the_file_is_the_programs() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path("sub")).unwrap();
    folder.write("sub/a.wat", ARGUMENTS);
    let arguments = |arguments: &[&str]| {
        let finished = folder.succeed(&[&["run", "-O1"], arguments].concat());
        finished.output.split_terminator('\0').map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(arguments(&["sub/a.wat"]), ["a.wat"]);
    assert_eq!(arguments(&["sub/a.wat", "--dir", "-O9", "x y", ""]), ["a.wat", "--dir", "-O9", "x y", ""]);
    assert_eq!(arguments(&["sub/a.wat", "--", "--", "--help"]), ["a.wat", "--", "--help"]);
    assert_eq!(arguments(&["--", "sub/a.wat", "-v"]), ["a.wat", "-v"]);
    assert_eq!(arguments(&["--no-cache", "sub/a.wat", "z"]), ["a.wat", "z"]);
}

#[test]
fn standard_input_can_be_the_module() {
    let folder = Folder::new();
    let finished = folder.execute_with_input(&["run", "-"], EXIT_7.as_bytes());
    assert_eq!(finished.status, Some(7), "{}", finished.errors);
}

#[test]
fn an_export_can_be_called() {
    let folder = Folder::new();
    folder.write("m.wat", LIBRARY);
    let finished = folder.succeed(&["run", "--invoke", "add", "m.wat", "-1", "43"]);
    assert_eq!(finished.output.trim(), "42");
}

#[test]
fn a_program_is_compiled_once_for_all_its_grants() {
    let folder = Folder::new();
    folder.write("m.wat", ENVIRONMENT);
    folder.write("d.wat", DIRECTORY);
    let output = |arguments: &[&str]| folder.succeed(&[&["run"], arguments].concat()).output;
    assert_eq!(output(&["m.wat"]), "");
    assert_eq!(output(&["--env", "A=1", "--env", "B=2=3", "m.wat"]), "A=1\0B=2=3\0");
    let home = format!("HOME={}\0", folder.path("home").display());
    assert_eq!(output(&["--env", "HOME", "m.wat"]), home);
    assert_eq!(output(&["--inherit-env", "m.wat"]), home);
    assert_eq!(entries(&folder).len(), 1);

    assert_eq!(folder.execute(&["run", "d.wat"]).status, Some(8), "EBADF: nothing is granted by default");
    assert_eq!(output(&["--dir", ".::/guest", "d.wat"]), "/guest");
    assert_eq!(output(&["--dir", r".::a\:b:ro", "d.wat"]), "a:b");
    assert_eq!(entries(&folder).len(), 2);
}

#[test]
fn the_launcher_grants_further_unless_sealed() {
    let folder = Folder::new();
    folder.write("m.wat", ENVIRONMENT);
    let run = |arguments: &[&str]| {
        let mut command = folder.tool(&[&["run", "--env", "A=1"], arguments, &["m.wat"]].concat());
        Finished::of(command.env("WASMWRIGHT_ENV", "B=2"))
    };
    assert_eq!(run(&[]).output, "A=1\0B=2\0");
    assert_eq!(run(&["--sealed"]).output, "A=1\0");
}

#[test]
fn grants_without_a_form_at_launch_are_compiled_in() {
    let folder = Folder::new();
    folder.write("m.wat", ENVIRONMENT);
    assert_eq!(folder.succeed(&["run", "--env", "A=1\n2", "m.wat"]).output, "A=1\n2\0");
}

#[test]
fn options_modules_and_tools_are_told_apart() {
    let folder = Folder::new();
    folder.write("m.wat", EXIT_7);
    for (arguments, expected) in [(&["-O0"][..], 1), (&["-O2"], 2), (&["-O0"], 2), (&["-O0", "-j1", "-v"], 2)]
    {
        folder.execute(&[&["run"], arguments, &["m.wat"]].concat());
        assert_eq!(entries(&folder).len(), expected, "{arguments:?}");
    }
    folder.write("m.wat", TRAP);
    assert_eq!(folder.execute(&["run", "-O0", "m.wat"]).status, Some(134));
    assert_eq!(entries(&folder).len(), 3);
}

#[test]
fn a_damaged_entry_is_made_anew() {
    let folder = Folder::new();
    folder.write("m.wat", EXIT_7);
    folder.execute(&["run", "m.wat"]);
    let [entry] = &entries(&folder)[..] else { panic!("there is one entry") };
    let whole = std::fs::read(entry).unwrap();
    let mut damaged = whole.clone();
    damaged[whole.len() / 2] ^= 0x10;
    for content in [&damaged[..], &whole[..100], b""] {
        std::fs::write(entry, content).unwrap();
        assert_eq!(folder.execute(&["run", "m.wat"]).status, Some(7));
        assert_eq!(std::fs::read(entry).unwrap(), whole);
    }
}

#[test]
fn the_cache_keeps_to_its_size_and_can_be_emptied() {
    let folder = Folder::new();
    for (name, module) in [("a.wat", EMPTY), ("b.wat", EXIT_7), ("c.wat", TRAP)] {
        folder.write(name, module);
        folder.execute(&["run", "--cache-size", "1", name]);
        assert_eq!(entries(&folder).len(), 1, "only the last one has room");
    }
    assert!(folder.succeed(&["cache", "stats"]).output.contains("1 programs"));
    folder.succeed(&["cache", "clear"]);
    assert!(folder.succeed(&["cache", "stats"]).output.contains("0 programs"));
    assert!(entries(&folder).is_empty());
}

#[test]
fn the_cache_lies_where_it_is_told_to() {
    let folder = Folder::new();
    folder.write("m.wat", EMPTY);
    folder.succeed(&["run", "--cache-dir", "mine", "m.wat"]);
    assert_eq!(entries_of(&folder.path("mine")).len(), 1);
    let status = folder.tool(&["run", "m.wat"]).env("XDG_CACHE_HOME", folder.path("xdg")).status().unwrap();
    assert!(status.success());
    assert_eq!(entries_of(&folder.path("xdg/wasmwright")).len(), 1);
    assert!(entries(&folder).is_empty());
}

#[test]
fn a_program_runs_where_no_cache_can_be() {
    let folder = Folder::new();
    folder.write("m.wat", EXIT_7);
    folder.write("file", "");
    let finished = folder.execute(&["run", "--cache-dir", "file/below", "m.wat"]);
    assert_eq!(finished.status, Some(7), "{}", finished.errors);
    assert!(finished.errors.starts_with("wasmwright: warning: not cached"), "{}", finished.errors);
    let status = folder.tool(&["run", "m.wat"]).env_remove("HOME").status().unwrap();
    assert_eq!(status.code(), Some(7));
}

#[test]
fn many_can_run_one_program_at_once() {
    let folder = Folder::new();
    folder.write("m.wat", EXIT_7);
    let children: Vec<_> =
        (0..8).map(|_| folder.tool(&["run", "--cache-size", "1", "m.wat"]).spawn().unwrap()).collect();
    for mut child in children {
        assert_eq!(child.wait().unwrap().code(), Some(7));
    }
    assert_eq!(entries(&folder).len(), 1);
}
