//! `path_open`.

use rustix::fd::OwnedFd;
use rustix::fs::{Mode, OFlags};

use super::super::errno::Errno;
use super::super::fd::filestat::filetype_of;
use super::super::fd::flags::to_host;
use super::super::sandbox::{self, PathBuffer};
use super::super::table::{Entry, entry_flag};
use super::super::types::{fdflags, filetype, oflags};
use super::super::{refuse_read_only, rights, root, wasi_functions};
use super::follows;

/// The mode of a new file, less the process's umask.
const FILE_MODE: Mode = Mode::from_raw_mode(0o666);

/// What a program asks for.
struct Request {
    open_flags: u32,
    read: bool,
    write: bool,
    appends: bool,
}

impl Request {
    fn new(open_flags: u32, rights_base: u64, descriptor_flags: u32) -> Result<Self, Errno> {
        // Linux would make a file and then refuse it for not being a directory.
        let contradicts = open_flags & oflags::CREAT != 0 && open_flags & oflags::DIRECTORY != 0;
        if open_flags & !oflags::ALL != 0 || contradicts {
            return Err(Errno::INVAL);
        }
        let has = |right| rights_base & right != 0;
        Ok(Self {
            open_flags,
            read: has(rights::FD_READ),
            write: has(rights::FD_WRITE),
            appends: descriptor_flags & fdflags::APPEND != 0,
        })
    }

    fn has(&self, flag: u32) -> bool {
        self.open_flags & flag != 0
    }

    /// Whether it could change anything.
    fn changes(&self) -> bool {
        self.write || self.has(oflags::CREAT | oflags::TRUNC)
    }

    /// The rights that the directory must have.
    fn rights(&self) -> u64 {
        let create = if self.has(oflags::CREAT) { rights::PATH_CREATE_FILE } else { 0 };
        let truncate = if self.has(oflags::TRUNC) { rights::PATH_FILESTAT_SET_SIZE } else { 0 };
        rights::PATH_OPEN | create | truncate
    }

    /// The rights that the directory must pass on.
    fn inherited(&self) -> u64 {
        (if self.read { rights::FD_READ } else { 0 }) | (if self.write { rights::FD_WRITE } else { 0 })
    }

    /// For the kernel. What is opened for neither access is opened for reading, which its rights
    /// then do not allow.
    fn host_flags(&self) -> OFlags {
        let access = match (self.read, self.write) {
            (_, false) => OFlags::RDONLY,
            (false, true) => OFlags::WRONLY,
            (true, true) => OFlags::RDWR,
        };
        let pairs = [
            (oflags::CREAT, OFlags::CREATE),
            (oflags::DIRECTORY, OFlags::DIRECTORY),
            (oflags::EXCL, OFlags::EXCL),
            (oflags::TRUNC, OFlags::TRUNC),
        ];
        pairs
            .iter()
            .fold(access, |result, &(guest, host)| if self.has(guest) { result | host } else { result })
    }
}

/// The entry of a file that was opened beneath a directory.
fn entry_of(file: OwnedFd, request: &Request, directory: &Entry) -> Result<Entry, Errno> {
    let filetype = filetype_of(rustix::fs::fstat(&file)?.st_mode);
    let mut base = rights::of_type(filetype) & directory.rights_inheriting;
    if !request.read {
        base &= !rights::FD_READ;
    }
    if !request.write {
        base &= !rights::FD_WRITE;
    }
    let inheriting = if filetype == filetype::DIRECTORY { directory.rights_inheriting } else { base };
    let mut entry = Entry::new(file, filetype, base, inheriting);
    entry.flags |= directory.flags & entry_flag::READ_ONLY;
    if request.appends {
        entry.flags |= entry_flag::APPENDS;
    }
    Ok(entry)
}

wasi_functions! { "wasi_snapshot_preview1":
    /// Opens a file or directory and writes its descriptor.
    fn path_open(
        call, fd: u32, lookup_flags: u32, path: u32, length: u32, open_flags: u32, rights_base: u64,
        _rights_inheriting: u64, descriptor_flags: u32, result: u32,
    ) {
        let follow = follows(lookup_flags)?;
        let request = Request::new(open_flags, rights_base, descriptor_flags)?;
        let flags = request.host_flags() | to_host(descriptor_flags)? | OFlags::NOCTTY;
        call.memory.expect_room::<u32>(result)?;
        let directory = call.directory(fd, request.rights())?;
        if request.inherited() & !directory.rights_inheriting != 0 {
            return Err(Errno::NOTCAPABLE);
        }
        if request.changes() {
            refuse_read_only(&directory)?;
        }
        let mut room = PathBuffer::new();
        let path = room.read(&call.memory, path, length)?;
        let mode = if request.has(oflags::CREAT) { FILE_MODE } else { Mode::empty() };
        let file = sandbox::open(root(call, &directory), path.as_c_str(), flags, mode, follow)?;
        let opened = call.context.table.insert(entry_of(file, &request, &directory)?)?;
        call.memory.write(result, opened)
    }
}
