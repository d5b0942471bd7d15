//! Path resolution: how a path of the guest becomes a file of the host.
//!
//! **This file and `sandbox/walk.rs` are the sandbox.** A mistake here lets a program read or
//! change any file of the user who runs it, so every change must keep all of these:
//!
//! 1. A path reaches the kernel either whole through `openat2` with `RESOLVE_BENEATH`, or in the
//!    walk as one component at a time with `O_NOFOLLOW`, or as the *single last component* of a
//!    [`Place`]. No other system call ever gets text with a slash from a guest.
//! 2. The last component of a [`Place`] has no slash, is not `..`, and is given only to calls that do
//!    not follow a symbolic link in it (`AT_SYMLINK_NOFOLLOW`, or calls that never follow).
//! 3. `..` never leads above the descriptor that the guest named, absolute paths and absolute
//!    targets of symbolic links are refused, and magic links of `/proc` are never followed.
//! 4. The directory that holds the last component is held open while it is used, so that renaming
//!    or replacing it meanwhile does not redirect the call.
//! 5. What is checked and what is used are one resolution: nothing is resolved by the kernel a
//!    second time in the belief that it is still what it was.
//!
//! Read-only grants and rights are not the business of this file; the functions in `path` check
//! them before they come here.

mod buffer;
mod walk;

use core::ffi::CStr;
use core::mem::MaybeUninit;
use core::sync::atomic::{AtomicBool, Ordering};

use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{AtFlags, FileType, Mode, OFlags, ResolveFlags, Stat};

pub use buffer::PathBuffer;
use buffer::{PATH_BYTES, Split};

use super::errno::Errno;
use super::host;

/// Symbolic links in one path, as in Linux.
const LINKS_AT_MOST: usize = 40;

/// How often a resolution that a rename disturbed is tried again in the kernel.
const ATTEMPTS: usize = 4;

/// The directory beneath which a path is resolved.
#[derive(Clone, Copy, Debug)]
pub struct Root<'a> {
    /// The host's descriptor.
    pub directory: BorrowedFd<'a>,
    /// Set once the kernel turned out to lack `openat2`.
    pub lacks_openat2: &'a AtomicBool,
}

/// Opens a file beneath a root. `follow` says whether a symbolic link in the last component is
/// followed; those before it always are, as long as they stay beneath the root.
pub fn open(root: Root<'_>, path: &CStr, flags: OFlags, mode: Mode, follow: bool) -> Result<OwnedFd, Errno> {
    let flags = flags | OFlags::CLOEXEC;
    if !root.lacks_openat2.load(Ordering::Relaxed)
        && let Some(outcome) = open_by_kernel(root, path, flags, mode, follow)
    {
        return outcome;
    }
    walk::open(root.directory, path, flags, mode, follow)
}

/// Lets the kernel resolve the path; `None` where it cannot and the walk must.
fn open_by_kernel(
    root: Root<'_>,
    path: &CStr,
    flags: OFlags,
    mode: Mode,
    follow: bool,
) -> Option<Result<OwnedFd, Errno>> {
    let flags = if follow { flags } else { flags | OFlags::NOFOLLOW };
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
    for _ in 0..ATTEMPTS {
        match host::open_resolving(root.directory, path, flags, mode, resolve) {
            // The path led outside.
            Err(rustix::io::Errno::XDEV) => return Some(Err(Errno::PERM)),
            // Something was renamed meanwhile, so the kernel cannot tell.
            Err(rustix::io::Errno::AGAIN) => {}
            Err(rustix::io::Errno::NOSYS) => {
                root.lacks_openat2.store(true, Ordering::Relaxed);
                return None;
            }
            // A filter of system calls says so, too; if the file itself does, the walk will.
            Err(rustix::io::Errno::PERM) => return None,
            outcome => return Some(outcome.map_err(Errno::from)),
        }
    }
    None
}

/// Opens a directory as a place from which to resolve further.
fn open_directory(root: Root<'_>, path: &CStr) -> Result<OwnedFd, Errno> {
    open(root, path, OFlags::PATH | OFlags::DIRECTORY, Mode::empty(), true)
}

/// The last component of a path, and the directory that holds it.
pub struct Place<'a> {
    directory: Holder<'a>,
    split: Split,
}

/// The directory that holds a last component.
enum Holder<'a> {
    /// The root itself.
    Root(BorrowedFd<'a>),
    /// One beneath it.
    Beneath(OwnedFd),
    /// The path ends in `..`: the last component is this directory itself.
    Itself(OwnedFd),
}

impl Place<'_> {
    /// The directory.
    pub fn directory(&self) -> BorrowedFd<'_> {
        match &self.directory {
            Holder::Root(directory) => *directory,
            Holder::Beneath(directory) | Holder::Itself(directory) => directory.as_fd(),
        }
    }

    /// The last component of the path that it was made from: a name without a slash, or `.`.
    pub fn name<'p>(&self, path: &'p PathBuffer) -> &'p CStr {
        match self.directory {
            Holder::Itself(_) => c".",
            _ => path.c_str(self.split.start, self.split.end),
        }
    }

    /// Whether the path ended in a slash, so that only a directory is meant.
    pub fn trailing_slash(&self) -> bool {
        self.split.trailing_slash
    }

    /// What the last component is; a symbolic link is not followed.
    pub fn stat(&self, path: &PathBuffer) -> Result<Stat, Errno> {
        Ok(rustix::fs::statat(self.directory(), self.name(path), AtFlags::SYMLINK_NOFOLLOW)?)
    }
}

/// Resolves all but the last component.
pub fn place<'a>(root: Root<'a>, path: &mut PathBuffer) -> Result<Place<'a>, Errno> {
    let split = path.split();
    let directory = if path.c_str(split.start, split.end) == c".." {
        path.replace_last(&split, b"..")?;
        Holder::Itself(open_directory(root, path.as_c_str())?)
    } else if split.parent_length == 0 {
        Holder::Root(root.directory)
    } else {
        Holder::Beneath(open_directory(root, path.c_str(0, split.parent_length))?)
    };
    Ok(Place { directory, split })
}

/// Resolves a path to a place whose last component is not a symbolic link, and says what it is.
/// With a slash at the end it must be a directory.
pub fn place_of_target<'a>(root: Root<'a>, path: &mut PathBuffer) -> Result<(Place<'a>, Stat), Errno> {
    for _ in 0..=LINKS_AT_MOST {
        let place = place(root, path)?;
        let stat = place.stat(path)?;
        let filetype = FileType::from_raw_mode(stat.st_mode);
        if filetype != FileType::Symlink {
            let only_directory = place.trailing_slash() && filetype != FileType::Directory;
            return if only_directory { Err(Errno::NOTDIR) } else { Ok((place, stat)) };
        }
        let mut room = link_room();
        let target = link_target(place.directory(), place.name(path), &mut room)?;
        path.replace_last(&place.split, target)?;
    }
    Err(Errno::LOOP)
}

/// Room for the target of a symbolic link.
pub type LinkRoom = [MaybeUninit<u8>; PATH_BYTES];

/// Room in which nothing is written yet.
pub const fn link_room() -> LinkRoom {
    [const { MaybeUninit::uninit() }; PATH_BYTES]
}

/// The target of a symbolic link: relative, or refused, as it would tell of the host.
pub fn link_target<'a>(
    directory: BorrowedFd<'_>,
    name: &CStr,
    room: &'a mut LinkRoom,
) -> Result<&'a [u8], Errno> {
    let (target, rest) = rustix::fs::readlinkat_raw(directory, name, room.as_mut_slice())?;
    if rest.is_empty() {
        return Err(Errno::NAMETOOLONG);
    }
    if target.first() == Some(&b'/') {
        return Err(Errno::PERM);
    }
    Ok(target)
}
