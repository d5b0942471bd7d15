// fd_*, but for directories and waiting: one writable directory is preopened.
#include "check.h"

IMPORT(fd_read) i32 raw_fd_read(i32, i32, i32, i32);
IMPORT(fd_write) i32 raw_fd_write(i32, i32, i32, i32);
IMPORT(fd_pread) i32 raw_fd_pread(i32, i32, i32, i64, i32);
IMPORT(fd_seek) i32 raw_fd_seek(i32, i64, i32, i32);
IMPORT(fd_fdstat_get) i32 raw_fd_fdstat_get(i32, i32);
IMPORT(fd_filestat_get) i32 raw_fd_filestat_get(i32, i32);
IMPORT(fd_prestat_get) i32 raw_fd_prestat_get(i32, i32);
IMPORT(fd_prestat_dir_name) i32 raw_fd_prestat_dir_name(i32, i32, i32);
IMPORT(fd_advise) i32 raw_fd_advise(i32, i64, i64, i32);

#define BAD 12345

static __wasi_size_t done;
static __wasi_filesize_t at;

static __wasi_errno_t put(__wasi_fd_t fd, const char *text) {
    __wasi_ciovec_t buffer = {(const uint8_t *)text, strlen(text)};
    return __wasi_fd_write(fd, &buffer, 1, &done);
}

static char got[256];

static __wasi_errno_t get(__wasi_fd_t fd, __wasi_size_t length) {
    memset(got, 0, sizeof got);
    __wasi_iovec_t buffer = {(uint8_t *)got, length};
    return __wasi_fd_read(fd, &buffer, 1, &done);
}

static void reading_and_writing(void) {
    __wasi_fd_t fd = opened("file", __WASI_OFLAGS_CREAT, READING | WRITING);
    __wasi_ciovec_t parts[] = {{(const uint8_t *)"one ", 4}, {NULL, 0}, {(const uint8_t *)"two ", 4}, {(const uint8_t *)"three", 5}};
    OK(__wasi_fd_write(fd, parts, 4, &done));
    SAME(13, done);
    OK(__wasi_fd_tell(fd, &at));
    SAME(13, at);
    OK(__wasi_fd_seek(fd, 4, __WASI_WHENCE_SET, &at));
    SAME(4, at);
    OK(get(fd, 3));
    CHECK(done == 3 && !strcmp(got, "two"));
    OK(__wasi_fd_seek(fd, -2, __WASI_WHENCE_CUR, &at));
    SAME(5, at);
    OK(__wasi_fd_seek(fd, -5, __WASI_WHENCE_END, &at));
    SAME(8, at);
    char a[3] = "", b[20] = "";
    __wasi_iovec_t rooms[] = {{(uint8_t *)a, 2}, {(uint8_t *)b, 19}};
    OK(__wasi_fd_read(fd, rooms, 2, &done));
    CHECK(done == 5 && !strcmp(a, "th") && !strcmp(b, "ree"));
    OK(get(fd, 10));
    SAME(0, done);
    FAILS(INVAL, __wasi_fd_seek(fd, -1, __WASI_WHENCE_SET, &at));
    FAILS(INVAL, __wasi_fd_seek(fd, -100, __WASI_WHENCE_CUR, &at));
    FAILS(INVAL, raw_fd_seek(fd, 0, 3, (i32)&at));
    OK(__wasi_fd_seek(fd, 1LL << 40, __WASI_WHENCE_SET, &at));
    SAME(1LL << 40, at);
    OK(get(fd, 10));
    SAME(0, done);

    OK(__wasi_fd_pwrite(fd, parts, 1, 100, &done));
    SAME(4, done);
    rooms[1].buf_len = 10;
    OK(__wasi_fd_pread(fd, rooms + 1, 1, 98, &done));
    CHECK(done == 6 && !memcmp(b, "\0\0one ", 6));
    OK(__wasi_fd_pread(fd, rooms, 1, 1000, &done));
    SAME(0, done);
    OK(__wasi_fd_tell(fd, &at));
    SAME(1LL << 40, at);
    OK(__wasi_fd_read(fd, rooms, 0, &done));
    SAME(0, done);

    FAILS(FAULT, raw_fd_read(fd, OUTSIDE, 1, (i32)&done));
    FAILS(FAULT, raw_fd_read(fd, (i32)rooms, 1, OUTSIDE));
    FAILS(FAULT, raw_fd_read(fd, (i32)rooms, 0x20000000, (i32)&done));
    FAILS(FAULT, raw_fd_write(fd, OUTSIDE, 1, (i32)&done));
    FAILS(FAULT, raw_fd_pread(fd, OUTSIDE, 1, 0, (i32)&done));
    OK(__wasi_fd_seek(fd, 0, __WASI_WHENCE_SET, &at));
    __wasi_iovec_t outside = {(uint8_t *)OUTSIDE, 100}, wraps = {(uint8_t *)got, 0xfffffff0};
    FAILS(FAULT, __wasi_fd_read(fd, &outside, 1, &done));
    FAILS(FAULT, __wasi_fd_read(fd, &wraps, 1, &done));
    OK(__wasi_fd_close(fd));

    // Access that was not asked for.
    fd = opened("file", 0, READING);
    FAILS(BADF, put(fd, "x"));
    FAILS(BADF, __wasi_fd_pwrite(fd, parts, 1, 0, &done));
    OK(get(fd, 3));
    OK(__wasi_fd_close(fd));
    fd = opened("file", 0, WRITING);
    FAILS(BADF, get(fd, 3));
    OK(put(fd, "ONE"));
    OK(__wasi_fd_close(fd));
    FAILS(BADF, put(fd, "x"));
    FAILS(BADF, get(BAD, 3));
    FAILS(BADF, put(BAD, "x"));
    FAILS(BADF, __wasi_fd_pread(BAD, rooms, 1, 0, &done));
    FAILS(BADF, __wasi_fd_pwrite(BAD, parts, 1, 0, &done));
    FAILS(BADF, __wasi_fd_seek(BAD, 0, 0, &at));
    FAILS(BADF, __wasi_fd_tell(BAD, &at));
    FAILS(BADF, get(ROOT, 3));
    FAILS(BADF, put(ROOT, "x"));
    FAILS(BADF, __wasi_fd_seek(ROOT, 0, 0, &at));
}

static void appending(void) {
    __wasi_fd_t fd;
    make_file("log", "first");
    OK(open_at(ROOT, "log", 0, READING | WRITING, __WASI_FDFLAGS_APPEND, &fd));
    OK(put(fd, " second"));
    OK(__wasi_fd_seek(fd, 0, __WASI_WHENCE_SET, &at));
    OK(put(fd, " third"));
    SAME(18, size_of_path("log"));
    __wasi_ciovec_t part = {(const uint8_t *)"FIRST", 5};
    OK(__wasi_fd_pwrite(fd, &part, 1, 0, &done));
    SAME(18, size_of_path("log"));
    __wasi_fdstat_t stat;
    OK(__wasi_fd_fdstat_get(fd, &stat));
    SAME(__WASI_FDFLAGS_APPEND, stat.fs_flags);
    OK(__wasi_fd_fdstat_set_flags(fd, 0));
    OK(__wasi_fd_fdstat_get(fd, &stat));
    SAME(0, stat.fs_flags);
    OK(__wasi_fd_seek(fd, 0, __WASI_WHENCE_SET, &at));
    OK(put(fd, "f"));
    SAME(18, size_of_path("log"));
    OK(__wasi_fd_fdstat_set_flags(fd, __WASI_FDFLAGS_APPEND | __WASI_FDFLAGS_NONBLOCK));
    OK(__wasi_fd_fdstat_get(fd, &stat));
    SAME(__WASI_FDFLAGS_APPEND | __WASI_FDFLAGS_NONBLOCK, stat.fs_flags);
    FAILS(INVAL, __wasi_fd_fdstat_set_flags(fd, 0x8000));
    FAILS(BADF, __wasi_fd_fdstat_set_flags(BAD, 0));
    OK(__wasi_fd_close(fd));
    FAILS(INVAL, open_at(ROOT, "log", 0, READING, 0x8000, &fd));
}

static void rights(void) {
    __wasi_fdstat_t stat;
    __wasi_fd_t fd = opened("file", 0, READING | WRITING);
    OK(__wasi_fd_fdstat_get(fd, &stat));
    SAME(__WASI_FILETYPE_REGULAR_FILE, stat.fs_filetype);
    CHECK(stat.fs_rights_base & READING && stat.fs_rights_base & WRITING && stat.fs_rights_base & __WASI_RIGHTS_FD_SEEK);
    CHECK(!(stat.fs_rights_base & __WASI_RIGHTS_PATH_OPEN));
    OK(__wasi_fd_fdstat_set_rights(fd, READING, 0));
    OK(__wasi_fd_fdstat_get(fd, &stat));
    SAME(READING, stat.fs_rights_base);
    SAME(0, stat.fs_rights_inheriting);
    CHECK(put(fd, "x") != __WASI_ERRNO_SUCCESS);
    CHECK(__wasi_fd_seek(fd, 0, 0, &at) != __WASI_ERRNO_SUCCESS);
    OK(get(fd, 1));
    FAILS(NOTCAPABLE, __wasi_fd_fdstat_set_rights(fd, READING | WRITING, 0));
    FAILS(NOTCAPABLE, __wasi_fd_fdstat_set_rights(fd, 0, WRITING));
    FAILS(BADF, __wasi_fd_fdstat_set_rights(BAD, 0, 0));
    OK(__wasi_fd_close(fd));

    OK(__wasi_fd_fdstat_get(ROOT, &stat));
    SAME(__WASI_FILETYPE_DIRECTORY, stat.fs_filetype);
    CHECK(stat.fs_rights_base & __WASI_RIGHTS_PATH_OPEN && stat.fs_rights_inheriting & READING);
    FAILS(BADF, __wasi_fd_fdstat_get(BAD, &stat));
    FAILS(FAULT, raw_fd_fdstat_get(ROOT, OUTSIDE));

    // A directory that passes on less.
    OK(__wasi_path_create_directory(ROOT, "less"));
    __wasi_fd_t less = opened("less", __WASI_OFLAGS_DIRECTORY, 0);
    OK(__wasi_fd_fdstat_get(less, &stat));
    OK(__wasi_fd_fdstat_set_rights(less, stat.fs_rights_base, stat.fs_rights_inheriting & ~WRITING));
    CHECK(open_at(less, "new", __WASI_OFLAGS_CREAT, WRITING, 0, &fd) != __WASI_ERRNO_SUCCESS);
    OK(__wasi_fd_fdstat_set_rights(less, 0, 0));
    CHECK(open_at(less, ".", 0, READING, 0, &fd) != __WASI_ERRNO_SUCCESS);
    CHECK(__wasi_path_create_directory(less, "sub") != __WASI_ERRNO_SUCCESS);
    OK(__wasi_fd_close(less));
    OK(__wasi_path_remove_directory(ROOT, "less"));
}

static void attributes(void) {
    __wasi_filestat_t stat, other;
    make_file("attributes", "12345");
    __wasi_fd_t fd = opened("attributes", 0, READING | WRITING);
    OK(__wasi_fd_filestat_get(fd, &stat));
    SAME(5, stat.size);
    SAME(1, stat.nlink);
    SAME(__WASI_FILETYPE_REGULAR_FILE, stat.filetype);
    CHECK(stat.ino != 0 && stat.mtim > 1577836800000000000u);
    OK(__wasi_path_filestat_get(ROOT, 0, "attributes", &other));
    CHECK(stat.ino == other.ino && stat.dev == other.dev && stat.mtim == other.mtim && stat.ctim == other.ctim);

    OK(__wasi_fd_filestat_set_size(fd, 100));
    SAME(100, size_of_path("attributes"));
    OK(__wasi_fd_filestat_set_size(fd, 2));
    SAME(2, size_of_path("attributes"));
    FAILS(INVAL, __wasi_fd_filestat_set_size(fd, -1));
    OK(__wasi_fd_allocate(fd, 0, 50));
    SAME(50, size_of_path("attributes"));
    OK(__wasi_fd_allocate(fd, 10, 10));
    SAME(50, size_of_path("attributes"));
    FAILS(INVAL, __wasi_fd_allocate(fd, 0, 0));

    __wasi_timestamp_t when = 1000000000123456789u;
    OK(__wasi_fd_filestat_set_times(fd, when, when + 1000000000, __WASI_FSTFLAGS_ATIM | __WASI_FSTFLAGS_MTIM));
    OK(__wasi_fd_filestat_get(fd, &stat));
    SAME(when, stat.atim);
    SAME(when + 1000000000, stat.mtim);
    OK(__wasi_fd_filestat_set_times(fd, 7, 7, __WASI_FSTFLAGS_MTIM));
    OK(__wasi_fd_filestat_get(fd, &stat));
    SAME(when, stat.atim);
    SAME(7, stat.mtim);
    OK(__wasi_fd_filestat_set_times(fd, 0, 0, __WASI_FSTFLAGS_ATIM_NOW | __WASI_FSTFLAGS_MTIM_NOW));
    OK(__wasi_fd_filestat_get(fd, &stat));
    CHECK(stat.atim > when && stat.mtim > when);
    FAILS(INVAL, __wasi_fd_filestat_set_times(fd, 0, 0, __WASI_FSTFLAGS_ATIM | __WASI_FSTFLAGS_ATIM_NOW));
    FAILS(INVAL, __wasi_fd_filestat_set_times(fd, 0, 0, __WASI_FSTFLAGS_MTIM | __WASI_FSTFLAGS_MTIM_NOW));

    OK(__wasi_fd_sync(fd));
    OK(__wasi_fd_datasync(fd));
    for (int advice = 0; advice < 6; advice++) OK(__wasi_fd_advise(fd, 0, 10, advice));
    OK(__wasi_fd_advise(fd, 0, 0, __WASI_ADVICE_SEQUENTIAL));
    FAILS(INVAL, raw_fd_advise(fd, 0, 0, 6));
    OK(__wasi_fd_close(fd));
    fd = opened("attributes", 0, READING);
    CHECK(__wasi_fd_filestat_set_size(fd, 0) != __WASI_ERRNO_SUCCESS);
    CHECK(__wasi_fd_allocate(fd, 0, 1000) != __WASI_ERRNO_SUCCESS);
    SAME(50, size_of_path("attributes"));
    OK(__wasi_fd_close(fd));

    OK(__wasi_fd_filestat_get(ROOT, &stat));
    SAME(__WASI_FILETYPE_DIRECTORY, stat.filetype);
    FAILS(BADF, __wasi_fd_filestat_get(BAD, &stat));
    FAILS(BADF, __wasi_fd_filestat_set_size(BAD, 0));
    FAILS(BADF, __wasi_fd_filestat_set_times(BAD, 0, 0, 0));
    FAILS(BADF, __wasi_fd_allocate(BAD, 0, 1));
    FAILS(BADF, __wasi_fd_advise(BAD, 0, 0, 0));
    FAILS(BADF, __wasi_fd_sync(BAD));
    FAILS(BADF, __wasi_fd_datasync(BAD));
    FAILS(FAULT, raw_fd_filestat_get(ROOT, OUTSIDE));
    CHECK(__wasi_fd_filestat_set_size(ROOT, 0) != __WASI_ERRNO_SUCCESS);
}

static void numbers(void) {
    make_file("a", "aaa");
    make_file("b", "bbb");
    __wasi_fd_t a = opened("a", 0, READING), b = opened("b", 0, READING);
    CHECK(a == 4 && b == 5);
    OK(__wasi_fd_renumber(a, b));
    FAILS(BADF, get(a, 3));
    OK(get(b, 3));
    CHECK(!strcmp(got, "aaa"));
    FAILS(BADF, __wasi_fd_renumber(a, b));
    FAILS(BADF, __wasi_fd_renumber(b, BAD));
    OK(__wasi_fd_renumber(b, b));
    OK(__wasi_fd_seek(b, 0, __WASI_WHENCE_SET, &at));
    OK(get(b, 3));
    // The number that became free is the next.
    SAME(4, opened("b", 0, READING));
    OK(__wasi_fd_close(4));
    OK(__wasi_fd_close(5));
    FAILS(BADF, __wasi_fd_close(5));
    FAILS(BADF, __wasi_fd_close(BAD));
    FAILS(BADF, __wasi_fd_close(-1));

    __wasi_fd_t many[500];
    int good = 0;
    for (int i = 0; i < 500; i++) good += open_at(ROOT, "a", 0, READING, 0, &many[i]) == 0 && many[i] == i + 4;
    SAME(500, good);
    for (int i = 0; i < 500; i++) good -= get(many[i], 3) == 0 && done == 3 && __wasi_fd_close(many[i]) == 0;
    SAME(0, good);
}

static void preopened(void) {
    __wasi_prestat_t stat;
    uint8_t name[17] = "################";
    OK(__wasi_fd_prestat_get(ROOT, &stat));
    SAME(__WASI_PREOPENTYPE_DIR, stat.tag);
    SAME(5, stat.u.dir.pr_name_len);
    OK(__wasi_fd_prestat_dir_name(ROOT, name, 5));
    CHECK(!memcmp(name, "/data##", 7));
    FAILS(NAMETOOLONG, __wasi_fd_prestat_dir_name(ROOT, name, 4));
    FAILS(BADF, __wasi_fd_prestat_get(0, &stat));
    FAILS(BADF, __wasi_fd_prestat_get(4, &stat));
    FAILS(BADF, __wasi_fd_prestat_get(BAD, &stat));
    FAILS(BADF, __wasi_fd_prestat_dir_name(BAD, name, 5));
    FAILS(FAULT, raw_fd_prestat_get(ROOT, OUTSIDE));
    FAILS(FAULT, raw_fd_prestat_dir_name(ROOT, OUTSIDE, 5));
}

static void streams(void) {
    __wasi_fdstat_t stat;
    for (__wasi_fd_t fd = 0; fd < 3; fd++) {
        OK(__wasi_fd_fdstat_get(fd, &stat));
        CHECK(stat.fs_filetype != __WASI_FILETYPE_DIRECTORY && stat.fs_filetype != __WASI_FILETYPE_REGULAR_FILE);
        SAME(fd == 0, !!(stat.fs_rights_base & READING));
        SAME(fd != 0, !!(stat.fs_rights_base & WRITING));
    }
    FAILS(SPIPE, __wasi_fd_seek(0, 0, __WASI_WHENCE_SET, &at));
    FAILS(SPIPE, __wasi_fd_tell(1, &at));
    FAILS(BADF, put(0, "x"));
    FAILS(BADF, get(1, 1));
    OK(get(0, 4));
    CHECK(!strcmp(got, "from"));
}

int main(void) {
    preopened();
    streams();
    reading_and_writing();
    appending();
    rights();
    attributes();
    numbers();
    return finish();
}
