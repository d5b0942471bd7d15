//! The kernel and the walk must say the same of every path: paths put together at random over a
//! tree of directories, files and links of every kind are resolved by both.

use std::collections::BTreeSet;
use std::os::unix::fs::{MetadataExt, symlink};

use super::super::types::oflags;
use super::*;

/// Numbers that look random and are the same each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }
}

/// Names in every directory of the tree, and what else a path is made of.
const COMPONENTS: [&str; 16] = [
    "a", "b", "a", "b", "file", "up", "down", "deep", "self", "loop", "dangling", "absolute", "slash", "..",
    ".", "no",
];

fn make_tree(directory: &Path, depth: usize) {
    std::fs::create_dir_all(directory).expect("makes");
    std::fs::write(directory.join("file"), "").expect("writes");
    for (target, name) in [
        ("..", "up"),
        ("a/b", "down"),
        ("down/../a/./up", "deep"),
        (".", "self"),
        ("loop/x", "loop"),
        ("no/where", "dangling"),
        ("/tmp", "absolute"),
        ("a//", "slash"),
    ] {
        symlink(target, directory.join(name)).expect("links");
    }
    if depth > 0 {
        make_tree(&directory.join("a"), depth - 1);
        make_tree(&directory.join("b"), depth - 1);
    }
}

/// The numbers of all files of a tree.
fn inodes(directory: &Path, all: &mut BTreeSet<u64>) {
    all.insert(std::fs::metadata(directory).expect("there").ino());
    for entry in std::fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        let stat = std::fs::symlink_metadata(&path).expect("there");
        all.insert(stat.ino());
        if stat.is_dir() {
            inodes(&path, all);
        }
    }
}

fn random_path(numbers: &mut Numbers) -> String {
    let mut path = String::new();
    for index in 0..=numbers.below(7) {
        if index > 0 {
            path.push_str(if numbers.below(10) == 0 { "//" } else { "/" });
        }
        path.push_str(COMPONENTS[numbers.below(COMPONENTS.len())]);
    }
    if numbers.below(6) == 0 {
        path.push('/');
    }
    path
}

/// What each function says of a path: a file's number or an error.
fn answers(guest: &mut Guest, path: &str) -> [Outcome<u64>; 5] {
    guest.reset();
    let opened = |guest: &mut Guest, outcome: Outcome<u32>| {
        outcome.map(|number| {
            let host = guest.context().table.get(number).expect("open").host;
            let file = std::fs::metadata(format!("/proc/self/fd/{host}")).expect("open");
            guest.close(number).expect("open");
            file.ino()
        })
    };
    let followed = guest.open_to_read(path);
    let followed = opened(guest, followed);
    let itself = guest.open_with(DIR, 0, path, 0, rights::FD_READ, 0);
    let itself = opened(guest, itself);
    let directory = guest.open_with(DIR, 0, path, oflags::DIRECTORY, rights::FD_READ, 0);
    let directory = opened(guest, directory);
    let stat = guest.stat(path, SYMLINK_FOLLOW).map(|stat| stat.inode);
    let lstat = guest.stat(path, 0).map(|stat| stat.inode);
    [followed, itself, directory, stat, lstat]
}

#[test]
fn both_ways_agree_on_every_path() {
    let (mut guest, scratch) = Guest::with_directory();
    make_tree(scratch.path(), 3);
    let mut inside = BTreeSet::new();
    inodes(scratch.path(), &mut inside);
    let mut numbers = Numbers(0x9E37_79B9_7F4A_7C15);
    let (mut found, mut refused) = (0, 0);
    for _ in 0..4000 {
        let path = random_path(&mut numbers);
        let [kernel, walk] = [false, true].map(|lacks_openat2| {
            guest.context().lacks_openat2.store(lacks_openat2, Ordering::Relaxed);
            answers(&mut guest, &path)
        });
        assert_eq!(kernel, walk, "{path}");
        // Opening and asking about are two resolutions of one path.
        assert_eq!(kernel[0], kernel[3], "{path}");
        let reached = kernel.iter().filter_map(|answer| answer.ok());
        assert!(reached.into_iter().all(|inode| inside.contains(&inode)), "{path} leads outside");
        found += usize::from(kernel[0].is_ok());
        refused += usize::from(kernel[0] == err(Errno::PERM));
    }
    assert!(found > 500 && refused > 500, "the paths are too much alike: {found} {refused}");
}
