//! The pipeline: reads as the list of stages.

use crate::error::{Error, Result};
use crate::options::Options;
use crate::program::ModuleInput;
use crate::progress::Progress;
use std::path::Path;

/// Compiles modules under one set of options.
#[derive(Clone, Debug)]
pub struct Compiler {
    options: Options,
}

impl Compiler {
    /// A compiler with these options.
    pub fn new(options: Options) -> Self {
        Self { options }
    }

    /// Compiles one module, binary or text.
    pub fn compile(&self, name: &str, bytes: &[u8]) -> Result<Artifact> {
        self.compile_program(&[ModuleInput::new(name, bytes)], &crate::progress::Silent)
    }

    /// Compiles modules that are linked with one another into one artifact.
    pub fn compile_program(
        &self,
        _modules: &[ModuleInput<'_>],
        _progress: &dyn Progress,
    ) -> Result<Artifact> {
        let _ = &self.options;
        Err(Error::internal("the pipeline is being laid"))
    }
}

/// A finished output.
#[derive(Debug)]
pub struct Artifact {
    bytes: Vec<u8>,
    executable: bool,
}

impl Artifact {
    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Writes it whole or not at all: a temporary file beside `path`, then a rename.
    pub fn write(&self, path: &Path) -> Result<()> {
        let failed = |source| Error::Io { action: "write", path: path.to_owned(), source };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut file = tempfile::Builder::new().prefix(".wasmwright").tempfile_in(folder).map_err(failed)?;
        std::io::Write::write_all(&mut file, &self.bytes).map_err(failed)?;
        set_mode(file.as_file(), self.executable).map_err(failed)?;
        file.persist(path).map_err(|error| failed(error.error))?;
        Ok(())
    }
}

/// The mode that a compiler's output has: what the umask leaves of 0666, or 0777 to execute.
fn set_mode(file: &std::fs::File, executable: bool) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = if executable { 0o755 } else { 0o644 };
    file.set_permissions(std::fs::Permissions::from_mode(mode))
}
