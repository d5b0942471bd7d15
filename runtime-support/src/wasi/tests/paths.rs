//! Functions on paths, resolved by the kernel and by the walk: both must say the same.

use std::os::unix::fs::symlink;

use super::super::path::attributes::path_filestat_set_times;
use super::super::types::{filetype, fstflags, oflags};
use super::*;

#[test]
fn files_are_opened_created_and_cut() {
    Guest::each_way(|guest, host| {
        assert_eq!(guest.open("a", 0), err(Errno::NOENT));
        let file = guest.open("a", oflags::CREAT).expect("is made");
        assert_eq!(guest.write(file, b"content"), Ok(7));
        assert_eq!(guest.open("a", oflags::CREAT | oflags::EXCL), err(Errno::EXIST));
        assert!(guest.open("a", oflags::CREAT).is_ok());
        assert_eq!(std::fs::read(host.join("a")).expect("there"), b"content");
        assert!(guest.open("a", oflags::TRUNC).is_ok());
        assert_eq!(std::fs::read(host.join("a")).expect("there"), b"");
        assert_eq!(guest.open("a", oflags::DIRECTORY), err(Errno::NOTDIR));
        assert_eq!(guest.open("b", oflags::CREAT | oflags::DIRECTORY), err(Errno::INVAL));
        assert_eq!(guest.open("a", 1 << 4), err(Errno::INVAL));
        assert_eq!(guest.open("no/a", oflags::CREAT), err(Errno::NOENT));
        assert_eq!(guest.open("a/b", oflags::CREAT), err(Errno::NOTDIR));
    });
}

#[test]
fn odd_paths_lead_where_they_should() {
    Guest::each_way(|guest, host| {
        std::fs::create_dir_all(host.join("dir/nested")).expect("makes");
        std::fs::write(host.join("dir/nested/file"), "").expect("writes");
        for path in
            ["dir/.//nested/../../dir/nested/../nested///./file", "./dir/nested/file", "dir//nested//file"]
        {
            assert!(guest.open(path, 0).is_ok(), "{path}");
        }
        for path in ["dir/nested/", "dir/nested///", ".", "./", "dir/..", "dir/nested/../.."] {
            assert!(guest.open_to_read(path).is_ok(), "{path}");
            assert_eq!(guest.stat(path, 0).map(|stat| stat.filetype), Ok(filetype::DIRECTORY), "{path}");
        }
        for (path, errno) in [
            ("", Errno::NOENT),
            ("/dir/nested/file", Errno::PERM),
            ("dir/nested/file\0", Errno::INVAL),
            ("dir/nested/file/", Errno::NOTDIR),
            ("dir/nested/file///", Errno::NOTDIR),
            ("dir/nested/file/.", Errno::NOTDIR),
            ("dir/nested/file/..", Errno::NOTDIR),
            ("dir/nested/../../../sandbox/dir/nested/file", Errno::PERM),
            ("..", Errno::PERM),
            ("../", Errno::PERM),
        ] {
            assert_eq!(guest.open(path, 0), err(errno), "{path}");
            assert_eq!(guest.stat(path, 0), err(errno), "{path}");
        }
        assert_eq!(guest.open("new/", oflags::CREAT), err(Errno::ISDIR));
        assert_eq!(guest.open("dir", 0), err(Errno::ISDIR));
        let long = "x".repeat(256);
        assert_eq!(guest.open(&long, oflags::CREAT), err(Errno::NAMETOOLONG));
        let longer = "x/".repeat(2048);
        assert_eq!(guest.open(&longer, 0), err(Errno::NAMETOOLONG));
    });
}

#[test]
fn deep_paths_are_walked() {
    Guest::each_way(|guest, host| {
        let deep = "d/".repeat(100);
        std::fs::create_dir_all(host.join(&deep)).expect("makes");
        assert_eq!(guest.mkdir(&format!("{deep}e")), Ok(()));
        let back = "../".repeat(100);
        assert!(guest.open_to_read(&format!("{deep}{back}d")).is_ok());
        assert_eq!(guest.open_to_read(&format!("{deep}{back}../d")), err(Errno::PERM));
    });
}

#[test]
fn paths_are_relative_to_the_directory_that_is_named() {
    Guest::each_way(|guest, host| {
        std::fs::create_dir_all(host.join("a/b")).expect("makes");
        std::fs::write(host.join("a/file"), "").expect("writes");
        let inner = guest.open_directory("a").expect("opens");
        assert!(guest.open_with(inner, 0, "file", 0, rights::FD_READ, 0).is_ok());
        assert_eq!(guest.open_with(inner, 0, "../a/file", 0, rights::FD_READ, 0), err(Errno::PERM));
        let file = guest.open("a/file", 0).expect("opens");
        assert_eq!(guest.open_with(file, 0, "x", 0, rights::FD_READ, 0), err(Errno::NOTDIR));
        assert_eq!(guest.open_with(77, 0, "x", 0, rights::FD_READ, 0), err(Errno::BADF));
    });
}

#[test]
fn links_are_followed_where_asked() {
    Guest::each_way(|guest, host| {
        std::fs::create_dir_all(host.join("dir/sub")).expect("makes");
        std::fs::write(host.join("dir/file"), "12345").expect("writes");
        symlink("dir/file", host.join("to_file")).expect("links");
        symlink("dir", host.join("to_dir")).expect("links");
        symlink("../file", host.join("dir/sub/up")).expect("links");
        symlink("to_file", host.join("twice")).expect("links");
        symlink("nowhere", host.join("dangling")).expect("links");
        for path in ["to_file", "twice", "to_dir/file", "to_dir/sub/up", "to_dir/../dir/file"] {
            let file = guest.open(path, 0).unwrap_or_else(|errno| panic!("{path}: {errno}"));
            assert_eq!(guest.read(file, 9).as_deref(), Ok(&b"12345"[..]), "{path}");
            assert_eq!(
                guest.stat(path, 1).map(|stat| (stat.filetype, stat.size)),
                Ok((filetype::REGULAR_FILE, 5)),
                "{path}"
            );
        }
        for (path, flags, errno) in [
            ("to_file", 0, Errno::LOOP),
            ("to_dir", oflags::DIRECTORY, Errno::NOTDIR),
            ("dangling", 0, Errno::LOOP),
        ] {
            assert_eq!(guest.open_with(DIR, 0, path, flags, rights::FD_READ, 0), err(errno), "{path}");
            assert_eq!(guest.stat(path, 0).map(|stat| stat.filetype), Ok(filetype::SYMBOLIC_LINK), "{path}");
        }
        assert_eq!(guest.open("dangling", 0), err(Errno::NOENT));
        assert_eq!(guest.stat("dangling", 1), err(Errno::NOENT));
        assert_eq!(guest.stat("to_dir/", 0).map(|stat| stat.filetype), Ok(filetype::DIRECTORY));
        assert_eq!(guest.stat("to_file/", 0), err(Errno::NOTDIR));
        assert!(guest.open_with(DIR, 0, "to_dir/", 0, rights::FD_READ, 0).is_ok());
        assert_eq!(guest.open_with(DIR, 2, "to_file", 0, rights::FD_READ, 0), err(Errno::INVAL));
        assert_eq!(guest.stat("to_file", 2), err(Errno::INVAL));
        assert!(guest.open("dangling", oflags::CREAT).is_ok());
        assert!(host.join("nowhere").exists(), "a link to nothing names what is made");
        assert_eq!(guest.open("to_file", oflags::CREAT | oflags::EXCL), err(Errno::EXIST));
    });
}

#[test]
fn link_loops_end() {
    Guest::each_way(|guest, host| {
        symlink("b", host.join("a")).expect("links");
        symlink("a", host.join("b")).expect("links");
        symlink("self/x", host.join("self")).expect("links");
        for path in ["a", "b", "a/x", "self", "self/y"] {
            assert_eq!(guest.open(path, 0), err(Errno::LOOP), "{path}");
            assert_eq!(guest.stat(path, 1), err(Errno::LOOP), "{path}");
        }
        assert_eq!(guest.stat("a", 0).map(|stat| stat.filetype), Ok(filetype::SYMBOLIC_LINK));
        std::fs::write(host.join("l0"), "").expect("writes");
        for index in 1..=41 {
            symlink(format!("l{}", index - 1), host.join(format!("l{index}"))).expect("links");
        }
        assert!(guest.open("l40", 0).is_ok());
        assert!(guest.stat("l40", 1).is_ok());
        assert_eq!(guest.open("l41", 0), err(Errno::LOOP));
        assert_eq!(guest.stat("l41", 1), err(Errno::LOOP));
    });
}

#[test]
fn directories_are_made_and_removed() {
    Guest::each_way(|guest, host| {
        assert_eq!(guest.mkdir("a"), Ok(()));
        assert_eq!(guest.mkdir("a/b/"), Ok(()));
        assert!(host.join("a/b").is_dir());
        for (path, errno) in [
            ("a", Errno::EXIST),
            ("x/y", Errno::NOENT),
            (".", Errno::EXIST),
            ("a/..", Errno::EXIST),
            ("", Errno::NOENT),
        ] {
            assert_eq!(guest.mkdir(path), err(errno), "{path}");
        }
        assert_eq!(guest.rmdir("a"), err(Errno::NOTEMPTY));
        assert_eq!(guest.rmdir("a/b/"), Ok(()));
        std::fs::write(host.join("file"), "").expect("writes");
        symlink("a", host.join("link")).expect("links");
        for (path, errno) in [
            ("file", Errno::NOTDIR),
            ("file/", Errno::NOTDIR),
            ("link", Errno::NOTDIR),
            ("link/", Errno::NOTDIR),
            ("nothing", Errno::NOENT),
            (".", Errno::INVAL),
            ("a/.", Errno::INVAL),
            ("a/..", Errno::INVAL),
        ] {
            assert_eq!(guest.rmdir(path), err(errno), "{path}");
        }
        assert_eq!(guest.rmdir("a"), Ok(()));
        assert!(!host.join("a").exists());
    });
}

#[test]
fn files_are_unlinked() {
    Guest::each_way(|guest, host| {
        std::fs::create_dir(host.join("dir")).expect("makes");
        std::fs::write(host.join("dir/file"), "").expect("writes");
        symlink("dir", host.join("link")).expect("links");
        for (path, errno) in [
            ("dir", Errno::ISDIR),
            ("dir/", Errno::ISDIR),
            ("dir/file/", Errno::NOTDIR),
            ("link/", Errno::NOTDIR),
            ("nothing", Errno::NOENT),
            ("nothing/", Errno::NOENT),
            (".", Errno::ISDIR),
            ("dir/..", Errno::ISDIR),
        ] {
            assert_eq!(guest.unlink(path), err(errno), "{path}");
        }
        assert_eq!(guest.unlink("link/file"), Ok(()));
        assert!(!host.join("dir/file").exists());
        assert_eq!(guest.unlink("link"), Ok(()));
        assert!(host.join("dir").exists());
    });
}

#[test]
fn names_move() {
    Guest::each_way(|guest, host| {
        let rename = |guest: &mut Guest, old: &str, new: &str| guest.rename((DIR, old), (DIR, new));
        std::fs::write(host.join("a"), "a").expect("writes");
        std::fs::write(host.join("b"), "b").expect("writes");
        std::fs::create_dir(host.join("dir")).expect("makes");
        assert_eq!(rename(guest, "a", "b"), Ok(()));
        assert_eq!(std::fs::read(host.join("b")).expect("there"), b"a");
        assert_eq!(rename(guest, "b", "dir/c"), Ok(()));
        let inner = guest.open_directory("dir").expect("opens");
        assert_eq!(guest.rename((inner, "c"), (DIR, "c")), Ok(()));
        for (old, new, errno) in [
            ("nothing", "x", Errno::NOENT),
            ("c", "dir", Errno::ISDIR),
            ("dir", "c", Errno::NOTDIR),
            ("c/", "x", Errno::NOTDIR),
            ("c", "x/", Errno::NOTDIR),
            ("c/", "x/", Errno::NOTDIR),
            ("dir", "dir/inside", Errno::INVAL),
            (".", "x", Errno::BUSY),
            ("dir/..", "x", Errno::BUSY),
            ("c", "..", Errno::PERM),
            ("../c", "x", Errno::PERM),
        ] {
            assert_eq!(rename(guest, old, new), err(errno), "{old} {new}");
        }
        for (old, new) in [("dir/", "e"), ("e", "dir/"), ("dir/", "e/"), ("e", "dir")] {
            assert_eq!(rename(guest, old, new), Ok(()), "{old} {new}");
        }
        std::fs::create_dir(host.join("full")).expect("makes");
        std::fs::write(host.join("full/x"), "").expect("writes");
        assert_eq!(rename(guest, "dir", "full"), err(Errno::NOTEMPTY));
    });
}

#[test]
fn symbolic_links_are_made_and_read() {
    Guest::each_way(|guest, host| {
        assert_eq!(guest.symlink("some/target", "link"), Ok(()));
        assert_eq!(std::fs::read_link(host.join("link")).expect("a link"), Path::new("some/target"));
        assert_eq!(guest.readlink("link", 100).as_deref(), Ok("some/target"));
        assert_eq!(guest.readlink("link", 4).as_deref(), Ok("some"));
        assert_eq!(guest.readlink("link", 0).as_deref(), Ok(""));
        std::fs::write(host.join("file"), "").expect("writes");
        std::fs::create_dir(host.join("dir")).expect("makes");
        symlink("dir", host.join("to_dir")).expect("links");
        for (path, errno) in [
            ("file", Errno::INVAL),
            ("dir", Errno::INVAL),
            ("to_dir/", Errno::INVAL),
            ("file/", Errno::NOTDIR),
            ("nothing", Errno::NOENT),
        ] {
            assert_eq!(guest.readlink(path, 100), err(errno), "{path}");
        }
        for (path, errno) in [
            ("file", Errno::EXIST),
            ("dir", Errno::EXIST),
            ("file/", Errno::NOTDIR),
            ("dir/", Errno::EXIST),
            ("new/", Errno::NOENT),
            (".", Errno::EXIST),
        ] {
            assert_eq!(guest.symlink("source", path), err(errno), "{path}");
        }
        assert_eq!(guest.symlink("", "new"), err(Errno::NOENT));
        assert_eq!(guest.symlink("/etc/passwd", "new"), err(Errno::PERM));
    });
}

#[test]
fn files_get_second_names() {
    Guest::each_way(|guest, host| {
        let link = |guest: &mut Guest, old: &str, new: &str| guest.link((DIR, old), (DIR, new), 0);
        std::fs::write(host.join("file"), "12").expect("writes");
        std::fs::create_dir(host.join("dir")).expect("makes");
        symlink("nowhere", host.join("dangling")).expect("links");
        assert_eq!(link(guest, "file", "dir/second"), Ok(()));
        assert_eq!(guest.stat("file", 0).map(|stat| stat.links), Ok(2));
        assert_eq!(link(guest, "dangling", "copy"), Ok(()), "the link itself, not what it names");
        assert_eq!(guest.readlink("copy", 100).as_deref(), Ok("nowhere"));
        for (old, new, errno) in [
            ("file", "file", Errno::EXIST),
            ("file", "dir", Errno::EXIST),
            ("file", "dangling", Errno::EXIST),
            ("file", "new/", Errno::NOENT),
            ("file/", "new", Errno::NOTDIR),
            ("dir", "new", Errno::PERM),
            ("dir/", "new", Errno::PERM),
            ("nothing", "new", Errno::NOENT),
        ] {
            assert_eq!(link(guest, old, new), err(errno), "{old} {new}");
        }
        assert_eq!(guest.link((DIR, "dangling"), (DIR, "new"), 1), err(Errno::INVAL));
    });
}

#[test]
fn times_are_set_by_path() {
    Guest::each_way(|guest, host| {
        std::fs::write(host.join("file"), "").expect("writes");
        symlink("file", host.join("link")).expect("links");
        let set = |guest: &mut Guest, path: &str, lookup, modified, flags| {
            let text = guest.put(path.as_bytes());
            let (caller, length) = (guest.caller(), path.len() as u32);
            // SAFETY: the caller's record is alive.
            outcome(unsafe { path_filestat_set_times(caller, DIR, lookup, text, length, 1, modified, flags) })
        };
        assert_eq!(set(guest, "file", 0, 1111, fstflags::MTIM), Ok(()));
        assert_eq!(set(guest, "link", 0, 2222, fstflags::MTIM), Ok(()));
        assert_eq!(guest.stat("file", 0).map(|stat| stat.modified), Ok(1111));
        assert_eq!(guest.stat("link", 0).map(|stat| stat.modified), Ok(2222));
        assert_eq!(set(guest, "link", 1, 3333, fstflags::MTIM | fstflags::ATIM), Ok(()));
        assert_eq!(guest.stat("file", 0).map(|stat| (stat.modified, stat.accessed)), Ok((3333, 1)));
        assert_eq!(guest.stat("link", 0).map(|stat| stat.modified), Ok(2222));
        assert_eq!(set(guest, "file", 0, 0, fstflags::MTIM | fstflags::MTIM_NOW), err(Errno::INVAL));
        assert_eq!(set(guest, "nothing", 0, 0, fstflags::MTIM), err(Errno::NOENT));
        assert_eq!(set(guest, "file/", 0, 0, fstflags::MTIM), err(Errno::NOTDIR));
        assert_eq!(set(guest, ".", 0, 4444, fstflags::MTIM), Ok(()));
    });
}

#[test]
fn paths_outside_the_memory_fault() {
    let (mut guest, _scratch) = Guest::with_directory();
    let end = MEMORY_BYTES as u32;
    let (inside, caller) = (guest.put(b"a"), guest.caller());
    // SAFETY: the caller's record is alive.
    unsafe {
        for (path, length) in [(end - 1, 2), (end, 1), (u32::MAX, u32::MAX), (1, u32::MAX)] {
            assert_eq!(
                outcome(path::create::path_create_directory(caller, DIR, path, length)),
                err(Errno::FAULT)
            );
            assert_eq!(outcome(path::remove::path_unlink_file(caller, DIR, path, length)), err(Errno::FAULT));
            assert_eq!(
                outcome(path::create::path_symlink(caller, path, length, DIR, inside, 1)),
                err(Errno::FAULT)
            );
            assert_eq!(
                outcome(path::create::path_symlink(caller, inside, 1, DIR, path, length)),
                err(Errno::FAULT)
            );
            assert_eq!(
                outcome(path::attributes::path_filestat_get(caller, DIR, 0, path, length, 0)),
                err(Errno::FAULT)
            );
            assert_eq!(
                outcome(path::open::path_open(caller, DIR, 0, path, length, 1, 2, 0, 0, 0)),
                err(Errno::FAULT)
            );
        }
        // Nothing is made when the result cannot be told.
        assert_eq!(
            outcome(path::open::path_open(caller, DIR, 0, inside, 1, 1, 2, 0, 0, end - 3)),
            err(Errno::FAULT)
        );
    }
    assert_eq!(guest.stat("a", 0), err(Errno::NOENT));
}
