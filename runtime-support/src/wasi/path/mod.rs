//! Functions on paths, one file per group.
//!
//! Each checks rights and read-only grants first, takes the path into a
//! `PathBuffer`, and leaves its resolution to `sandbox`.

pub mod attributes;
pub mod create;
pub mod link;
pub mod open;
pub mod remove;
pub mod rename;

use super::errno::Errno;
use super::fd::filestat::filetype_of;
use super::sandbox::{PathBuffer, Place};
use super::types::{SYMLINK_FOLLOW, filetype};

/// Whether a symbolic link in the last component is to be followed.
fn follows(lookup_flags: u32) -> Result<bool, Errno> {
    match lookup_flags {
        0 => Ok(false),
        SYMLINK_FOLLOW => Ok(true),
        _ => Err(Errno::INVAL),
    }
}

/// Why something that is no directory cannot be made at a path that ends in a slash.
fn refusal_of_slash(place: &Place<'_>, path: &PathBuffer) -> Errno {
    match place.stat(path) {
        Ok(stat) if filetype_of(stat.st_mode) == filetype::DIRECTORY => Errno::EXIST,
        Ok(_) => Errno::NOTDIR,
        Err(error) => error,
    }
}
