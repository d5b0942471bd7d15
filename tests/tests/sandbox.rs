//! Attempts to get out of a preopened directory: none may read, list or change anything outside.
//!
//! Each attempt is made twice: where the kernel resolves paths (`openat2`), and where the runtime
//! walks them, as on kernels that lack that call. A directory beside the granted one holds
//! canaries; afterwards it must be exactly as before, and nothing of it may have been printed.

use std::collections::BTreeMap;
use std::ffi::{CString, OsStr};
use std::fs::{self, create_dir, create_dir_all};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use wasmwright_tests::programs::{
    Outcome, Source, Variant, command, compile, execute, temporary_directory, without_openat2,
};
use wasmwright_tests::tier::is_full_tier;

/// What nobody inside may see.
const CANARY: &str = "CANARY-7f3a";

/// Who resolves paths.
#[derive(Clone, Copy, Debug)]
enum Resolution {
    Kernel,
    Walk,
}

const RESOLUTIONS: [Resolution; 2] = [Resolution::Kernel, Resolution::Walk];

/// A granted directory, and what lies around it.
struct Prison {
    folder: tempfile::TempDir,
}

impl Prison {
    fn new() -> Self {
        let prison = Self { folder: temporary_directory() };
        let (outside, granted) = (prison.outside(), prison.granted());
        create_dir_all(outside.join("dir/empty")).unwrap();
        for secret in ["canary", "outside/canary", "outside/file", "outside/dir/file"] {
            fs::write(prison.folder.path().join(secret), CANARY).unwrap();
        }
        create_dir_all(granted.join("sub/deep/deeper")).unwrap();
        for file in ["inside", "spare", "sub/inside", "sub/deep/inside"] {
            fs::write(granted.join(file), "INSIDE").unwrap();
        }
        prison.plant_links();
        prison
    }

    /// Links that lead outside, of every kind that a directory may hold when it is granted.
    fn plant_links(&self) {
        let (base, granted) = (self.folder.path(), self.granted());
        let absolute = |path: &str| base.join(path).into_os_string();
        for (name, target) in [
            ("relative", OsStr::new("../canary").to_owned()),
            ("absolute", absolute("canary")),
            ("up", "..".into()),
            ("up-slash", "../".into()),
            ("outside", "../outside".into()),
            ("outside-absolute", absolute("outside")),
            ("around", "sub/../../outside/dir".into()),
            ("one", "two".into()),
            ("two", "sub/three".into()),
            ("sub/three", "../../outside".into()),
            ("sub/up", "../..".into()),
            ("sub/deep/up", "../../../outside/file".into()),
            ("back-in", "../granted/inside".into()),
            ("granted-absolute", absolute("granted")),
            ("root", "/".into()),
            ("process-root", "/proc/self/root".into()),
            ("process-cwd", "/proc/self/cwd".into()),
            ("dangling-out", "../outside/to-be-made".into()),
            ("here", ".".into()),
        ] {
            symlink(target, granted.join(name)).unwrap();
        }
        for number in 3..8 {
            symlink(format!("/proc/self/fd/{number}/.."), granted.join(format!("fd{number}"))).unwrap();
        }
    }

    fn granted(&self) -> PathBuf {
        self.folder.path().join("granted")
    }

    fn outside(&self) -> PathBuf {
        self.folder.path().join("outside")
    }

    /// Paths that lead outside, by every means, and some that do not.
    fn paths(&self) -> Vec<Vec<u8>> {
        let base = self.folder.path().to_str().unwrap();
        let mut paths: Vec<Vec<u8>> = [
            "..",
            "../",
            "../.",
            "../canary",
            "./../canary",
            ".//..//canary",
            "../outside/",
            "../outside/file",
            "sub/../../canary",
            "sub/deep/../../../canary",
            "sub/./.././../canary",
            "sub/deep/deeper/../../../..",
            "inside/../../canary",
            "none/../../canary",
            "/",
            "//",
            "/etc/passwd",
            "//etc/passwd",
            "/..",
            "/inside",
            "relative",
            "relative/",
            "absolute",
            "absolute/",
            "up",
            "up/",
            "up/canary",
            "up/.",
            "up/..",
            "up/granted/../canary",
            "up-slash",
            "up-slash/canary",
            "up-slashcanary",
            "outside",
            "outside/",
            "outside/file",
            "outside/dir/file",
            "outside/dir/../file",
            "outside-absolute/file",
            "around",
            "around/file",
            "around/../file",
            "one",
            "one/file",
            "two/file",
            "sub/three/file",
            "sub/up/canary",
            "sub/up/outside/file",
            "sub/deep/up",
            "sub/../one/file",
            "back-in",
            "granted-absolute/inside",
            "granted-absolute/../canary",
            "root",
            "root/etc/passwd",
            "process-root",
            "process-root/etc/passwd",
            "process-cwd",
            "process-cwd/Cargo.toml",
            "fd3",
            "fd3/canary",
            "fd4",
            "fd4/canary",
            "fd5/canary",
            "dangling-out",
            "here/../canary",
            "here/here/up/canary",
            "...",
            ".. ",
            "..\\canary",
            "%2e%2e/canary",
        ]
        .iter()
        .map(|path| path.as_bytes().to_vec())
        .collect();
        paths.push(format!("{base}/canary").into_bytes());
        paths.push(format!("{base}/granted/../canary").into_bytes());
        paths.push([&b"../".repeat(1000)[..], b"etc/passwd"].concat());
        paths.push([&b"sub/../".repeat(570)[..], b"../canary"].concat());
        paths.push([&b"./".repeat(2000)[..], b"../canary"].concat());
        paths.push([&b"here/".repeat(39)[..], b"../canary"].concat());
        paths.push([&b"here/".repeat(100)[..], b"../canary"].concat());
        for length in [4094, 4095, 4096, 4097, 8000] {
            paths.push([&b"./".repeat(length)[..length - 9], b"../canary"].concat());
        }
        for with_zero in [
            &b"../canary\0"[..],
            b"inside\0/../../canary",
            b"\0../canary",
            b"..\0/canary",
            b"../canary\0x",
            b"\0",
        ] {
            paths.push(with_zero.to_vec());
        }
        for no_text in [&b"\xff"[..], b"../canary\xff", b"\xc0\xae\xc0\xae/canary", b"\xe2\x80\xa5/canary"] {
            paths.push(no_text.to_vec());
        }
        paths
    }

    /// The program, to be started with this directory alone.
    fn command(&self, program: &Path, resolution: Resolution) -> Command {
        let mut command = command(program);
        command.env("WASMWRIGHT_DIR", format!("{}::/", self.granted().display()));
        if let Resolution::Walk = resolution {
            without_openat2(&mut command);
        }
        command
    }

    /// All outside the granted directory, as it is now.
    fn surroundings(&self) -> BTreeMap<PathBuf, String> {
        let mut found = BTreeMap::new();
        let mut waiting = vec![self.folder.path().to_owned()];
        while let Some(path) = waiting.pop() {
            let metadata = path.symlink_metadata().unwrap();
            if metadata.is_dir() && path != self.granted() {
                waiting.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            }
            // The granted directory itself may change, but not where it is and what it is.
            let changing = path != self.granted();
            let times = changing.then(|| (metadata.mtime(), metadata.mtime_nsec(), metadata.nlink()));
            let content = if metadata.is_file() { fs::read(&path).unwrap() } else { Vec::new() };
            let facts = format!("{} {:o} {times:?} {content:?}", metadata.ino(), metadata.mode());
            found.insert(path, facts);
        }
        found
    }

    /// Asserts that an outcome tells nothing of the surroundings.
    #[track_caller]
    fn told_nothing(&self, outcome: &Outcome) {
        let text = String::from_utf8_lossy(&outcome.stdout);
        assert!(!text.contains(CANARY), "a canary was read: {outcome:?}");
        assert!(!text.contains("root:x:0"), "/etc/passwd was read: {outcome:?}");
        let base = self.folder.path().to_str().unwrap();
        assert!(!text.contains(base), "a path of the host was told: {outcome:?}");
        let told: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("inode ")).collect();
        for path in self.surroundings().keys().filter(|path| **path != self.granted()) {
            let inode = path.symlink_metadata().unwrap().ino().to_string();
            assert!(!told.contains(&&*inode), "{} was looked at: {outcome:?}", path.display());
        }
    }
}

/// The program of a source beneath `tests/programs/sandbox`, compiled once.
fn program(name: &str, cell: &'static OnceLock<(tempfile::TempDir, PathBuf)>) -> &'static Path {
    let (_, path) = cell.get_or_init(|| {
        let folder = temporary_directory();
        let module = Source::new(&format!("sandbox/{name}")).module();
        let path = compile(&module, &Variant::DEFAULT.options(), &folder.path().join(name));
        (folder, path)
    });
    path
}

fn attacker() -> &'static Path {
    static PROGRAM: OnceLock<(tempfile::TempDir, PathBuf)> = OnceLock::new();
    program("attack", &PROGRAM)
}

/// Attacks every path in one way. At least `least` calls must succeed, on what lies inside: an
/// attacker that can do nothing at all would prove nothing.
#[track_caller]
fn attack(what: &str, least: usize) {
    for resolution in RESOLUTIONS {
        let prison = Prison::new();
        let before = prison.surroundings();
        let mut input: Vec<u8> = Vec::new();
        for path in [&b"inside"[..], b"sub/inside", b"sub/deep/../inside", b"sub/deep", b"here/inside"] {
            input.extend([path, b"\n"].concat());
        }
        prison.paths().iter().for_each(|path| input.extend([path, &b"\n"[..]].concat()));
        let outcome = execute(prison.command(attacker(), resolution).arg(what), &input);
        assert_eq!(outcome.code(), Some(0), "{resolution:?} {what}: {outcome:?}");
        prison.told_nothing(&outcome);
        assert_eq!(prison.surroundings(), before, "{resolution:?} {what}: {outcome:?}");
        let text = String::from_utf8_lossy(&outcome.stdout);
        let succeeded = text.lines().last().and_then(|line| line.strip_suffix(" succeeded")?.parse().ok());
        assert!(succeeded.is_some_and(|count: usize| count >= least), "{resolution:?} {what}: {outcome:?}");
        if what == "read" {
            assert!(text.contains("read INSIDE"), "{resolution:?}: {outcome:?}");
        }
    }
}

#[test]
fn nothing_outside_is_read() {
    attack("read", 20);
}

#[test]
fn nothing_outside_is_listed() {
    attack("list", 4);
}

#[test]
fn nothing_outside_is_written() {
    attack("write", 15);
}

#[test]
fn nothing_is_created_outside() {
    attack("create", 15);
}

#[test]
fn nothing_outside_is_looked_at() {
    attack("stat", 10);
}

#[test]
fn no_times_are_set_outside() {
    attack("times", 10);
}

#[test]
fn no_directory_is_made_outside() {
    attack("mkdir", 2);
}

#[test]
fn no_symbolic_link_leads_outside() {
    attack("symlink", 20);
}

#[test]
fn no_hard_link_is_made_to_or_from_outside() {
    attack("link", 4);
}

#[test]
fn nothing_is_moved_in_or_out() {
    attack("rename", 4);
}

#[test]
fn nothing_outside_is_removed() {
    attack("remove", 5);
}

#[test]
fn no_link_tells_of_the_host() {
    attack("readlink", 5);
}

#[test]
fn moved_links_and_renumbered_descriptors_stay_inside() {
    for resolution in RESOLUTIONS {
        let prison = Prison::new();
        let before = prison.surroundings();
        let outcome = execute(prison.command(attacker(), resolution).arg("tricks"), b"");
        assert_eq!(outcome.code(), Some(0), "{resolution:?}: {outcome:?}");
        prison.told_nothing(&outcome);
        assert_eq!(prison.surroundings(), before, "{resolution:?}: {outcome:?}");
        let text = String::from_utf8_lossy(&outcome.stdout);
        assert!(text.contains("read INSIDE"), "{resolution:?}: {outcome:?}");
    }
}

#[test]
fn read_only_grants_are_read_only() {
    static PROGRAM: OnceLock<(tempfile::TempDir, PathBuf)> = OnceLock::new();
    for resolution in RESOLUTIONS {
        let folder = temporary_directory();
        let (read_only, writable) = (folder.path().join("ro"), folder.path().join("rw"));
        create_dir_all(read_only.join("sub")).unwrap();
        create_dir(&writable).unwrap();
        fs::write(read_only.join("file"), "kept").unwrap();
        fs::write(read_only.join("sub/inner"), "kept, too").unwrap();
        symlink("file", read_only.join("link")).unwrap();
        fs::write(writable.join("mine"), "mine").unwrap();
        let modified = || read_only.metadata().unwrap().modified().unwrap();
        let before = modified();
        let grants = format!("{}::/ro:ro\n{}::/rw", read_only.display(), writable.display());
        let mut command = command(program("readonly", &PROGRAM));
        if let Resolution::Walk = resolution {
            without_openat2(&mut command);
        }
        let outcome = execute(command.env("WASMWRIGHT_DIR", grants), b"");
        assert_eq!(outcome.code(), Some(0), "{resolution:?}: {outcome:?}");
        assert!(outcome.text().contains(" checks, 0 failures"), "{outcome:?}");
        assert_eq!(fs::read(read_only.join("file")).unwrap(), b"kept");
        assert_eq!(fs::read(read_only.join("sub/inner")).unwrap(), b"kept, too");
        assert_eq!(modified(), before);
        assert_eq!(fs::read_dir(&writable).unwrap().count(), 1);
    }
}

/// Swaps two names until the flag falls.
fn exchange(first: &Path, second: &Path, going: &AtomicBool) -> u64 {
    let text = |path: &Path| CString::new(path.as_os_str().as_bytes()).unwrap();
    let (first, second) = (text(first), text(second));
    let mut swaps = 0;
    while going.load(Ordering::Relaxed) {
        // SAFETY: two strings that end in NUL.
        let result = unsafe {
            let (old, new) = (first.as_ptr(), second.as_ptr());
            libc::renameat2(libc::AT_FDCWD, old, libc::AT_FDCWD, new, libc::RENAME_EXCHANGE)
        };
        assert_eq!(result, 0, "{}", std::io::Error::last_os_error());
        swaps += 1;
    }
    swaps
}

/// Moves a directory out of the sandbox and in again until the flag falls.
fn move_out_and_in(inside: &Path, outside: &Path, going: &AtomicBool) {
    while going.load(Ordering::Relaxed) {
        fs::rename(inside, outside).unwrap();
        fs::rename(outside, inside).unwrap();
    }
}

#[test]
fn races_with_the_host_are_lost() {
    static PROGRAM: OnceLock<(tempfile::TempDir, PathBuf)> = OnceLock::new();
    let seconds = if is_full_tier() { "30" } else { "3" };
    for resolution in RESOLUTIONS {
        let prison = Prison::new();
        let (granted, outside) = (prison.granted(), prison.outside());
        let host = prison.folder.path().join("host");
        create_dir(&host).unwrap();
        // `race`: a directory inside, or a link to the one outside. `swapped`: likewise a file.
        create_dir(granted.join("race")).unwrap();
        fs::write(granted.join("race/file"), "INSIDE").unwrap();
        symlink(&outside, granted.join("race-other")).unwrap();
        fs::write(granted.join("file"), "INSIDE").unwrap();
        fs::write(granted.join("swapped"), "INSIDE").unwrap();
        symlink("../canary", granted.join("swapped-other")).unwrap();
        create_dir_all(granted.join("moving/deep")).unwrap();
        let watched = || {
            let mut all = prison.surroundings();
            // Where the moving directory comes and goes.
            all.retain(|path, _| !path.starts_with(&host) && path != prison.folder.path());
            all
        };
        let before = watched();
        let going = AtomicBool::new(true);
        let outcome = std::thread::scope(|threads| {
            let swapped = |name: &str| (granted.join(name), granted.join(format!("{name}-other")));
            let ((race, race_other), (file, file_other)) = (swapped("race"), swapped("swapped"));
            let going = &going;
            let first = threads.spawn(move || exchange(&race, &race_other, going));
            let second = threads.spawn(move || exchange(&file, &file_other, going));
            let (inside, out) = (granted.join("moving"), host.join("moving"));
            threads.spawn(move || move_out_and_in(&inside, &out, going));
            let outcome = execute(prison.command(program("race", &PROGRAM), resolution).arg(seconds), b"");
            going.store(false, Ordering::Relaxed);
            assert!(first.join().unwrap() > 1000 && second.join().unwrap() > 1000, "too few swaps");
            outcome
        });
        prison.told_nothing(&outcome);
        assert_eq!(outcome.code(), Some(0), "{resolution:?}: {outcome:?}");
        assert!(outcome.text().contains("read INSIDE"), "{resolution:?}: {outcome:?}");
        assert_eq!(watched(), before, "{resolution:?}: {outcome:?}");
    }
}
