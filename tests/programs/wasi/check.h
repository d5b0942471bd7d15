// Checks that count, tell what differs, and end the program with 1 if any failed.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wasi/api.h>

static int checks_, failures_;

#define CHECK(condition)                                          \
    do {                                                          \
        checks_++;                                                \
        if (!(condition)) {                                       \
            failures_++;                                          \
            printf("line %d: not so: %s\n", __LINE__, #condition); \
        }                                                         \
    } while (0)

#define SAME(expected, actual)                                                            \
    do {                                                                                  \
        long long expected_ = (long long)(expected), actual_ = (long long)(actual);       \
        checks_++;                                                                        \
        if (expected_ != actual_) {                                                       \
            failures_++;                                                                  \
            printf("line %d: %s is %lld, not %lld\n", __LINE__, #actual, actual_, expected_); \
        }                                                                                 \
    } while (0)

// `FAILS(NOENT, call)`: the call gives that error.
#define FAILS(error, call) SAME(__WASI_ERRNO_##error, call)
#define OK(call) FAILS(SUCCESS, call)

static int finish(void) {
    printf("%d checks, %d failures\n", checks_, failures_);
    return failures_ != 0;
}

// The functions themselves, with every address and length as a number.
#define IMPORT(name) __attribute__((import_module("wasi_snapshot_preview1"), import_name(#name)))
typedef int32_t i32;
typedef int64_t i64;

// Beyond every memory of these programs.
#define OUTSIDE ((i32)0xfffffff0)

// The first preopened directory.
#define ROOT 3
#define ALL_RIGHTS ((__wasi_rights_t)0x1fffffff)
#define READING __WASI_RIGHTS_FD_READ
#define WRITING __WASI_RIGHTS_FD_WRITE

__attribute__((unused)) static __wasi_errno_t open_at(__wasi_fd_t directory, const char *path, __wasi_oflags_t flags, __wasi_rights_t rights, __wasi_fdflags_t fdflags, __wasi_fd_t *fd) {
    return __wasi_path_open(directory, __WASI_LOOKUPFLAGS_SYMLINK_FOLLOW, path, flags, rights, ALL_RIGHTS, fdflags, fd);
}

// Opens a file that must open.
__attribute__((unused)) static __wasi_fd_t opened(const char *path, __wasi_oflags_t flags, __wasi_rights_t rights) {
    __wasi_fd_t fd = 99999;
    __wasi_errno_t error = open_at(ROOT, path, flags, rights, 0, &fd);
    if (error) printf("%s does not open: %d\n", path, error), failures_++;
    return fd;
}

__attribute__((unused)) static void make_file(const char *path, const char *text) {
    __wasi_fd_t fd = opened(path, __WASI_OFLAGS_CREAT | __WASI_OFLAGS_TRUNC, WRITING);
    __wasi_ciovec_t buffer = {(const uint8_t *)text, strlen(text)};
    __wasi_size_t written;
    OK(__wasi_fd_write(fd, &buffer, 1, &written));
    SAME(buffer.buf_len, written);
    OK(__wasi_fd_close(fd));
}

__attribute__((unused)) static uint64_t size_of_path(const char *path) {
    __wasi_filestat_t stat = {.size = 12345678};
    OK(__wasi_path_filestat_get(ROOT, 0, path, &stat));
    return stat.size;
}
