//! Attempts to leave a preopened directory, or to change a read-only one. The sandbox holds a
//! secret file outside of it; no path may lead there, whoever resolves it.

use std::borrow::ToOwned;
use std::os::unix::fs::symlink;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::super::fd::filestat::{fd_filestat_set_size, fd_filestat_set_times};
use super::super::fd::storage::fd_allocate;
use super::super::path::attributes::path_filestat_set_times;
use super::super::types::{fstflags, oflags};
use super::*;

/// A scratch directory with `inside`, which the guest gets, and `outside` with a secret.
struct Prison {
    guest: Guest,
    scratch: Scratch,
}

impl Prison {
    fn each_way(test: impl Fn(&mut Prison)) {
        for lacks_openat2 in [false, true] {
            let scratch = Scratch::new();
            for directory in ["inside/dir", "outside"] {
                std::fs::create_dir_all(scratch.path().join(directory)).expect("makes");
            }
            std::fs::write(scratch.path().join("outside/secret"), "secret").expect("writes");
            std::fs::write(scratch.path().join("inside/dir/public"), "public").expect("writes");
            let inside = scratch.path().join("inside");
            let grants = std::vec![directory_grant(inside.to_str().expect("UTF-8"), "/", false)];
            let guest = Guest::new(Setting { grants, ..Setting::default() });
            guest.context().lacks_openat2.store(lacks_openat2, Ordering::Relaxed);
            let mut prison = Prison { guest, scratch };
            test(&mut prison);
            prison.expect_unharmed();
        }
    }

    fn inside(&self) -> PathBuf {
        self.scratch.path().join("inside")
    }

    /// What is outside is as it was.
    fn expect_unharmed(&self) {
        let outside = self.scratch.path().join("outside");
        assert_eq!(std::fs::read(outside.join("secret")).expect("it is there"), b"secret");
        assert_eq!(std::fs::read_dir(&outside).expect("it is there").count(), 1);
        let mut names: Vec<_> = std::fs::read_dir(self.scratch.path())
            .expect("it is there")
            .map(|entry| entry.expect("an entry").file_name())
            .collect();
        names.sort();
        assert_eq!(names, ["inside", "outside"]);
    }

    /// No function reaches what the path names.
    fn expect_unreachable(&mut self, path: &str) {
        let guest = &mut self.guest;
        let refused = |outcome: Outcome, what: &str| {
            let expected = [
                Errno::PERM,
                Errno::LOOP,
                Errno::NOENT,
                Errno::NOTDIR,
                Errno::EXIST,
                Errno::INVAL,
                Errno::ISDIR,
                Errno::BUSY,
                Errno::NOTEMPTY,
            ];
            let errno = outcome.expect_err(&format!("{what} {path} succeeded"));
            assert!(expected.iter().any(|expected| expected.number() == errno), "{what} {path}: {errno}");
        };
        refused(guest.open(path, 0).map(drop), "open");
        refused(guest.open_to_read(path).map(drop), "open to read");
        refused(guest.open_directory(path).map(drop), "open directory");
        refused(guest.open(path, oflags::CREAT | oflags::TRUNC).map(drop), "create");
        refused(guest.stat(path, SYMLINK_FOLLOW).map(drop), "stat");
        refused(guest.mkdir(path), "mkdir");
        refused(guest.rmdir(path), "rmdir");
        refused(guest.link((DIR, path), (DIR, "stolen"), 1), "link");
        let text = guest.put(path.as_bytes());
        let (caller, length) = (guest.caller(), path.len() as u32);
        // SAFETY: the caller's record is alive.
        let touched = unsafe { path_filestat_set_times(caller, DIR, 1, text, length, 1, 1, fstflags::MTIM) };
        refused(outcome(touched), "touch");
        guest.reset();
    }
}

#[test]
fn no_path_leads_outside() {
    Prison::each_way(|prison| {
        let absolute = prison.scratch.path().join("outside/secret");
        let absolute = absolute.to_str().expect("UTF-8").to_owned();
        for path in [
            "..",
            "../",
            "../.",
            "../..",
            "../outside",
            "../outside/secret",
            "dir/../../outside/secret",
            "./../outside/secret",
            "dir/../dir/../../outside",
            "//etc/passwd",
            "/",
            "/etc/passwd",
            "dir/../../inside",
            "dir/../../inside/dir/public",
            &absolute,
        ] {
            prison.expect_unreachable(path);
        }
        for path in ["../outside/secret", "dir/../../outside/secret", absolute.as_str()] {
            assert_eq!(prison.guest.unlink(path), err(Errno::PERM), "{path}");
            assert_eq!(prison.guest.readlink(path, 100), err(Errno::PERM), "{path}");
            assert_eq!(prison.guest.rename((DIR, path), (DIR, "stolen")), err(Errno::PERM), "{path}");
            assert_eq!(prison.guest.rename((DIR, "dir/public"), (DIR, path)), err(Errno::PERM), "{path}");
            assert_eq!(prison.guest.link((DIR, path), (DIR, "stolen"), 0), err(Errno::PERM), "{path}");
            assert_eq!(prison.guest.link((DIR, "dir/public"), (DIR, path), 0), err(Errno::PERM), "{path}");
            assert_eq!(prison.guest.symlink("dir", path), err(Errno::PERM), "{path}");
            assert_eq!(prison.guest.stat(path, 0), err(Errno::PERM), "{path}");
        }
    });
}

#[test]
fn no_link_leads_outside() {
    Prison::each_way(|prison| {
        let (inside, outside) = (prison.inside(), prison.scratch.path().join("outside"));
        let link = |target: &Path, name: &str| symlink(target, inside.join(name)).expect("links");
        link(Path::new("../outside/secret"), "relative");
        link(Path::new("../outside"), "relative_dir");
        link(&outside.join("secret"), "absolute");
        link(&outside, "absolute_dir");
        link(&inside.join("dir/public"), "absolute_inside");
        link(Path::new("relative_dir"), "chain");
        link(Path::new("dir/../relative"), "roundabout");
        link(Path::new("../../outside"), "dir/deeper");
        link(Path::new("/"), "root");
        link(Path::new("/proc/self/root"), "magic");
        link(Path::new(".."), "parent");
        for path in [
            "relative",
            "relative_dir/secret",
            "relative_dir",
            "relative_dir/",
            "absolute",
            "absolute_dir/secret",
            "absolute_dir/",
            "absolute_inside",
            "chain/secret",
            "chain/",
            "roundabout",
            "dir/deeper/secret",
            "dir/deeper/",
            "root/etc/passwd",
            "root/",
            "magic/etc/passwd",
            "parent/outside/secret",
            "parent/",
            "parent/.",
            "parent/inside/dir",
        ] {
            prison.expect_unreachable(path);
        }
        for path in ["relative_dir/secret", "absolute_dir/secret", "chain/secret", "parent/outside/secret"] {
            assert_eq!(prison.guest.unlink(path), err(Errno::PERM), "{path}");
            assert_eq!(prison.guest.rename((DIR, path), (DIR, "stolen")), err(Errno::PERM), "{path}");
            assert_eq!(prison.guest.link((DIR, path), (DIR, "stolen"), 0), err(Errno::PERM), "{path}");
            assert_eq!(prison.guest.stat(path, 0), err(Errno::PERM), "{path}");
        }
        // What an absolute link says of the host is not told either.
        assert_eq!(prison.guest.readlink("absolute", 100), err(Errno::PERM));
        assert_eq!(prison.guest.readlink("relative", 100).as_deref(), Ok("../outside/secret"));
        // A link is a file of the sandbox; its removal is nobody else's business.
        assert_eq!(prison.guest.unlink("absolute"), Ok(()));
    });
}

#[test]
fn links_of_the_guests_own_do_not_help() {
    Prison::each_way(|prison| {
        let secret = prison.scratch.path().join("outside/secret");
        assert_eq!(prison.guest.symlink(secret.to_str().expect("UTF-8"), "a"), err(Errno::PERM));
        assert_eq!(prison.guest.symlink("/", "a"), err(Errno::PERM));
        assert_eq!(prison.guest.symlink("../outside", "b"), Ok(()));
        prison.expect_unreachable("b/secret");
        // A link that is harmless where it is made, and moved to where it is not.
        assert_eq!(prison.guest.mkdir("dir/deep"), Ok(()));
        assert_eq!(prison.guest.symlink("../../outside/secret", "dir/deep/c"), Ok(()));
        prison.expect_unreachable("dir/deep/c");
        assert_eq!(prison.guest.rename((DIR, "dir/deep/c"), (DIR, "dir/c")), Ok(()));
        prison.expect_unreachable("dir/c");
        let inner = prison.guest.open_directory("dir").expect("opens");
        assert_eq!(
            prison.guest.open_with(inner, 1, "../dir/public", 0, rights::FD_READ, 0),
            err(Errno::PERM)
        );
    });
}

#[test]
fn links_in_other_places_than_the_last_are_checked_for_every_function() {
    Prison::each_way(|prison| {
        symlink("../../outside", prison.inside().join("dir/out")).expect("links");
        let guest = &mut prison.guest;
        assert_eq!(guest.mkdir("dir/out/new"), err(Errno::PERM));
        assert_eq!(guest.rmdir("dir/out/secret"), err(Errno::PERM));
        assert_eq!(guest.symlink("x", "dir/out/new"), err(Errno::PERM));
        assert_eq!(guest.link((DIR, "dir/public"), (DIR, "dir/out/new"), 0), err(Errno::PERM));
        assert_eq!(guest.rename((DIR, "dir/public"), (DIR, "dir/out/new")), err(Errno::PERM));
        assert_eq!(guest.open("dir/out/new", oflags::CREAT), err(Errno::PERM));
        assert_eq!(guest.readlink("dir/out/secret", 9), err(Errno::PERM));
    });
}

/// While another thread keeps replacing a directory by a link that leads outside, the guest keeps
/// trying: it may fail, and it may get what is inside, but never the secret.
#[test]
fn renaming_races_are_lost_by_the_attacker() {
    Prison::each_way(|prison| {
        let inside = prison.inside();
        std::fs::create_dir(inside.join("spare")).expect("makes");
        std::fs::write(inside.join("spare/secret"), "harmless").expect("writes");
        symlink("../outside", inside.join("trap")).expect("links");
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let attacker = inside.clone();
            let stop = &stop;
            scope.spawn(move || {
                let swap = |from: &str, to: &str| {
                    let _ = std::fs::rename(attacker.join(from), attacker.join(to));
                };
                while !stop.load(Ordering::Relaxed) {
                    swap("spare", "target");
                    swap("target", "spare");
                    swap("trap", "target");
                    swap("target", "trap");
                }
            });
            let (mut opened, mut attempts) = (0, 0);
            let started = Instant::now();
            let enough = |opened| opened > 0 && started.elapsed() > Duration::from_millis(500);
            while !enough(opened) && started.elapsed() < Duration::from_secs(30) {
                prison.guest.reset();
                attempts += 1;
                if let Ok(file) = prison.guest.open_to_read("target/secret") {
                    assert_eq!(prison.guest.read(file, 9).as_deref(), Ok(&b"harmless"[..]));
                    prison.guest.close(file).expect("open");
                    opened += 1;
                }
                if let Ok(stat) = prison.guest.stat("target/secret", 1) {
                    assert_eq!(stat.size, 8, "the secret has 6 bytes");
                }
                let _ = prison.guest.mkdir("target/made");
                let _ = prison.guest.rmdir("target/made");
                if let Ok(file) = prison.guest.open("target/../target/new", oflags::CREAT) {
                    prison.guest.close(file).expect("open");
                }
                let _ = prison.guest.unlink("target/new");
            }
            stop.store(true, Ordering::Relaxed);
            assert!(opened > 0, "{opened} of {attempts}: the race was never run");
        });
        prison.expect_unharmed();
    });
}

/// A guest with a read-only view of `public` and a writable `own` on the same file system.
fn with_read_only() -> (Guest, Scratch) {
    let scratch = Scratch::new();
    for directory in ["public/dir", "own"] {
        std::fs::create_dir_all(scratch.path().join(directory)).expect("makes");
    }
    std::fs::write(scratch.path().join("public/file"), "public").expect("writes");
    let path = |name: &str| scratch.path().join(name).to_str().expect("UTF-8").to_owned();
    let grants = std::vec![
        directory_grant(&path("public"), "/public", true),
        directory_grant(&path("own"), "/own", false)
    ];
    (Guest::new(Setting { grants, ..Setting::default() }), scratch)
}

/// The descriptor of the writable directory.
const OWN: u32 = 4;

#[test]
fn read_only_directories_are_read() {
    let (mut guest, _scratch) = with_read_only();
    let file = guest.open_to_read("file").expect("opens");
    assert_eq!(guest.read(file, 9).as_deref(), Ok(&b"public"[..]));
    assert!(guest.open_directory("dir").is_ok());
    assert!(guest.stat("file", 0).is_ok());
}

#[test]
fn read_only_directories_are_not_changed() {
    let (mut guest, scratch) = with_read_only();
    let inner = guest.open_directory("dir").expect("opens");
    let file = guest.open_to_read("file").expect("opens");
    let denied = err(Errno::PERM);
    assert_eq!(guest.open("file", 0).map(drop), denied);
    assert_eq!(guest.open_with(DIR, 0, "file", 0, rights::FD_WRITE, 0).map(drop), denied);
    assert_eq!(guest.open_with(DIR, 0, "file", oflags::TRUNC, rights::FD_READ, 0).map(drop), denied);
    assert_eq!(guest.open_with(DIR, 0, "new", oflags::CREAT, rights::FD_READ, 0).map(drop), denied);
    assert_eq!(guest.open_with(inner, 0, "new", oflags::CREAT, rights::FD_READ, 0).map(drop), denied);
    assert_eq!(guest.mkdir("new"), denied);
    assert_eq!(guest.with_path(path::create::path_create_directory, inner, "new"), denied);
    assert_eq!(guest.rmdir("dir"), denied);
    assert_eq!(guest.unlink("file"), denied);
    assert_eq!(guest.symlink("x", "new"), denied);
    assert_eq!(guest.rename((DIR, "file"), (DIR, "new")), denied);
    assert_eq!(guest.rename((DIR, "file"), (OWN, "new")), denied);
    assert_eq!(guest.rename((OWN, "x"), (DIR, "new")), denied);
    assert_eq!(guest.link((DIR, "file"), (OWN, "new"), 0), denied);
    assert_eq!(guest.link((OWN, "x"), (DIR, "new"), 0), denied);
    let text = guest.put(b"file");
    let caller = guest.caller();
    // SAFETY: the caller's record is alive.
    unsafe {
        assert_eq!(outcome(path_filestat_set_times(caller, DIR, 0, text, 4, 1, 1, fstflags::MTIM)), denied);
        assert_eq!(outcome(fd_filestat_set_times(caller, file, 1, 1, fstflags::MTIM)), denied);
        assert_eq!(outcome(fd_filestat_set_times(caller, inner, 1, 1, fstflags::MTIM)), denied);
        assert_eq!(outcome(fd_filestat_set_size(caller, file, 0)), denied);
        assert_eq!(outcome(fd_allocate(caller, file, 0, 100)), denied);
    }
    assert_eq!(guest.write(file, b"x"), err(Errno::BADF));
    assert_eq!(std::fs::read(scratch.path().join("public/file")).expect("there"), b"public");
    assert_eq!(std::fs::read_dir(scratch.path().join("public")).expect("there").count(), 2);
    assert_eq!(std::fs::read_dir(scratch.path().join("own")).expect("there").count(), 0);
}
