// path_*: what each does, and what it refuses. One writable directory is preopened.
#include "check.h"

IMPORT(path_open) i32 raw_path_open(i32, i32, i32, i32, i32, i64, i64, i32, i32);
IMPORT(path_create_directory) i32 raw_create(i32, i32, i32);
IMPORT(path_filestat_get) i32 raw_filestat_get(i32, i32, i32, i32, i32);
IMPORT(path_readlink) i32 raw_readlink(i32, i32, i32, i32, i32, i32);
IMPORT(path_unlink_file) i32 raw_unlink(i32, i32, i32);
IMPORT(path_rename) i32 raw_rename(i32, i32, i32, i32, i32, i32);
IMPORT(path_symlink) i32 raw_symlink(i32, i32, i32, i32, i32);
IMPORT(path_link) i32 raw_link(i32, i32, i32, i32, i32, i32, i32);

#define BAD 12345
#define FOLLOW __WASI_LOOKUPFLAGS_SYMLINK_FOLLOW

static __wasi_fd_t fd;
static __wasi_filestat_t stat_;

static void opening(void) {
    FAILS(NOENT, open_at(ROOT, "none", 0, READING, 0, &fd));
    OK(open_at(ROOT, "new", __WASI_OFLAGS_CREAT | __WASI_OFLAGS_EXCL, WRITING, 0, &fd));
    OK(__wasi_fd_close(fd));
    FAILS(EXIST, open_at(ROOT, "new", __WASI_OFLAGS_CREAT | __WASI_OFLAGS_EXCL, WRITING, 0, &fd));
    FAILS(NOTDIR, open_at(ROOT, "new", __WASI_OFLAGS_DIRECTORY, READING, 0, &fd));
    FAILS(NOTDIR, open_at(ROOT, "new/x", 0, READING, 0, &fd));
    FAILS(NOTDIR, open_at(ROOT, "new/", 0, READING, 0, &fd));
    FAILS(NOENT, open_at(ROOT, "", 0, READING, 0, &fd));
    FAILS(ISDIR, open_at(ROOT, ".", 0, WRITING, 0, &fd));
    FAILS(BADF, open_at(BAD, "new", 0, READING, 0, &fd));
    FAILS(NOTDIR, open_at(0, "new", 0, READING, 0, &fd));
    FAILS(INVAL, open_at(ROOT, "new", 0x4000, READING, 0, &fd));
    FAILS(INVAL, raw_path_open(ROOT, 2, (i32) "new", 3, 0, READING, 0, 0, (i32)&fd));
    FAILS(FAULT, raw_path_open(ROOT, 0, OUTSIDE, 100, 0, READING, 0, 0, (i32)&fd));
    FAILS(FAULT, raw_path_open(ROOT, 0, (i32) "new", 3, 0, READING, 0, 0, OUTSIDE));
    FAILS(ILSEQ, raw_path_open(ROOT, 0, (i32) "a\xff", 2, 0, READING, 0, 0, (i32)&fd));
    CHECK(raw_path_open(ROOT, 0, (i32) "new\0x", 5, 0, READING, 0, 0, (i32)&fd) != 0);
    make_file("new", "text");
    OK(open_at(ROOT, "new", __WASI_OFLAGS_TRUNC, WRITING, 0, &fd));
    OK(__wasi_fd_close(fd));
    SAME(0, size_of_path("new"));

    OK(__wasi_path_create_directory(ROOT, "sub"));
    __wasi_fd_t sub = opened("sub", __WASI_OFLAGS_DIRECTORY, READING);
    OK(open_at(sub, "inner", __WASI_OFLAGS_CREAT, WRITING, 0, &fd));
    OK(__wasi_fd_close(fd));
    OK(open_at(ROOT, "./sub/.//./inner", 0, READING, 0, &fd));
    OK(__wasi_fd_close(fd));
    OK(open_at(ROOT, "sub/../sub/inner", 0, READING, 0, &fd));
    OK(__wasi_fd_close(fd));
    FAILS(PERM, open_at(sub, "../new", 0, READING, 0, &fd));
    OK(__wasi_fd_close(sub));
    // A directory without flags opens, too.
    OK(open_at(ROOT, "sub/", 0, READING, 0, &fd));
    OK(__wasi_fd_filestat_get(fd, &stat_));
    SAME(__WASI_FILETYPE_DIRECTORY, stat_.filetype);
    OK(__wasi_fd_close(fd));
}

static void directories(void) {
    OK(__wasi_path_create_directory(ROOT, "d"));
    FAILS(EXIST, __wasi_path_create_directory(ROOT, "d"));
    FAILS(EXIST, __wasi_path_create_directory(ROOT, "new"));
    FAILS(NOENT, __wasi_path_create_directory(ROOT, "none/d"));
    FAILS(NOTDIR, __wasi_path_create_directory(ROOT, "new/d"));
    FAILS(NOENT, __wasi_path_create_directory(ROOT, ""));
    OK(__wasi_path_create_directory(ROOT, "d/slash/"));
    FAILS(NOTEMPTY, __wasi_path_remove_directory(ROOT, "d"));
    OK(__wasi_path_remove_directory(ROOT, "d/slash/"));
    FAILS(NOENT, __wasi_path_remove_directory(ROOT, "d/slash"));
    FAILS(NOTDIR, __wasi_path_remove_directory(ROOT, "new"));
    OK(__wasi_path_remove_directory(ROOT, "d"));
    FAILS(BADF, __wasi_path_create_directory(BAD, "d"));
    FAILS(BADF, __wasi_path_remove_directory(BAD, "d"));
    FAILS(FAULT, raw_create(ROOT, OUTSIDE, 100));
    char component[300];
    memset(component, 'n', 255);
    component[255] = 0;
    OK(__wasi_path_create_directory(ROOT, component));
    OK(__wasi_path_remove_directory(ROOT, component));
    memset(component, 'n', 256);
    component[256] = 0;
    FAILS(NAMETOOLONG, __wasi_path_create_directory(ROOT, component));
}

static void links(void) {
    uint8_t target[16];
    __wasi_size_t length;
    make_file("target", "12345");
    OK(__wasi_path_symlink("target", ROOT, "link"));
    FAILS(EXIST, __wasi_path_symlink("target", ROOT, "link"));
    OK(__wasi_path_readlink(ROOT, "link", target, sizeof target, &length));
    CHECK(length == 6 && !memcmp(target, "target", 6));
    OK(__wasi_path_readlink(ROOT, "link", target, 3, &length));
    CHECK(length == 3 && !memcmp(target, "tar", 3));
    FAILS(INVAL, __wasi_path_readlink(ROOT, "target", target, sizeof target, &length));
    FAILS(NOENT, __wasi_path_readlink(ROOT, "none", target, sizeof target, &length));
    FAILS(BADF, __wasi_path_readlink(BAD, "link", target, sizeof target, &length));
    FAILS(FAULT, raw_readlink(ROOT, (i32) "link", 4, OUTSIDE, 16, (i32)&length));

    OK(__wasi_path_filestat_get(ROOT, 0, "link", &stat_));
    SAME(__WASI_FILETYPE_SYMBOLIC_LINK, stat_.filetype);
    OK(__wasi_path_filestat_get(ROOT, FOLLOW, "link", &stat_));
    SAME(__WASI_FILETYPE_REGULAR_FILE, stat_.filetype);
    SAME(5, stat_.size);
    FAILS(LOOP, __wasi_path_open(ROOT, 0, "link", 0, READING, 0, 0, &fd));
    OK(__wasi_path_open(ROOT, FOLLOW, "link", 0, READING, 0, 0, &fd));
    OK(__wasi_fd_close(fd));

    OK(__wasi_path_symlink("link-to-itself", ROOT, "link-to-itself"));
    FAILS(LOOP, open_at(ROOT, "link-to-itself", 0, READING, 0, &fd));
    FAILS(LOOP, __wasi_path_filestat_get(ROOT, FOLLOW, "link-to-itself", &stat_));
    FAILS(LOOP, open_at(ROOT, "link-to-itself/x", 0, READING, 0, &fd));
    OK(__wasi_path_symlink("nowhere", ROOT, "dangling"));
    FAILS(NOENT, open_at(ROOT, "dangling", 0, READING, 0, &fd));
    OK(__wasi_path_symlink("sub", ROOT, "to-sub"));
    OK(open_at(ROOT, "to-sub/inner", 0, READING, 0, &fd));
    OK(__wasi_fd_close(fd));
    OK(__wasi_path_filestat_get(ROOT, 0, "to-sub/", &stat_));
    SAME(__WASI_FILETYPE_DIRECTORY, stat_.filetype);
    FAILS(PERM, __wasi_path_symlink("/absolute", ROOT, "absolute"));
    FAILS(NOENT, __wasi_path_symlink("target", ROOT, "none/link"));
    FAILS(BADF, __wasi_path_symlink("target", BAD, "link2"));
    FAILS(FAULT, raw_symlink(OUTSIDE, 100, ROOT, (i32) "x", 1));

    OK(__wasi_path_link(ROOT, 0, "target", ROOT, "hard"));
    OK(__wasi_path_filestat_get(ROOT, 0, "hard", &stat_));
    SAME(2, stat_.nlink);
    FAILS(EXIST, __wasi_path_link(ROOT, 0, "target", ROOT, "hard"));
    FAILS(NOENT, __wasi_path_link(ROOT, 0, "none", ROOT, "hard2"));
    FAILS(PERM, __wasi_path_link(ROOT, 0, "sub", ROOT, "hard2"));
    FAILS(INVAL, __wasi_path_link(ROOT, FOLLOW, "link", ROOT, "hard2"));
    OK(__wasi_path_link(ROOT, 0, "link", ROOT, "hard-link"));
    OK(__wasi_path_filestat_get(ROOT, 0, "hard-link", &stat_));
    SAME(__WASI_FILETYPE_SYMBOLIC_LINK, stat_.filetype);
    FAILS(BADF, __wasi_path_link(BAD, 0, "target", ROOT, "hard2"));
    FAILS(BADF, __wasi_path_link(ROOT, 0, "target", BAD, "hard2"));
    FAILS(FAULT, raw_link(ROOT, 0, OUTSIDE, 9, ROOT, (i32) "x", 1));
    static const char *made[] = {"hard", "hard-link", "link", "link-to-itself", "dangling", "to-sub"};
    for (int i = 0; i < 6; i++) OK(__wasi_path_unlink_file(ROOT, made[i]));
}

static void renaming(void) {
    make_file("from", "from");
    make_file("to", "to");
    OK(__wasi_path_rename(ROOT, "from", ROOT, "to"));
    SAME(4, size_of_path("to"));
    FAILS(NOENT, __wasi_path_rename(ROOT, "from", ROOT, "to"));
    __wasi_fd_t sub = opened("sub", __WASI_OFLAGS_DIRECTORY, READING);
    OK(__wasi_path_rename(ROOT, "to", sub, "moved"));
    OK(__wasi_path_filestat_get(sub, 0, "moved", &stat_));
    OK(__wasi_path_rename(sub, "moved", ROOT, "to"));
    OK(__wasi_fd_close(sub));
    OK(__wasi_path_create_directory(ROOT, "dir1"));
    OK(__wasi_path_create_directory(ROOT, "dir2"));
    FAILS(ISDIR, __wasi_path_rename(ROOT, "to", ROOT, "dir1"));
    FAILS(NOTDIR, __wasi_path_rename(ROOT, "dir1", ROOT, "to"));
    OK(__wasi_path_rename(ROOT, "dir1", ROOT, "dir2"));
    FAILS(INVAL, __wasi_path_rename(ROOT, "dir2", ROOT, "dir2/inside"));
    OK(__wasi_path_create_directory(ROOT, "dir2/full"));
    OK(__wasi_path_create_directory(ROOT, "dir1"));
    FAILS(NOTEMPTY, __wasi_path_rename(ROOT, "dir1", ROOT, "dir2"));
    OK(__wasi_path_rename(ROOT, "dir1/", ROOT, "dir3/"));
    FAILS(NOTDIR, __wasi_path_rename(ROOT, "to/", ROOT, "x"));
    OK(__wasi_path_rename(ROOT, "to", ROOT, "to"));
    FAILS(BADF, __wasi_path_rename(BAD, "to", ROOT, "x"));
    FAILS(BADF, __wasi_path_rename(ROOT, "to", BAD, "x"));
    FAILS(FAULT, raw_rename(ROOT, OUTSIDE, 9, ROOT, (i32) "x", 1));
    OK(__wasi_path_remove_directory(ROOT, "dir2/full"));
    OK(__wasi_path_remove_directory(ROOT, "dir2"));
    OK(__wasi_path_remove_directory(ROOT, "dir3"));
}

static void removing(void) {
    OK(__wasi_path_unlink_file(ROOT, "to"));
    FAILS(NOENT, __wasi_path_unlink_file(ROOT, "to"));
    CHECK(__wasi_path_unlink_file(ROOT, "sub") == __WASI_ERRNO_ISDIR);
    CHECK(__wasi_path_unlink_file(ROOT, "target/") != __WASI_ERRNO_SUCCESS);
    FAILS(BADF, __wasi_path_unlink_file(BAD, "target"));
    FAILS(FAULT, raw_unlink(ROOT, OUTSIDE, 9));
    // What is open lives on.
    fd = opened("target", 0, READING);
    OK(__wasi_path_unlink_file(ROOT, "target"));
    OK(__wasi_fd_filestat_get(fd, &stat_));
    SAME(0, stat_.nlink);
    SAME(5, stat_.size);
    OK(__wasi_fd_close(fd));
}

static void times(void) {
    make_file("times", "");
    OK(__wasi_path_symlink("times", ROOT, "times-link"));
    OK(__wasi_path_filestat_set_times(ROOT, 0, "times", 1000000001, 2000000002, __WASI_FSTFLAGS_ATIM | __WASI_FSTFLAGS_MTIM));
    OK(__wasi_path_filestat_get(ROOT, 0, "times", &stat_));
    SAME(1000000001, stat_.atim);
    SAME(2000000002, stat_.mtim);
    OK(__wasi_path_filestat_set_times(ROOT, FOLLOW, "times-link", 3, 4, __WASI_FSTFLAGS_ATIM | __WASI_FSTFLAGS_MTIM));
    OK(__wasi_path_filestat_get(ROOT, 0, "times", &stat_));
    SAME(4, stat_.mtim);
    OK(__wasi_path_filestat_set_times(ROOT, 0, "times-link", 5, 6, __WASI_FSTFLAGS_ATIM | __WASI_FSTFLAGS_MTIM));
    OK(__wasi_path_filestat_get(ROOT, 0, "times", &stat_));
    SAME(4, stat_.mtim);
    OK(__wasi_path_filestat_get(ROOT, 0, "times-link", &stat_));
    SAME(6, stat_.mtim);
    OK(__wasi_path_filestat_set_times(ROOT, 0, "times", 0, 0, __WASI_FSTFLAGS_MTIM_NOW));
    OK(__wasi_path_filestat_get(ROOT, 0, "times", &stat_));
    CHECK(stat_.mtim > 1577836800000000000u && stat_.atim < 1000);
    FAILS(INVAL, __wasi_path_filestat_set_times(ROOT, 0, "times", 0, 0, __WASI_FSTFLAGS_MTIM_NOW | __WASI_FSTFLAGS_MTIM));
    FAILS(INVAL, __wasi_path_filestat_set_times(ROOT, 0, "times", 0, 0, 0x100));
    FAILS(NOENT, __wasi_path_filestat_set_times(ROOT, 0, "none", 0, 0, __WASI_FSTFLAGS_MTIM_NOW));
    FAILS(BADF, __wasi_path_filestat_set_times(BAD, 0, "times", 0, 0, 0));
    FAILS(NOENT, __wasi_path_filestat_get(ROOT, 0, "none", &stat_));
    FAILS(BADF, __wasi_path_filestat_get(BAD, 0, "times", &stat_));
    FAILS(NOTDIR, __wasi_path_filestat_get(ROOT, 0, "times/", &stat_));
    FAILS(INVAL, raw_filestat_get(ROOT, 8, (i32) "times", 5, (i32)&stat_));
    FAILS(FAULT, raw_filestat_get(ROOT, 0, (i32) "times", 5, OUTSIDE));
    OK(__wasi_path_unlink_file(ROOT, "times-link"));
    OK(__wasi_path_unlink_file(ROOT, "times"));
}

int main(void) {
    opening();
    directories();
    links();
    renaming();
    removing();
    times();
    OK(__wasi_path_unlink_file(ROOT, "sub/inner"));
    OK(__wasi_path_remove_directory(ROOT, "sub"));
    OK(__wasi_path_unlink_file(ROOT, "new"));
    return finish();
}
