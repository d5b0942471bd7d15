// Every change of a read-only directory is refused; reading is not. `/ro` is 3, `/rw` is 4.
// `/ro` holds `file` with the text `kept`, `sub/inner`, and `link`, which leads to `file`.
#include "../wasi/check.h"

#define RW 4

static __wasi_fd_t fd;
static __wasi_size_t done;

static void refused(__wasi_errno_t error) {
    CHECK(error == __WASI_ERRNO_PERM || error == __WASI_ERRNO_NOTCAPABLE || error == __WASI_ERRNO_ROFS || error == __WASI_ERRNO_ACCES || error == __WASI_ERRNO_BADF);
}

static void no_change_beneath(__wasi_fd_t directory, const char *file, const char *subdirectory) {
    static const __wasi_oflags_t flags[] = {__WASI_OFLAGS_CREAT, __WASI_OFLAGS_TRUNC, __WASI_OFLAGS_CREAT | __WASI_OFLAGS_EXCL, __WASI_OFLAGS_CREAT | __WASI_OFLAGS_TRUNC};
    for (int i = 0; i < 4; i++) {
        refused(open_at(directory, file, flags[i], READING, 0, &fd));
        refused(open_at(directory, file, flags[i], WRITING, 0, &fd));
        refused(open_at(directory, "new", flags[i] | __WASI_OFLAGS_CREAT, READING | WRITING, 0, &fd));
    }
    refused(open_at(directory, file, 0, WRITING, 0, &fd));
    refused(open_at(directory, file, 0, READING | WRITING, __WASI_FDFLAGS_APPEND, &fd));
    refused(__wasi_path_create_directory(directory, "new"));
    refused(__wasi_path_symlink("file", directory, "new"));
    refused(__wasi_path_unlink_file(directory, file));
    refused(__wasi_path_remove_directory(directory, subdirectory));
    refused(__wasi_path_rename(directory, file, directory, "new"));
    refused(__wasi_path_rename(directory, file, RW, "new"));
    refused(__wasi_path_rename(RW, "mine", directory, "new"));
    refused(__wasi_path_rename(RW, "mine", directory, file));
    refused(__wasi_path_link(directory, 0, file, directory, "new"));
    refused(__wasi_path_link(directory, 0, file, RW, "new"));
    refused(__wasi_path_link(RW, 0, "mine", directory, "new"));
    refused(__wasi_path_filestat_set_times(directory, 0, file, 1, 1, 5));
    refused(__wasi_path_filestat_set_times(directory, 1, file, 0, 0, 10));
}

int main(void) {
    no_change_beneath(ROOT, "file", "sub");
    no_change_beneath(ROOT, "link", "sub/");
    no_change_beneath(ROOT, "sub/inner", "sub");
    __wasi_fd_t sub = opened("sub", __WASI_OFLAGS_DIRECTORY, READING);
    no_change_beneath(sub, "inner", ".");
    OK(__wasi_fd_close(sub));

    // A file that is open for reading.
    char text[8] = "";
    __wasi_iovec_t room = {(uint8_t *)text, 7};
    __wasi_ciovec_t out = {(const uint8_t *)"PWNED", 5};
    fd = opened("file", 0, READING);
    OK(__wasi_fd_read(fd, &room, 1, &done));
    CHECK(!strcmp(text, "kept"));
    refused(__wasi_fd_write(fd, &out, 1, &done));
    refused(__wasi_fd_pwrite(fd, &out, 1, 0, &done));
    refused(__wasi_fd_filestat_set_size(fd, 0));
    refused(__wasi_fd_filestat_set_times(fd, 1, 1, 5));
    refused(__wasi_fd_allocate(fd, 0, 1000));
    OK(__wasi_fd_close(fd));
    fd = opened("link", 0, READING);
    refused(__wasi_fd_write(fd, &out, 1, &done));
    OK(__wasi_fd_close(fd));
    refused(__wasi_fd_filestat_set_times(ROOT, 1, 1, 5));

    // Rights cannot be had back, and another number changes nothing.
    __wasi_fdstat_t stat;
    OK(__wasi_fd_fdstat_get(ROOT, &stat));
    CHECK(__wasi_fd_fdstat_set_rights(ROOT, ALL_RIGHTS, ALL_RIGHTS) != 0 || open_at(ROOT, "file", 0, WRITING, 0, &fd) != 0);
    OK(__wasi_fd_renumber(ROOT, 0));
    refused(open_at(0, "file", __WASI_OFLAGS_TRUNC, READING, 0, &fd));
    refused(open_at(0, "file", 0, WRITING, 0, &fd));
    refused(__wasi_path_unlink_file(0, "file"));

    // The other directory is writable all the time.
    OK(__wasi_path_rename(RW, "mine", RW, "renamed"));
    OK(__wasi_path_rename(RW, "renamed", RW, "mine"));
    return finish();
}
