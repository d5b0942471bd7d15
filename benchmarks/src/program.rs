//! The programs of the suite: sources in, names and sizes out.

use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};

/// The call in a source that states its usual size.
const SIZE_CALL: &str = "benchmark_size(argc, argv, ";

/// One program.
#[derive(Clone, Debug)]
pub struct Program {
    /// Its name: that of its source, without the ending.
    pub name: String,
    /// Its source.
    pub source: PathBuf,
    /// The size that takes about a second natively.
    pub usual_size: u32,
}

impl Program {
    /// A fraction of its usual size, at least 1.
    pub fn size(&self, divisor: u32) -> u32 {
        (self.usual_size / divisor).max(1)
    }

    fn read(source: PathBuf) -> Result<Self> {
        let text =
            std::fs::read_to_string(&source).with_context(|| format!("cannot read {}", source.display()))?;
        let name = source.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let size = text.split_once(SIZE_CALL).and_then(|(_, rest)| {
            let digits = rest.split(|c: char| !c.is_ascii_digit()).next();
            digits.and_then(|digits| digits.parse().ok())
        });
        let Some(usual_size) = size else {
            bail!("{}: no `{SIZE_CALL}NUMBER)` that states the usual size", source.display());
        };
        Ok(Self { name, source, usual_size })
    }
}

/// This crate's folder.
pub fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All programs, by name.
pub fn all() -> Result<Vec<Program>> {
    let folder = folder().join("programs");
    let entries = std::fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))?;
    let mut programs = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "c") {
            programs.push(Program::read(path)?);
        }
    }
    programs.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(programs)
}

/// The programs of these names; all of them where no name is given.
pub fn select(names: &[String]) -> Result<Vec<Program>> {
    let programs = all()?;
    if let Some(unknown) = names.iter().find(|name| !programs.iter().any(|program| program.name == **name)) {
        let known: Vec<_> = programs.iter().map(|program| program.name.as_str()).collect();
        bail!("no program is called {unknown}; there are {}", known.join(", "));
    }
    Ok(programs.into_iter().filter(|program| names.is_empty() || names.contains(&program.name)).collect())
}
