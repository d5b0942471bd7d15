// fd_readdir: names, types, inodes, cookies, small buffers, changes meanwhile.
#include "check.h"

IMPORT(fd_readdir) i32 raw_fd_readdir(i32, i32, i32, i64, i32);

#define FILES 200
static uint8_t buffer[65536];
static int seen[FILES], removed[FILES], dots, directories, links;
static __wasi_dircookie_t last;

// Reads one buffer of entries from a cookie; how many were whole.
static int list(__wasi_fd_t fd, __wasi_size_t room, __wasi_dircookie_t from, __wasi_size_t *used) {
    OK(__wasi_fd_readdir(fd, buffer, room, from, used));
    CHECK(*used <= room);
    int entries = 0;
    for (__wasi_size_t at = 0; at + sizeof(__wasi_dirent_t) <= *used;) {
        __wasi_dirent_t entry;
        memcpy(&entry, buffer + at, sizeof entry);
        at += sizeof entry;
        if (at + entry.d_namlen > *used) break;
        char name[300];
        memcpy(name, buffer + at, entry.d_namlen);
        name[entry.d_namlen] = 0;
        at += entry.d_namlen;
        last = entry.d_next;
        entries++;
        if (!strcmp(name, ".") || !strcmp(name, "..")) {
            dots++;
            SAME(__WASI_FILETYPE_DIRECTORY, entry.d_type);
        } else if (!strcmp(name, "sub")) {
            directories += entry.d_type == __WASI_FILETYPE_DIRECTORY;
        } else if (!strcmp(name, "link")) {
            links += entry.d_type == __WASI_FILETYPE_SYMBOLIC_LINK;
        } else {
            int number = atoi(name + 4);
            CHECK(!strncmp(name, "file", 4) && number >= 0 && number < FILES && entry.d_type == __WASI_FILETYPE_REGULAR_FILE);
            seen[number]++;
            __wasi_filestat_t stat;
            if (!__wasi_path_filestat_get(fd, 0, name, &stat)) CHECK(stat.ino == entry.d_ino);
        }
    }
    return entries;
}

static void forget(void) {
    memset(seen, 0, sizeof seen);
    dots = directories = links = 0;
}

static void all_seen(int times) {
    int wrong = 0;
    for (int i = 0; i < FILES; i++) wrong += seen[i] != times;
    SAME(0, wrong);
    SAME(2 * times, dots);
    SAME(times, directories);
    SAME(times, links);
}

int main(void) {
    char name[20];
    OK(__wasi_path_create_directory(ROOT, "dir"));
    OK(__wasi_path_create_directory(ROOT, "dir/sub"));
    OK(__wasi_path_symlink("sub", ROOT, "dir/link"));
    for (int i = 0; i < FILES; i++) {
        snprintf(name, sizeof name, "dir/file%d", i);
        __wasi_fd_t fd = opened(name, __WASI_OFLAGS_CREAT, WRITING);
        OK(__wasi_fd_close(fd));
    }
    __wasi_fd_t fd = opened("dir", __WASI_OFLAGS_DIRECTORY, READING);
    __wasi_size_t used;

    SAME(FILES + 4, list(fd, sizeof buffer, 0, &used));
    all_seen(1);
    CHECK(used < sizeof buffer);
    OK(__wasi_fd_readdir(fd, buffer, sizeof buffer, last, &used));
    SAME(0, used);

    // Again from the start, in buffers that cut entries off.
    for (__wasi_size_t room = 40; room < 3000; room = room * 7 / 3) {
        forget();
        __wasi_dircookie_t from = 0;
        int rounds = 0;
        for (;;) {
            int entries = list(fd, room, from, &used);
            if (used < room) break;
            SAME(room, used);
            if (!entries || ++rounds > 1000) break;
            from = last;
        }
        all_seen(1);
    }

    // A buffer too small for one entry is filled; none is an error.
    OK(__wasi_fd_readdir(fd, buffer, 10, 0, &used));
    SAME(10, used);
    OK(__wasi_fd_readdir(fd, buffer, 0, 0, &used));
    SAME(0, used);

    // Back to a cookie in the middle: the same entries follow.
    forget();
    list(fd, 500, 0, &used);
    __wasi_dircookie_t middle = last;
    static uint8_t copy[2000];
    OK(__wasi_fd_readdir(fd, buffer, sizeof copy, middle, &used));
    memcpy(copy, buffer, used);
    OK(__wasi_fd_readdir(fd, buffer, sizeof buffer, 0, &used));
    OK(__wasi_fd_readdir(fd, buffer, sizeof copy, middle, &used));
    CHECK(!memcmp(copy, buffer, used));

    // Removing while reading misses nothing.
    forget();
    for (__wasi_dircookie_t from = 0;; from = last) {
        list(fd, 300, from, &used);
        for (int i = 0; i < FILES; i++) {
            snprintf(name, sizeof name, "file%d", i);
            if (seen[i] == 1 && !removed[i]) {
                OK(__wasi_path_unlink_file(fd, name));
                removed[i] = 1;
            }
        }
        if (used < 300) break;
    }
    all_seen(1);
    forget();
    SAME(4, list(fd, sizeof buffer, 0, &used));

    // A cookie beyond the end.
    OK(__wasi_fd_readdir(fd, buffer, sizeof buffer, 1000, &used));
    SAME(0, used);
    FAILS(FAULT, raw_fd_readdir(fd, OUTSIDE, 100, 0, (i32)&used));
    FAILS(FAULT, raw_fd_readdir(fd, (i32)buffer, 100, 0, OUTSIDE));
    FAILS(BADF, __wasi_fd_readdir(12345, buffer, 100, 0, &used));
    OK(__wasi_fd_close(fd));
    make_file("plain", "");
    fd = opened("plain", 0, READING);
    FAILS(NOTDIR, __wasi_fd_readdir(fd, buffer, 100, 0, &used));
    OK(__wasi_fd_close(fd));

    // The preopened directory itself.
    OK(__wasi_fd_readdir(ROOT, buffer, sizeof buffer, 0, &used));
    CHECK(used > 0);
    return finish();
}
