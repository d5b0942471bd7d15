//! Links by a program that takes `ld.lld`'s arguments, in a temporary folder.

use super::plan::{Paths, arguments, version_script};
use super::{LinkKind, LinkRequest};
use crate::error::{Error, Result};
use std::path::Path;
use std::process::Command;

const RUNTIME: &str = "runtime.a";
const VERSION_SCRIPT: &str = "exports.map";
const OUTPUT: &str = "output";

/// Runs `program` on the request. It works inside the folder, so no path of it ends in the output.
pub(super) fn link(request: &LinkRequest<'_>, program: &Path) -> Result<Vec<u8>> {
    let folder = tempfile::Builder::new().prefix("wasmwright-link").tempdir();
    let folder = folder.map_err(|error| io("create a folder in", &std::env::temp_dir(), error))?;
    let names = write_inputs(request, folder.path())?;
    let (objects, archives) = names.split_at(request.objects.len());
    let paths = Paths { objects, archives, runtime: RUNTIME, version_script: VERSION_SCRIPT, output: OUTPUT };
    let run = Command::new(program).args(arguments(request, &paths)).current_dir(folder.path()).output();
    let run = run.map_err(|error| io("run the linker", program, error))?;
    if !run.status.success() {
        let text = String::from_utf8_lossy(&run.stderr);
        return Err(Error::Link(format!("{} failed ({}): {}", program.display(), run.status, text.trim())));
    }
    read(&folder.path().join(OUTPUT))
}

/// Writes the inputs and returns the names of the objects and archives: numbered, so that any name will do.
fn write_inputs(request: &LinkRequest<'_>, folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for (index, object) in request.objects.iter().chain(request.archives).enumerate() {
        let safe = object.name.replace(|c: char| !c.is_ascii_alphanumeric(), "_");
        let name = format!("{index}-{safe}.o");
        write(&folder.join(&name), object.bytes.as_ref().as_ref())?;
        names.push(name);
    }
    if let Some(runtime) = &request.runtime {
        write(&folder.join(RUNTIME), runtime.as_ref().as_ref())?;
    }
    if let LinkKind::SharedLibrary { exports, .. } = &request.kind {
        write(&folder.join(VERSION_SCRIPT), version_script(exports).as_bytes())?;
    }
    Ok(names)
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    std::fs::write(path, bytes).map_err(|error| io("write", path, error))
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| io("read", path, error))
}

fn io(action: &'static str, path: &Path, source: std::io::Error) -> Error {
    Error::Io { action, path: path.to_owned(), source }
}
