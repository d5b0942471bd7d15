//! The engines: a row for each says how it is found, how it compiles and how it executes.
//!
//! In a row's words `{module}` stands for the module, `{output}` for what is compiled from it and
//! `{hosts}` for this crate's folder of that name. The program's own arguments follow `execute`.

use crate::measure::{self, Usage};
use crate::program;
use anyhow::{Context, Result};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How to use one engine.
#[derive(Debug)]
pub struct Engine {
    /// What reports call it.
    pub name: &'static str,
    /// The program that executes.
    executor: &'static str,
    /// The program that compiles, with its arguments; empty where there is no such step.
    compile: &'static [&'static str],
    /// What the executor is called with before the program's arguments.
    execute: &'static [&'static str],
}

/// All engines that are known. A row enters when somebody has run the suite with it.
pub static ENGINES: &[Engine] = &[Engine {
    name: "node",
    executor: "node",
    compile: &[],
    execute: &["--no-warnings", "{hosts}/node.mjs", "{module}"],
}];

impl Engine {
    /// Where its executor is: beside this program, or in `PATH`.
    pub fn find(&self) -> Option<PathBuf> {
        let complete = self.compile.first().is_none_or(|compiler| find(compiler).is_some());
        find(self.executor).filter(|_| complete)
    }

    /// Compiles a module to `output` and says how to execute it.
    pub fn prepare(&self, executor: &Path, module: &Path, output: &Path) -> Result<(Vec<OsString>, Usage)> {
        let hosts = program::folder().join("hosts");
        let fill = |word: &&str| -> OsString {
            let mut text = (*word).to_owned();
            for (name, path) in [("{module}", module), ("{output}", output), ("{hosts}", &hosts)] {
                text = text.replace(name, &path.to_string_lossy());
            }
            text.into()
        };
        let usage = match self.compile.split_first() {
            None => Usage { cpu_seconds: 0.0, wall_seconds: 0.0 },
            Some((compiler, arguments)) => {
                let compiler = find(compiler).with_context(|| format!("{compiler} is gone"))?;
                measure::tool(Command::new(compiler).args(arguments.iter().map(fill)))?
            }
        };
        let command = std::iter::once(executor.into()).chain(self.execute.iter().map(fill)).collect();
        Ok((command, usage))
    }
}

/// A program beside this one, or in `PATH`.
fn find(name: &str) -> Option<PathBuf> {
    let own = std::env::current_exe().ok().and_then(|path| path.parent().map(Path::to_owned));
    let path = std::env::var_os("PATH").unwrap_or_default();
    own.into_iter()
        .chain(std::env::split_paths(&path))
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}
