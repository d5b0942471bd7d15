//! `cache`: shows or empties the cache of `run`.

use super::print;
use super::run::default_cache_folder;
use crate::args::{CacheAction, CacheArguments};
use crate::failure::Failure;
use wasmwright_compiler::cache::Cache;

/// Does it.
pub fn execute(arguments: &CacheArguments) -> Result<(), Failure> {
    let folder = arguments.cache_dir.clone().or_else(default_cache_folder);
    let folder = folder.ok_or_else(|| Failure::new("no place for a cache: set HOME, or give --cache-dir"))?;
    let cache = Cache::new(&folder, 0);
    let (verb, done) = match arguments.action {
        CacheAction::Stats => ("holds", cache.statistics()),
        CacheAction::Clear => ("held", cache.clear()),
    };
    let statistics = done.map_err(|error| Failure::new(error.to_string()))?;
    let mebibytes = statistics.bytes as f64 / f64::from(1 << 20);
    print(&format!("{} {verb} {} programs, {mebibytes:.1} MiB\n", folder.display(), statistics.entries))
}
