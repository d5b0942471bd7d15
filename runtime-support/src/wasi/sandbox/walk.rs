//! Path resolution for kernels that have no `openat2`, or whose filter of system calls hides it:
//! one component at a time.
//!
//! What enters: a root and a relative path. What leaves: an open file beneath the root. The
//! invariants of [`super`] are kept like this: every component is opened with `O_NOFOLLOW` from
//! the descriptor of the directory before it, so the kernel never follows a link; a link's target
//! takes the place of its component in the text still to be walked; `..` goes back to the
//! descriptor from which its directory was entered, which is the root at the latest. A directory
//! that is moved away during the walk is still the one that was entered from beneath the root.

use core::ffi::CStr;
use core::mem::MaybeUninit;
use core::ptr::copy_nonoverlapping;
use core::slice;

use rustix::fd::{BorrowedFd, IntoRawFd, OwnedFd, RawFd};
use rustix::fs::{Mode, OFlags};

use super::super::errno::Errno;
use super::super::host;
use super::{LINKS_AT_MOST, PATH_BYTES, link_room, link_target};

/// Opens a file beneath `root`; see [`super::open`].
#[cold]
#[inline(never)]
pub fn open(
    root: BorrowedFd<'_>,
    path: &CStr,
    flags: OFlags,
    mode: Mode,
    follow: bool,
) -> Result<OwnedFd, Errno> {
    let mut pending = Pending::new(path.to_bytes())?;
    let mut ancestors = Ancestors::new(root);
    let mut links = 0;
    while let Some(component) = pending.next() {
        let name = pending.name(&component);
        match name.to_bytes() {
            b"." => continue,
            b".." => {
                ancestors.pop()?;
                continue;
            }
            _ => {}
        }
        let here = ancestors.innermost();
        let outcome = match component.is_last {
            true => open_last(here, name, flags, mode, component.trailing_slash),
            false => host::open(here, name, DIRECTORY_ON_THE_WAY, Mode::empty()),
        };
        let error = match outcome {
            Ok(file) if component.is_last => return Ok(file),
            Ok(directory) => {
                ancestors.push(directory)?;
                continue;
            }
            Err(error) => error,
        };
        let may_follow = !component.is_last || follow || component.trailing_slash;
        if !may_follow || !may_be_link(error) {
            return Err(error.into());
        }
        let mut room = link_room();
        let target = match link_target(here, name, &mut room) {
            Ok(target) => target,
            Err(refused @ (Errno::PERM | Errno::NAMETOOLONG)) => return Err(refused),
            Err(_) => return Err(error.into()),
        };
        links += 1;
        if links > LINKS_AT_MOST {
            return Err(Errno::LOOP);
        }
        pending.expand(&component, target)?;
    }
    // The path ends in `.` or `..`: the innermost directory itself.
    Ok(host::open(ancestors.innermost(), c".", flags, mode)?)
}

const DIRECTORY_ON_THE_WAY: OFlags =
    OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

fn open_last(
    here: BorrowedFd<'_>,
    name: &CStr,
    flags: OFlags,
    mode: Mode,
    trailing_slash: bool,
) -> rustix::io::Result<OwnedFd> {
    if trailing_slash && flags.contains(OFlags::CREATE) {
        // As Linux has it, whatever is there.
        return Err(rustix::io::Errno::ISDIR);
    }
    let directory = if trailing_slash { OFlags::DIRECTORY } else { OFlags::empty() };
    host::open(here, name, flags | directory | OFlags::NOFOLLOW, mode)
}

/// Whether opening a symbolic link with `O_NOFOLLOW` fails so.
fn may_be_link(error: rustix::io::Errno) -> bool {
    error == rustix::io::Errno::LOOP || error == rustix::io::Errno::NOTDIR
}

/// The text still to be walked, at the end of a buffer, so that a link's target can be put before
/// it.
struct Pending {
    bytes: [MaybeUninit<u8>; PENDING_BYTES],
    start: usize,
}

const PENDING_BYTES: usize = 2 * PATH_BYTES;

/// Where the text ends: here is a NUL.
const END: usize = PENDING_BYTES - 1;

/// A component of a path, ended by NUL in the buffer.
struct Component {
    start: usize,
    end: usize,
    is_last: bool,
    trailing_slash: bool,
}

impl Pending {
    fn new(path: &[u8]) -> Result<Self, Errno> {
        let mut pending = Self { bytes: [const { MaybeUninit::uninit() }; PENDING_BYTES], start: END };
        pending.put(END, 0);
        pending.prepend(path)?;
        Ok(pending)
    }

    fn put(&mut self, place: usize, byte: u8) {
        if let Some(slot) = self.bytes.get_mut(place) {
            slot.write(byte);
        }
    }

    fn prepend(&mut self, text: &[u8]) -> Result<(), Errno> {
        self.start = self.start.checked_sub(text.len()).ok_or(Errno::NAMETOOLONG)?;
        // SAFETY: the stretch ends where the text began, inside the buffer.
        unsafe {
            copy_nonoverlapping(
                text.as_ptr(),
                self.bytes.as_mut_ptr().cast::<u8>().add(self.start),
                text.len(),
            )
        };
        Ok(())
    }

    /// Takes the next component off.
    fn next(&mut self) -> Option<Component> {
        // SAFETY: all from `start` on is written.
        let text = unsafe {
            slice::from_raw_parts(self.bytes.as_ptr().cast::<u8>().add(self.start), END - self.start)
        };
        let is_name = |byte: &u8| *byte != b'/';
        let skipped = text.iter().position(is_name)?;
        let text = text.get(skipped..)?;
        let length = text.iter().position(|byte| *byte == b'/').unwrap_or(text.len());
        let trailing_slash = length < text.len();
        let is_last = !text.get(length..)?.iter().any(is_name);
        let start = self.start + skipped;
        let end = start + length;
        self.put(end, 0);
        self.start = if trailing_slash { end + 1 } else { end };
        Some(Component { start, end, is_last, trailing_slash })
    }

    fn name(&self, component: &Component) -> &CStr {
        let length = component.end + 1 - component.start;
        // SAFETY: `next` found the component inside the buffer and ended it by NUL.
        unsafe {
            let start = self.bytes.as_ptr().cast::<u8>().add(component.start);
            CStr::from_bytes_with_nul_unchecked(slice::from_raw_parts(start, length))
        }
    }

    /// Puts a link's target where its component was.
    fn expand(&mut self, component: &Component, target: &[u8]) -> Result<(), Errno> {
        if component.trailing_slash {
            self.start -= 1;
            self.put(self.start, b'/');
        }
        self.prepend(target)
    }
}

/// The directories on the way from the root to where the walk is.
struct Ancestors<'a> {
    root: BorrowedFd<'a>,
    entered: [MaybeUninit<RawFd>; DEPTH],
    count: usize,
}

/// A path of the longest kind, of names of one letter.
const DEPTH: usize = PATH_BYTES / 2;

impl<'a> Ancestors<'a> {
    fn new(root: BorrowedFd<'a>) -> Self {
        Self { root, entered: [const { MaybeUninit::uninit() }; DEPTH], count: 0 }
    }

    fn at(&self, index: usize) -> Option<RawFd> {
        let slot = self.entered.get(index).filter(|_| index < self.count)?;
        // SAFETY: the first `count` are written.
        Some(unsafe { slot.assume_init() })
    }

    fn innermost(&self) -> BorrowedFd<'a> {
        match self.count.checked_sub(1).and_then(|last| self.at(last)) {
            // SAFETY: it is open until it is popped, and the walk uses it only until then.
            Some(directory) => unsafe { host::borrow(directory) },
            None => self.root,
        }
    }

    fn push(&mut self, directory: OwnedFd) -> Result<(), Errno> {
        self.entered.get_mut(self.count).ok_or(Errno::NAMETOOLONG)?.write(directory.into_raw_fd());
        self.count += 1;
        Ok(())
    }

    /// Goes back one directory; above the root there is none.
    fn pop(&mut self) -> Result<(), Errno> {
        let last = self.count.checked_sub(1).ok_or(Errno::PERM)?;
        if let Some(directory) = self.at(last) {
            // SAFETY: `push` took it over, and it is forgotten now.
            unsafe { rustix::io::close(directory) };
        }
        self.count = last;
        Ok(())
    }
}

impl Drop for Ancestors<'_> {
    fn drop(&mut self) {
        while self.pop().is_ok() {}
    }
}
