//! The subcommands that only tell, and wrong usage.

mod common;

use common::{EXIT_7, Folder, UNKNOWN_IMPORTS};
use serde_json::Value;
use std::io::Read;
use std::process::Stdio;

#[test]
fn wrong_usage_ends_with_2() {
    let folder = Folder::new();
    folder.write("m.wat", EXIT_7);
    for arguments in [
        &[][..],
        &["nonsense"],
        &["compile"],
        &["compile", "m.wat", "-O4"],
        &["compile", "m.wat", "--emit", "windows-dll"],
        &["compile", "m.wat", "--dir", "a:b"],
        &["compile", "m.wat", "--env", "=x"],
        &["compile", "m.wat", "--stack-size", "8T"],
        &["compile", "m.wat", "--target", "pdp11-linux"],
        &["compile", "m.wat", "--target-features", "avx2"],
        &["compile", "m.wat", "--target-features", "+avx2,+soft-float"],
        &["compile", "m.wat", "--target-cpu", "z80"],
        &["compile", "m.wat", "--target-cpu", "cortex-a53", "--target", "x86_64-linux"],
        &["compile", "m.wat", "--tcplisten", "nowhere"],
        &["compile", "m.wat", "-j", "0"],
        &["compile", "m.wat", "-o", "-", "-MD"],
        &["run"],
    ] {
        let finished = folder.execute(arguments);
        assert_eq!(finished.status, Some(2), "{arguments:?}: {}", finished.errors);
        assert!(finished.output.is_empty() && !finished.errors.is_empty(), "{arguments:?}");
    }
    assert_eq!(folder.names(), ["m.wat"]);
}

#[test]
fn inspect_tells_what_is_provided() {
    let folder = Folder::new();
    folder.write("good.wat", EXIT_7);
    folder.write("lacking.wat", UNKNOWN_IMPORTS);
    let provided = |file: &str| {
        let finished = folder.succeed(&["inspect", file, "--json"]);
        let report: Value = serde_json::from_str(&finished.output).expect("it prints JSON");
        let imports = report["imports"].as_array().expect("imports are a list").clone();
        imports.iter().map(|import| import["provided"].as_bool()).collect::<Vec<_>>()
    };
    assert_eq!(provided("good.wat"), [Some(true)]);
    assert_eq!(provided("lacking.wat"), [Some(false), Some(false)]);
    let text = folder.succeed(&["inspect", "lacking.wat"]).output;
    assert!(text.contains("NOT PROVIDED env.second: function (i32) -> ()"), "{text}");
    assert!(text.contains("_start: function () -> ()"), "{text}");
}

#[test]
fn inspect_refuses_what_is_no_module() {
    let folder = Folder::new();
    folder.write("bad.wasm", b"\0asm\x01\0\0\0\x07");
    folder.fail(&["inspect", "bad.wasm"], 1, "bad.wasm: ");
    folder.fail(&["inspect", "missing"], 1, "cannot read missing");
}

#[test]
fn this_machine_is_ready() {
    let folder = Folder::new();
    let targets = folder.succeed(&["targets"]).output;
    let host = targets.lines().find(|line| line.contains("this machine")).expect("this machine is listed");
    assert!(host.ends_with(": ready"), "{host}");
}

#[test]
fn licences_are_those_of_what_is_linked() {
    let folder = Folder::new();
    let notices = folder.succeed(&["licenses"]).output;
    let (outputs, tool) = notices.split_once("The tool itself").expect("there are two parts");
    for package in ["Rust's core library", "rustix ", "linux-raw-sys ", "wasmwright-runtime "] {
        assert!(outputs.contains(package), "{package}");
    }
    for package in ["LLVM", "inkwell ", "clap ", "libwild "] {
        assert!(tool.contains(package), "{package}");
        assert!(!outputs.contains(&format!("\n{package}")), "{package}");
    }
    assert!(outputs.contains("LLVM Exceptions to the Apache 2.0 License"));
}

/// Licences under which code may be linked into an output.
const LINKED: &[&str] = &["Apache-2.0", "Apache-2.0 WITH LLVM-exception", "MIT"];

/// Licences under which further code may be part of the tool.
const IN_TOOL: &[&str] = &[
    "0BSD",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "MIT-0",
    "MPL-2.0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

#[test]
fn no_licence_comes_in_unseen() {
    let folder = Folder::new();
    let notices = folder.succeed(&["licenses"]).output;
    let (outputs, tool) = notices.split_once("The tool itself").expect("there are two parts");
    let rule = format!("\n{}\n", "-".repeat(80));
    let check = |notices: &str, at_least: usize, is_allowed: &dyn Fn(&str) -> bool| {
        let headings =
            notices.split(&rule).skip(1).map(|notice| notice.split("\n\n").next().unwrap_or_default());
        let packages: Vec<&str> = headings.flat_map(|heading| heading.lines()).collect();
        assert!(packages.len() >= at_least, "{packages:?}");
        for package in packages {
            let (_, licence) = package.split_once(" (").expect("each package has its licence in parentheses");
            let mut parts = licence
                .split(['(', ')', '/'])
                .flat_map(|part| part.split(" OR "))
                .flat_map(|part| part.split(" AND "));
            assert!(parts.all(|part| part.is_empty() || is_allowed(part.trim())), "{package}");
        }
    };
    check(outputs, 4, &|licence| LINKED.contains(&licence));
    check(tool, 50, &|licence| LINKED.contains(&licence) || IN_TOOL.contains(&licence));
}

#[test]
fn the_manual_and_the_completions_know_every_command() {
    let folder = Folder::new();
    folder.succeed(&["man", "-o", "pages"]);
    let pages = std::fs::read_dir(folder.path("pages")).unwrap().count();
    let main = folder.succeed(&["man"]).output;
    let completions = folder.succeed(&["completions", "bash"]).output;
    let commands = ["compile", "run", "inspect", "targets", "cache", "completions", "licenses", "man"];
    for command in commands {
        assert!(main.contains(&format!("wasmwright\\-{command}(1)")), "{command}");
        assert!(completions.contains(&format!("wasmwright__subcmd__{command}")), "{command}");
        assert!(folder.path(&format!("pages/wasmwright-{command}.1")).exists(), "{command}");
    }
    assert!(pages > commands.len());
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let folder = Folder::new();
    let mut child = folder
        .tool(&["licenses"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it can be executed");
    let mut first = [0];
    child.stdout.take().expect("it is piped").read_exact(&mut first).expect("it prints something");
    let finished = common::Finished::from(child.wait_with_output().expect("it ends"));
    assert_eq!((finished.status, finished.errors.as_str()), (Some(0), ""));
}
