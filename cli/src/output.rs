//! Where an output goes. It appears whole or not at all, and what cannot be written is found out
//! before anything is compiled.

use crate::failure::Failure;
use std::fs::Permissions;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use wasmwright_compiler::Artifact;

/// A place for one artifact.
#[derive(Debug, PartialEq, Eq)]
pub enum Output {
    /// Standard output.
    Standard,
    /// A file that is replaced at once.
    File(PathBuf),
    /// A device or a pipe, which must not be replaced.
    Stream(PathBuf),
}

impl Output {
    /// Checks that an artifact could be written at `path`.
    pub fn prepare(path: &Path) -> Result<Self, Failure> {
        if path == Path::new("-") {
            return Ok(Self::Standard);
        }
        let refused =
            |why: &dyn std::fmt::Display| Failure::new(format!("cannot write {}: {why}", path.display()));
        // A link is written through, not replaced.
        let path = if path.is_symlink() {
            path.canonicalize().map_err(|error| refused(&error))?
        } else {
            path.into()
        };
        if let Ok(existing) = path.metadata() {
            if existing.is_dir() {
                return Err(refused(&"it is a directory; name a file with -o"));
            }
            if !existing.is_file() {
                return Ok(Self::Stream(path));
            }
            if existing.permissions().readonly() {
                return Err(refused(&"it is read-only"));
            }
        }
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let metadata =
            folder.metadata().map_err(|error| refused(&format!("{}: {error}", folder.display())))?;
        if metadata.permissions().readonly() {
            return Err(refused(&format!("{} is read-only", folder.display())));
        }
        tempfile::tempfile_in(folder).map_err(|error| refused(&error))?;
        Ok(Self::File(path))
    }

    /// The path, where there is one.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Standard => None,
            Self::File(path) | Self::Stream(path) => Some(path),
        }
    }

    /// Writes the artifact.
    pub fn write(&self, artifact: &Artifact) -> Result<(), Failure> {
        match self {
            Self::Standard => std::io::stdout().lock().write_all(artifact.bytes()).map_err(Failure::output),
            Self::File(path) => artifact.write(path).map_err(|error| Failure::new(error.to_string())),
            Self::Stream(path) => std::fs::OpenOptions::new()
                .write(true)
                .open(path)
                .and_then(|mut stream| stream.write_all(artifact.bytes()))
                .map_err(|error| Failure::new(format!("cannot write {}: {error}", path.display()))),
        }
    }
}

/// Writes a file whole or not at all, and nothing at all if it has that content already. Links and
/// devices are written through, not replaced.
pub fn write_whole(path: &Path, content: &[u8]) -> Result<(), Failure> {
    if std::fs::read(path).is_ok_and(|existing| existing == content) {
        return Ok(());
    }
    let failed = |error: std::io::Error| Failure::new(format!("cannot write {}: {error}", path.display()));
    if path.is_symlink() || (path.exists() && !path.is_file()) {
        return std::fs::write(path, content).map_err(failed);
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // The mode of an output: what the umask leaves of it.
    let mode = Permissions::from_mode(0o666);
    let mut file = tempfile::Builder::new().permissions(mode).tempfile_in(folder).map_err(failed)?;
    file.write_all(content).map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Output;
    use std::path::Path;

    #[test]
    fn what_cannot_be_written_is_refused_beforehand() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Output::prepare(folder.path()).is_err());
        assert!(Output::prepare(&folder.path().join("missing/out")).is_err());
        let read_only = folder.path().join("read-only");
        std::fs::write(&read_only, "kept").unwrap();
        let mut permissions = read_only.metadata().unwrap().permissions();
        permissions.set_readonly(true);
        std::fs::set_permissions(&read_only, permissions).unwrap();
        assert!(Output::prepare(&read_only).is_err());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn files_are_replaced_and_links_and_devices_written() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        std::os::unix::fs::symlink(&file, &link).unwrap();
        for (path, content) in [(&link, "one"), (&file, "two"), (&link, "three")] {
            super::write_whole(path, content.as_bytes()).unwrap();
            assert_eq!(std::fs::read_to_string(&file).unwrap(), content);
        }
        assert!(link.is_symlink());
        super::write_whole(Path::new("/dev/null"), b"gone").unwrap();
        assert!(super::write_whole(&folder.path().join("missing/file"), b"").is_err());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn devices_are_written_and_links_followed() {
        assert_eq!(Output::prepare(Path::new("/dev/null")).unwrap(), Output::Stream("/dev/null".into()));
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().canonicalize().unwrap().join("file"), folder.path().join("link"));
        std::fs::write(&file, "").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        assert_eq!(Output::prepare(&link).unwrap(), Output::File(file));
    }
}
