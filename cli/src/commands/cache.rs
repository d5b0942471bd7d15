//! `cache`: shows or empties the cache of `run` and `compile`. Where the cache is, for those two.

use super::print;
use crate::args::{CacheAction, CacheArguments, CacheOptions};
use crate::failure::Failure;
use std::path::PathBuf;
use wasmwright_compiler::cache::{Cache, Statistics};

/// Does it.
pub fn execute(arguments: &CacheArguments) -> Result<(), Failure> {
    let folder = arguments.cache_dir.clone().or_else(default_folder);
    let folder = folder.ok_or_else(|| Failure::new("no place for a cache: set HOME, or give --cache-dir"))?;
    let programs = Cache::new(&folder, 0);
    let units = programs.units();
    let (verb, done) = match arguments.action {
        CacheAction::Stats => ("holds", programs.statistics().and_then(|all| Ok((all, units.statistics()?)))),
        CacheAction::Clear => ("held", programs.clear().and_then(|all| Ok((all, units.clear()?)))),
    };
    let (programs, units) = done.map_err(|error| Failure::new(error.to_string()))?;
    let mebibytes = |part: Statistics| part.bytes as f64 / f64::from(1 << 20);
    print(&format!(
        "{} {verb} {} programs, {:.1} MiB, and {} units of programs, {:.1} MiB\n",
        folder.display(),
        programs.entries,
        mebibytes(programs),
        units.entries,
        mebibytes(units)
    ))
}

/// The cache, unless there is to be none or no place for it.
pub fn open(options: &CacheOptions) -> Option<Cache> {
    if options.no_cache {
        return None;
    }
    let folder = options.cache_dir.clone().or_else(default_folder)?;
    Some(Cache::new(folder, options.cache_size.bytes))
}

/// `wasmwright` under `$XDG_CACHE_HOME`, or under `.cache` at home.
fn default_folder() -> Option<PathBuf> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let caches = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")))?;
    Some(caches.join("wasmwright"))
}
