//! Collects the notices of every package that is linked into outputs or into this tool, from the
//! packages' own files, for `wasmwright licenses`: cargo's metadata in, `OUT_DIR/licenses.txt` out.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Names of files that hold a notice begin so.
const NOTICES: [&str; 5] = ["license", "licence", "copying", "copyright", "notice"];

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=Cargo.toml");
    println!("cargo:rerun-if-changed=../Cargo.lock");
    println!("cargo:rerun-if-changed=../runtime-support/Cargo.toml");
    let metadata = metadata();
    let text = format!(
        "An output of wasmwright holds code of these packages, besides the module's own:\n{}\n{}\n\
         ================================================================================\n\
         The tool itself holds code of these packages too:\n{LLVM}{}",
        RUST,
        notices(&metadata, "wasmwright-runtime"),
        notices(&metadata, "wasmwright"),
    );
    let path = Path::new(&variable("OUT_DIR")).join("licenses.txt");
    std::fs::write(&path, text).unwrap_or_else(|error| panic!("cannot write {}: {error}", path.display()));
}

/// Rust's own libraries are no packages of cargo's.
const RUST: &str = "
Rust's core library and compiler-builtins: Copyright (c) The Rust Project Contributors;
Apache-2.0 OR MIT. The parts that come from LLVM's compiler-rt: Apache-2.0 WITH LLVM-exception.
The texts of these licences are below.
";

const LLVM: &str = "
LLVM: Copyright (c) the LLVM Project's contributors; Apache-2.0 WITH LLVM-exception.
The text of this licence is below.
";

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("cargo sets {name}"))
}

/// What cargo knows of the packages for this target, by package id.
fn metadata() -> Value {
    let output = Command::new(variable("CARGO"))
        .args(["metadata", "--format-version=1", "--locked", "--filter-platform", &variable("TARGET")])
        .output()
        .expect("cargo can be executed");
    assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("cargo prints JSON")
}

/// The notices of what a package links, itself included: each text once, below those who share it.
fn notices(metadata: &Value, root: &str) -> String {
    let packages = array(metadata, "packages");
    let by_id: BTreeMap<&str, &Value> =
        packages.iter().map(|package| (string(package, "id"), package)).collect();
    let mut sharers: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for id in linked(metadata, root) {
        let package = by_id[id];
        let name = format!(
            "{} {} ({})",
            string(package, "name"),
            string(package, "version"),
            package["license"].as_str().unwrap_or("see its text"),
        );
        for text in texts(package) {
            sharers.entry(text).or_default().insert(name.clone());
        }
    }
    let mut notices = String::new();
    for (text, names) in sharers {
        let names: Vec<String> = names.into_iter().collect();
        notices += "\n--------------------------------------------------------------------------------\n";
        notices += &names.join("\n");
        notices += &format!("\n\n{text}\n");
    }
    notices
}

/// Ids of the packages that a package links: all that it depends on, less build scripts' and
/// tests' dependencies.
fn linked<'a>(metadata: &'a Value, root: &str) -> BTreeSet<&'a str> {
    let nodes: BTreeMap<&str, &Value> =
        array(&metadata["resolve"], "nodes").iter().map(|node| (string(node, "id"), node)).collect();
    let root = array(metadata, "packages").iter().find(|package| string(package, "name") == root);
    let mut open = vec![string(root.expect("the package is in this workspace"), "id")];
    let mut linked = BTreeSet::new();
    while let Some(id) = open.pop() {
        if !linked.insert(id) {
            continue;
        }
        let dependencies = array(nodes[id], "deps").iter();
        let normal = dependencies
            .filter(|dependency| array(dependency, "dep_kinds").iter().any(|kind| kind["kind"].is_null()));
        open.extend(normal.map(|dependency| string(dependency, "pkg")));
    }
    linked
}

/// The notices in a package's folder; for our own packages the one of the workspace.
fn texts(package: &Value) -> Vec<String> {
    let manifest = Path::new(string(package, "manifest_path"));
    let folder = manifest.parent().expect("a manifest lies in a folder");
    let mut files = notice_files(folder);
    if files.is_empty() && package["source"].is_null() {
        files = vec![Path::new("../LICENSE").to_owned()];
    }
    if files.is_empty() {
        return vec![package["license"].as_str().unwrap_or("no notice").to_owned()];
    }
    let read = |path: &PathBuf| {
        let text =
            std::fs::read(path).unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()));
        String::from_utf8_lossy(&text).trim().replace("\r\n", "\n")
    };
    files.iter().map(read).collect()
}

fn notice_files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = folder.read_dir() else { return Vec::new() };
    let is_notice = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        path.is_file() && NOTICES.iter().any(|notice| name.starts_with(notice))
    };
    let mut files: Vec<PathBuf> =
        entries.filter_map(Result::ok).map(|entry| entry.path()).filter(is_notice).collect();
    files.sort();
    files
}

fn array<'a>(value: &'a Value, field: &str) -> &'a [Value] {
    value[field].as_array().map_or(&[], Vec::as_slice)
}

fn string<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_default()
}
