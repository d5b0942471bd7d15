//! A file system in memory: wild reads its inputs from it and leaves its one output in it.

use super::Bytes;
use libwild::error::Result;
use libwild::{FileSystem, FileType, InputFileData, OutputFileData, OutputOptions};
use std::collections::HashMap;
use std::fs::File;
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The inputs by name, and room for the output.
pub(super) struct MemoryFiles {
    inputs: HashMap<PathBuf, Bytes>,
    output: OutputSlot,
}

type OutputSlot = Arc<Mutex<Option<Vec<u8>>>>;

impl MemoryFiles {
    /// A file system with these files.
    pub fn new(inputs: impl IntoIterator<Item = (String, Bytes)>) -> Self {
        let inputs = inputs.into_iter().map(|(name, bytes)| (name.into(), bytes)).collect();
        Self { inputs, output: OutputSlot::default() }
    }

    /// The output, once it is finished.
    pub fn take_output(&self) -> Option<Vec<u8>> {
        self.output.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn input(&self, path: &Path) -> Result<&Bytes> {
        self.inputs.get(path).ok_or_else(|| not_found().into())
    }
}

fn not_found() -> Error {
    Error::new(ErrorKind::NotFound, "no such input")
}

fn read_only() -> libwild::error::Error {
    Error::new(ErrorKind::PermissionDenied, "inputs in memory do not change").into()
}

impl FileSystem for MemoryFiles {
    type Input = Input;
    type Output = Output;

    fn open_input(&self, path: &Path, _prepopulate_maps: bool) -> Result<(Input, Option<Arc<File>>)> {
        Ok((Input(self.input(path)?.clone()), None))
    }

    fn file_type(&self, path: &Path) -> Result<FileType> {
        self.input(path).map(|_| FileType::File)
    }

    fn canonicalize(&self, path: &Path) -> Result<PathBuf> {
        Ok(path.to_owned())
    }

    fn remove_file(&self, _path: &Path) -> Result {
        Err(read_only())
    }

    fn rename_file(&self, _path: &Path, _new_path: &Path) -> Result {
        Err(read_only())
    }

    fn create_output(&self, _path: Arc<Path>, options: OutputOptions) -> Result<Output> {
        let size = usize::try_from(options.size)?;
        Ok(Output { slot: self.output.clone(), bytes: vec![0; size] })
    }

    fn write_auxiliary(&self, _path: &Path, _bytes: &[u8]) -> Result {
        Err(read_only())
    }
}

/// An input that is open.
pub(super) struct Input(Bytes);

impl std::fmt::Debug for Input {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes", self.bytes().len())
    }
}

impl InputFileData for Input {
    fn bytes(&self) -> &[u8] {
        self.0.as_ref().as_ref()
    }
}

/// The output while it is being written.
pub(super) struct Output {
    slot: OutputSlot,
    bytes: Vec<u8>,
}

impl OutputFileData for Output {
    fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }

    fn finish(self) -> Result {
        *self.slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(self.bytes);
        Ok(())
    }
}
