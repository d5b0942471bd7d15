//! The house rules that a program can check: stages import only earlier ones, each layer keeps to
//! itself what is its own, every file says what it is, every instruction has its translation.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The stages of the compiler in the order in which data passes through them. A stage may name the
/// ones before it, and what `SHARED` lists.
const STAGES: &[&str] = &["frontend", "plan", "debuginfo", "ir", "translate", "backend", "metadata", "link"];

/// Stages that a later one has no business with, though it comes after them.
const FORBIDDEN: &[(&str, &str)] = &[
    ("ir", "plan"),
    ("backend", "translate"),
    ("backend", "plan"),
    ("metadata", "debuginfo"),
    ("metadata", "ir"),
    ("metadata", "translate"),
    ("metadata", "backend"),
    ("link", "frontend"),
    ("link", "plan"),
    ("link", "ir"),
    ("link", "translate"),
    ("link", "backend"),
    ("link", "metadata"),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests lie in the workspace").to_owned()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder of the workspace") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn source_files() -> Vec<PathBuf> {
    let folders = ["compiler", "runtime-support", "cli", "tests", "benchmarks"];
    folders.iter().flat_map(|folder| rust_files(&root().join(folder))).collect()
}

/// The code of a file without its comments.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).expect("source is UTF-8");
    text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// Files that name something they must not, as `file: what`.
fn offenders(
    files: impl IntoIterator<Item = PathBuf>,
    forbidden: impl Fn(&Path) -> Vec<String>,
) -> Vec<String> {
    let mut found = Vec::new();
    for path in files {
        let code = code(&path);
        for name in forbidden(&path) {
            if code.contains(&name) {
                found.push(format!("{}: {name}", path.strip_prefix(root()).unwrap_or(&path).display()));
            }
        }
    }
    found
}

#[test]
fn stages_import_only_earlier_ones() {
    let compiler = root().join("compiler/src");
    for (position, stage) in STAGES.iter().enumerate() {
        let later = STAGES[position + 1..].iter().copied();
        let barred = FORBIDDEN.iter().filter(|(who, _)| who == stage).map(|&(_, whom)| whom);
        let names: Vec<String> = later.chain(barred).map(|name| format!("crate::{name}")).collect();
        let found = offenders(rust_files(&compiler.join(stage)), |_| names.clone());
        assert!(found.is_empty(), "`{stage}` reaches where it must not:\n{}", found.join("\n"));
    }
}

#[test]
fn options_end_at_the_plan() {
    let compiler = root().join("compiler/src");
    for stage in ["frontend", "ir", "translate", "metadata"] {
        let found = offenders(rust_files(&compiler.join(stage)), |_| vec!["options::Options".into()]);
        assert!(found.is_empty(), "a decision belongs into the plan:\n{}", found.join("\n"));
    }
}

#[test]
fn the_builder_of_inkwell_appears_only_under_ir() {
    let compiler = root().join("compiler/src");
    let files = rust_files(&compiler).into_iter().filter(|path| !path.starts_with(compiler.join("ir")));
    let found = offenders(files, |_| vec!["inkwell::builder".into(), "llvm_sys".into()]);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_system_and_the_processor_have_one_place_each_in_the_runtime() {
    let runtime = root().join("runtime-support/src");
    let files = rust_files(&runtime).into_iter().filter(|path| !path.starts_with(runtime.join("arch")));
    let found = offenders(files, |_| ["asm!(", "naked_asm!("].map(String::from).to_vec());
    assert!(found.is_empty(), "assembly belongs under arch/:\n{}", found.join("\n"));
}

#[test]
fn every_file_begins_by_saying_what_it_is() {
    let silent: Vec<String> = source_files()
        .into_iter()
        .filter(|path| !fs::read_to_string(path).expect("source is UTF-8").starts_with("//!"))
        .map(|path| path.strip_prefix(root()).unwrap_or(&path).display().to_string())
        .collect();
    assert!(silent.is_empty(), "no `//!` at the head of:\n{}", silent.join("\n"));
}

#[test]
fn nothing_is_left_to_do() {
    let marks = ["todo!", "unimplemented!", "FIXME", "dbg!"];
    let files =
        source_files().into_iter().filter(|path| !path.ends_with(file!().rsplit('/').next().unwrap()));
    let found = offenders(files, |_| marks.map(|mark| format!("{mark}(")).to_vec());
    assert!(found.is_empty(), "{}", found.join("\n"));
}

macro_rules! list_operators {
    ($(@$proposal:ident $op:ident $({ $($argument:ident: $ty:ty),* })? => $visit:ident ($($arity:tt)*))*) => {
        /// Every instruction that wasmparser knows, with its proposal.
        const OPERATORS: &[(&str, &str)] = &[$((stringify!($proposal), stringify!($op)),)*];
    };
}
wasmparser::for_each_operator!(list_operators);

#[test]
fn every_instruction_of_a_compiled_proposal_has_a_translation() {
    let translate = root().join("compiler/src/translate");
    let text: String = rust_files(&translate).iter().map(|path| code(path)).collect();
    let translated: BTreeSet<&str> = text
        .split("Op::")
        .skip(1)
        .map(|rest| rest.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default())
        .collect();
    // Validation refuses a `select` of several values, whatever proposals are on.
    let refused = ["TypedSelectMulti"];
    let compiled = OPERATORS
        .iter()
        .filter(|(proposal, _)| wasmwright_compiler::frontend::features::is_compiled(proposal));
    let missing: Vec<&str> =
        compiled.map(|&(_, op)| op).filter(|op| !translated.contains(op) && !refused.contains(op)).collect();
    assert!(missing.is_empty(), "claimed but not translated: {missing:?}");
    assert!(OPERATORS.len() > 600, "wasmparser's table has shrunk to {}", OPERATORS.len());
}
