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

/// All engines that are known. METHOD.md says which of the rows we have executed.
pub static ENGINES: &[Engine] = &[
    // As a crate, in a host of ours that `--build-wasmtime` builds: see `hosts/wasmtime`.
    Engine {
        name: "wasmtime",
        executor: "wasmtime-host",
        compile: &["wasmtime-host", "compile", "{module}", "{output}"],
        execute: &["run", "{output}"],
    },
    Engine {
        name: "wasmtime-cli",
        executor: "wasmtime",
        compile: &["wasmtime", "compile", "-o", "{output}", "{module}"],
        execute: &["run", "-W", "max-wasm-stack=6291456", "--allow-precompiled", "{output}"],
    },
    Engine {
        name: "wasmer",
        executor: "wasmer",
        compile: &["wasmer", "compile", "--llvm", "-o", "{output}", "{module}"],
        execute: &["run", "{output}", "--"],
    },
    Engine {
        name: "wamr",
        executor: "iwasm",
        compile: &["wamrc", "-o", "{output}", "{module}"],
        execute: &["--stack-size=1048576", "{output}"],
    },
    // Without that mode it interprets what it has compiled.
    Engine {
        name: "wasmedge",
        executor: "wasmedge",
        compile: &["wasmedge", "compile", "{module}", "{output}"],
        execute: &["--run-mode=aot", "{output}"],
    },
    Engine {
        name: "node",
        executor: "node",
        compile: &[],
        execute: &["--no-warnings", "{hosts}/node.mjs", "{module}"],
    },
];

/// Builds the host of Wasmtime, which needs that crate from the registry and some minutes.
pub fn build_wasmtime() -> Result<()> {
    let manifest = program::folder().join("hosts/wasmtime/Cargo.toml");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--release", "--locked", "--manifest-path"]).arg(manifest);
    command.arg("--target-dir").arg(hosts_folder().context("this program is in no folder")?);
    let status = command.status().with_context(|| format!("cannot execute {command:?}"))?;
    anyhow::ensure!(status.success(), "the host of Wasmtime does not build");
    Ok(())
}

/// Where hosts are built: beside the folder of this program.
fn hosts_folder() -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    Some(program.parent()?.parent()?.join("hosts"))
}

impl Engine {
    /// Where its executor is: among the hosts that were built here, or in `PATH`.
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

/// A program among the hosts that were built here, or in `PATH`.
pub fn find(name: &str) -> Option<PathBuf> {
    let own = hosts_folder().map(|folder| folder.join("release"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    own.into_iter()
        .chain(std::env::split_paths(&path))
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}
