//! Whole artifacts, and compiled units, on disk under a hash of all that they depend on.
//!
//! An entry is one file, so that it appears by one rename: the content, which for an artifact can be executed as
//! it lies there (what follows an ELF file is never loaded), then its SHA-256, then a mark. An
//! entry whose sum does not fit is deleted as if it had never been there. The time of its last
//! modification is that of its last use; the entries that were not used for longest go first.
//! Several processes may use one folder at a time without locks: files appear whole and vanish
//! whole.

use crate::error::{Error, Result};
use crate::options::Options;
use crate::program::ModuleInput;
use sha2::{Digest, Sha256};
use std::fs::{self, DirBuilder, File, Permissions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Ends every entry; changes with the form of entries.
const MARK: &[u8; 8] = b"wwcache1";
const SUM_BYTES: usize = 32;
const TRAILER_BYTES: usize = SUM_BYTES + MARK.len();
/// Begins the names of files that are being written.
const UNFINISHED: &str = ".unfinished-";
/// Nobody writes one file for so long: what is older was left by a process that died.
const ABANDONED: Duration = Duration::from_secs(3600);

/// Names an entry: a hash of the modules, the options and the tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key(String);

impl Key {
    /// The key of what `tool` (its version, and whatever tells two builds of it apart) makes of
    /// these modules under these options.
    pub fn new(tool: &str, options: &Options, modules: &[ModuleInput<'_>]) -> Self {
        let mut hash = Sha256::new();
        // Each part is preceded by its length, so that no two lists of parts run into one.
        let mut part = |bytes: &[u8]| {
            hash.update((bytes.len() as u64).to_le_bytes());
            hash.update(bytes);
        };
        part(tool.as_bytes());
        // How many threads compile makes no difference to what they make.
        part(format!("{:?}", Options { jobs: None, ..options.clone() }).as_bytes());
        for module in modules {
            part(module.name.as_bytes());
            part(format!("{:?} {:?}", module.links, module.exports).as_bytes());
            part(&module.bytes);
            // Whether there is a file is a part, too.
            if let Some(file) = &module.debug_file {
                part(b"debug file");
                part(file);
            }
        }
        Self::of(hash)
    }

    /// The key of what `tool` makes of a unit's job.
    pub fn of_unit(tool: &str, job: &[u8]) -> Self {
        let mut hash = Sha256::new();
        hash.update((tool.len() as u64).to_le_bytes());
        hash.update(tool);
        hash.update(job);
        Self::of(hash)
    }

    fn of(hash: Sha256) -> Self {
        Self(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

/// A folder of artifacts.
#[derive(Clone, Debug)]
pub struct Cache {
    folder: PathBuf,
    limit_bytes: u64,
}

/// What a cache holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Number of entries.
    pub entries: u64,
    /// Their size.
    pub bytes: u64,
}

/// A file of the folder.
struct Entry {
    path: PathBuf,
    bytes: u64,
    used: SystemTime,
}

impl Cache {
    /// The cache in `folder`, which is made when the first entry is written.
    pub fn new(folder: impl Into<PathBuf>, limit_bytes: u64) -> Self {
        Self { folder: folder.into(), limit_bytes }
    }

    /// The cache of compiled units that belongs to this one of artifacts.
    pub fn units(&self) -> Self {
        Self::new(self.folder.join("units"), self.limit_bytes)
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The artifact of that key, as a file that can be executed. Damaged entries are deleted.
    pub fn lookup(&self, key: &Key) -> Result<Option<PathBuf>> {
        Ok(self.read(key)?.map(|_| self.path(key)))
    }

    /// The content of that key. Damaged entries are deleted.
    pub fn read(&self, key: &Key) -> Result<Option<Vec<u8>>> {
        let path = self.path(key);
        let mut content = match fs::read(&path) {
            Ok(content) => content,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed("read", &path)(error)),
        };
        if !is_intact(&content) {
            remove(&path)?;
            return Ok(None);
        }
        // Where the folder cannot be written the entry is still good.
        let _ = File::open(&path).and_then(|file| file.set_modified(SystemTime::now()));
        content.truncate(content.len() - TRAILER_BYTES);
        Ok(Some(content))
    }

    /// Adds an artifact, or replaces it, then deletes old entries beyond the limit.
    pub fn insert(&self, key: &Key, artifact: &[u8]) -> Result<PathBuf> {
        let path = self.store(key, artifact)?;
        self.evict(Some(&path))?;
        Ok(path)
    }

    /// Adds an entry, or replaces it, whatever the limit.
    pub fn store(&self, key: &Key, content: &[u8]) -> Result<PathBuf> {
        let folder = &self.folder;
        // Nobody else may put programs there that we would execute.
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed("create", folder))?;
        let path = self.path(key);
        let mut file = tempfile::Builder::new()
            .prefix(UNFINISHED)
            .tempfile_in(folder)
            .map_err(failed("write in", folder))?;
        file.write_all(content)
            .and_then(|()| file.write_all(&Sha256::digest(content)))
            .and_then(|()| file.write_all(MARK))
            .and_then(|()| file.as_file().set_permissions(Permissions::from_mode(0o700)))
            .map_err(failed("write", &path))?;
        file.persist(&path).map_err(|error| failed("write", &path)(error.error))?;
        Ok(path)
    }

    /// Deletes what was not used for longest until the rest fits.
    pub fn trim(&self) -> Result<()> {
        self.evict(None)
    }

    /// How much it holds.
    pub fn statistics(&self) -> Result<Statistics> {
        let entries = self.entries()?;
        let bytes = entries.iter().map(|entry| entry.bytes).sum();
        Ok(Statistics { entries: entries.len() as u64, bytes })
    }

    /// Deletes every entry, and says what there was.
    pub fn clear(&self) -> Result<Statistics> {
        let before = self.statistics()?;
        for entry in self.entries()? {
            remove(&entry.path)?;
        }
        Ok(before)
    }

    /// Deletes what was not used for longest until the rest fits, but never `kept`.
    fn evict(&self, kept: Option<&Path>) -> Result<()> {
        let mut entries = self.entries()?;
        let mut bytes: u64 = entries.iter().map(|entry| entry.bytes).sum();
        entries.sort_by_key(|entry| entry.used);
        for entry in entries.iter().filter(|entry| Some(&*entry.path) != kept) {
            if bytes <= self.limit_bytes {
                break;
            }
            remove(&entry.path)?;
            bytes -= entry.bytes;
        }
        Ok(())
    }

    /// The entries; deletes abandoned files on its way.
    fn entries(&self) -> Result<Vec<Entry>> {
        let folder = match fs::read_dir(&self.folder) {
            Ok(folder) => folder,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed("read", &self.folder)(error)),
        };
        let mut entries = Vec::new();
        for file in folder {
            let file = file.map_err(failed("read", &self.folder))?;
            // Another process may have deleted it in the meantime.
            let Ok(metadata) = file.metadata() else { continue };
            let Ok(used) = metadata.modified() else { continue };
            let name = file.file_name();
            if is_entry(&name.to_string_lossy()) {
                entries.push(Entry { path: file.path(), bytes: metadata.len(), used });
            } else if name.to_string_lossy().starts_with(UNFINISHED)
                && used.elapsed().is_ok_and(|age| age > ABANDONED)
            {
                remove(&file.path())?;
            }
        }
        Ok(entries)
    }

    fn path(&self, key: &Key) -> PathBuf {
        self.folder.join(&key.0)
    }
}

/// Whether a file of that name is an entry. Whatever else lies in the folder is not ours.
fn is_entry(name: &str) -> bool {
    name.len() == 2 * SUM_BYTES && name.bytes().all(|letter| letter.is_ascii_hexdigit())
}

/// Whether the content is that of an entry, and unchanged since it was written.
fn is_intact(content: &[u8]) -> bool {
    let Some(artifact_bytes) = content.len().checked_sub(TRAILER_BYTES) else { return false };
    let (artifact, trailer) = content.split_at(artifact_bytes);
    let (sum, mark) = trailer.split_at(SUM_BYTES);
    mark == MARK && Sha256::digest(artifact).as_slice() == sum
}

/// Deletes a file that another process may delete at the same time.
fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(failed("delete", path)(error)),
        _ => Ok(()),
    }
}

fn failed(action: &'static str, path: &Path) -> impl Fn(std::io::Error) -> Error {
    move |source| Error::Io { action, path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(bytes: &'static [u8]) -> Key {
        Key::new("tool", &Options::default(), &[ModuleInput::new("m", bytes)])
    }

    fn cache(limit_bytes: u64) -> (tempfile::TempDir, Cache) {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path().join("deep/er"), limit_bytes);
        (folder, cache)
    }

    /// Makes an entry look as if it was used that long ago.
    fn age(path: &Path, seconds: u64) {
        File::open(path).unwrap().set_modified(SystemTime::now() - Duration::from_secs(seconds)).unwrap();
    }

    #[test]
    fn keys_tell_modules_options_and_tools_apart() {
        let module = [ModuleInput::new("m", &b"x"[..])];
        let options = Options::default();
        let other = Options { strip: !options.strip, ..options.clone() };
        let parallel = Options { jobs: std::num::NonZeroUsize::new(3), ..options.clone() };
        let reference = Key::new("tool", &options, &module);
        assert_eq!(reference, key(b"x"));
        assert_ne!(reference, key(b"y"));
        assert_ne!(reference, Key::new("tool", &other, &module));
        assert_eq!(reference, Key::new("tool", &parallel, &module));
        assert_ne!(reference, Key::new("other", &options, &module));
        assert_ne!(reference, Key::new("tool", &options, &[ModuleInput::new("n", &b"x"[..])]));
        assert_ne!(reference, Key::new("tool", &options, &[]));
    }

    #[test]
    fn an_entry_is_found_again_and_can_be_executed() {
        let (_folder, cache) = cache(1 << 20);
        assert_eq!(cache.lookup(&key(b"a")).unwrap(), None);
        let path = cache.insert(&key(b"a"), b"artifact").unwrap();
        assert_eq!(cache.lookup(&key(b"a")).unwrap(), Some(path.clone()));
        assert!(fs::read(&path).unwrap().starts_with(b"artifact"));
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o700);
        assert_eq!(cache.lookup(&key(b"b")).unwrap(), None);
    }

    #[test]
    fn every_damage_is_noticed_and_repaired() {
        let (_folder, cache) = cache(1 << 20);
        let path = cache.insert(&key(b"a"), b"artifact").unwrap();
        let intact = fs::read(&path).unwrap();
        let flips = (0..intact.len()).map(|position| {
            let mut damaged = intact.clone();
            damaged[position] ^= 1;
            damaged
        });
        let cuts = (0..intact.len()).map(|length| intact[..length].to_vec());
        for damaged in flips.chain(cuts) {
            fs::write(&path, damaged).unwrap();
            assert_eq!(cache.lookup(&key(b"a")).unwrap(), None);
            assert!(!path.exists());
            cache.insert(&key(b"a"), b"artifact").unwrap();
            assert!(cache.lookup(&key(b"a")).unwrap().is_some());
        }
    }

    #[test]
    fn what_was_not_used_for_longest_goes_first() {
        let entry_bytes = 100 + TRAILER_BYTES as u64;
        let (_folder, cache) = cache(2 * entry_bytes);
        age(&cache.insert(&key(b"a"), &[0; 100]).unwrap(), 30);
        age(&cache.insert(&key(b"b"), &[0; 100]).unwrap(), 20);
        assert!(cache.lookup(&key(b"a")).unwrap().is_some(), "which is a use");
        cache.insert(&key(b"c"), &[0; 100]).unwrap();
        assert!(cache.lookup(&key(b"a")).unwrap().is_some());
        assert!(cache.lookup(&key(b"b")).unwrap().is_none());
        assert_eq!(cache.statistics().unwrap(), Statistics { entries: 2, bytes: 2 * entry_bytes });
    }

    #[test]
    fn an_entry_beyond_the_limit_is_kept_for_its_own_use() {
        let (_folder, cache) = cache(0);
        cache.insert(&key(b"a"), b"artifact").unwrap();
        assert!(cache.lookup(&key(b"a")).unwrap().is_some());
    }

    #[test]
    fn clearing_leaves_what_is_not_ours() {
        let (_folder, cache) = cache(1 << 20);
        assert_eq!(cache.clear().unwrap(), Statistics::default());
        cache.insert(&key(b"a"), b"artifact").unwrap();
        let (other, abandoned, young) = (
            cache.folder().join("notes.txt"),
            cache.folder().join(".unfinished-1"),
            cache.folder().join(".unfinished-2"),
        );
        for file in [&other, &abandoned, &young] {
            fs::write(file, "").unwrap();
        }
        age(&abandoned, 2 * ABANDONED.as_secs());
        assert_eq!(cache.clear().unwrap().entries, 1);
        assert_eq!(cache.statistics().unwrap(), Statistics::default());
        assert!(other.exists() && young.exists() && !abandoned.exists());
    }
}
