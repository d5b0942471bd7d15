//! A script through the C interface of shared libraries: each module becomes a library with a header
//! (`library`, `header`), a host in C is written against the headers (`source`), compiled and
//! executed, and answers every operation as the script interpreter of the runtime would.
//!
//! What the interface cannot say is left out by rules that look at modules alone (`exclusions`).

pub mod exclusions;
mod header;
mod library;
mod reach;
mod source;

use super::config::Configuration;
use super::execute::{Execution, execute_piped};
use super::plan::{Plan, SPECTEST_NAME};
use super::share::{Share, operations};
use crate::libraries::hosts;
use library::Library;
use source::Instance;
use std::io;
use std::path::Path;
use std::process::Command;

/// Executes the operations of a share.
pub fn execute(plan: &Plan, configuration: &Configuration, share: &Share) -> Result<Execution, String> {
    let folder = tempfile::Builder::new().prefix("wasmwright-c-host-").tempdir().map_err(message)?;
    let (libraries, instances) = compile(plan, configuration, share, folder.path())?;
    let uses = source::uses(&share.operations, &instances);
    let text = source::write(&libraries, &instances, &uses)?;
    std::fs::write(folder.path().join("script.c"), text).map_err(message)?;
    let mut clang = Command::new("clang-22");
    clang.args(configuration.machine.clang_arguments());
    clang.args(["-std=c11", "-O0", "-Wall", "-Wextra", "-Werror", "-pthread", "-I"]).arg(folder.path());
    clang.arg("-I").arg(hosts()).arg(folder.path().join("script.c")).arg(hosts().join("directives.c"));
    clang.args(libraries.iter().map(|library| folder.path().join(format!("lib{}.so", library.name))));
    let host = folder.path().join("host");
    clang.args(["-Wl,-rpath,$ORIGIN", "-o"]).arg(&host);
    let compiled = clang.output().map_err(message)?;
    if !compiled.status.success() {
        return Err(String::from_utf8_lossy(&compiled.stderr).into_owned());
    }
    let command = configuration.machine.command_with_libc(host);
    execute_piped(command, configuration.machine, &share.operations, &folder).map_err(message)
}

fn message(error: io::Error) -> String {
    error.to_string()
}

/// A library for each distinct module that has an instance in the share, and the instances.
fn compile(
    plan: &Plan,
    configuration: &Configuration,
    share: &Share,
    folder: &Path,
) -> Result<(Vec<Library>, Vec<Instance>), String> {
    let (mut sources, mut libraries): (Vec<&[u8]>, Vec<Library>) = Default::default();
    let mut instances = Vec::new();
    let mut used = vec![false; plan.modules.len()];
    let modules: Vec<usize> = operations(plan).map(|(module, _)| module).collect();
    share.positions.iter().for_each(|&position| used[modules[position]] = true);
    for (position, module) in plan.modules.iter().enumerate() {
        if !used[position] {
            instances.push(Instance::None);
            continue;
        }
        if module.name == SPECTEST_NAME {
            instances.push(Instance::Spectest);
            continue;
        }
        let known = sources.iter().position(|source| *source == &*module.bytes);
        let library = known.unwrap_or(sources.len());
        if known.is_none() {
            sources.push(&module.bytes);
            let compiled =
                Library::compile(format!("m{library}"), &module.bytes, configuration.options(), folder);
            libraries.push(compiled.map_err(|error| format!("the module of {}: {error}", module.name))?);
        }
        instances.push(Instance::Library { library, links: module.links.clone() });
    }
    Ok((libraries, instances))
}
