// Opens, makes, moves and removes files beneath `race`, which the host swaps between a directory
// of the sandbox and a link to one outside, and `swapped`, a file or a link to one outside.
// `moving` is a directory that the host moves out and in again.
// Arguments: seconds. Prints what it reads, each text once.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wasi/api.h>

static long reads, refusals, writes;

static int open_(const char *path, __wasi_oflags_t flags, __wasi_rights_t rights, __wasi_fd_t *fd) {
    __wasi_errno_t error = __wasi_path_open(3, 1, path, flags, rights, rights, 0, fd);
    refusals += error != 0;
    return error;
}

static void read_(const char *path) {
    __wasi_fd_t fd;
    if (open_(path, 0, __WASI_RIGHTS_FD_READ, &fd)) return;
    char text[64] = "";
    __wasi_iovec_t room = {(uint8_t *)text, sizeof text - 1};
    __wasi_size_t length;
    if (!__wasi_fd_read(fd, &room, 1, &length)) reads++;
    static char seen[16][64];
    for (int i = 0; i < 16; i++) {
        if (!strcmp(seen[i], text)) break;
        if (seen[i][0]) continue;
        strcpy(seen[i], text);
        printf("read %s\n", text);
        break;
    }
    if (__wasi_fd_close(fd)) exit(3);
}

static void write_(const char *path, __wasi_oflags_t flags) {
    __wasi_fd_t fd;
    if (open_(path, flags, __WASI_RIGHTS_FD_WRITE, &fd)) return;
    __wasi_ciovec_t out = {(const uint8_t *)"INSIDE", 6};
    __wasi_size_t length;
    if (!__wasi_fd_write(fd, &out, 1, &length)) writes++;
    if (__wasi_fd_close(fd)) exit(3);
}

static void count(__wasi_errno_t error) {
    if (error) refusals++;
    else writes++;
}

int main(int argument_count, char **arguments) {
    if (argument_count < 2) return 2;
    double limit = atof(arguments[1]);
    struct timespec start, now;
    clock_gettime(CLOCK_MONOTONIC, &start);
    do {
        for (int i = 0; i < 50; i++) {
            read_("race/file");
            read_("swapped");
            read_("sub/../race/file");
            read_("moving/deep/../../file");
            read_("moving/deep/../../../canary");
            read_("moving/../../canary");
            write_("race/made", __WASI_OFLAGS_CREAT | __WASI_OFLAGS_TRUNC);
            write_("swapped", __WASI_OFLAGS_TRUNC);
            count(__wasi_path_create_directory(3, "race/dir"));
            count(__wasi_path_rename(3, "race/made", 3, "race/moved"));
            count(__wasi_path_link(3, 0, "race/file", 3, "stolen"));
            read_("stolen");
            count(__wasi_path_unlink_file(3, "stolen"));
            count(__wasi_path_symlink("x", 3, "race/symlink"));
            count(__wasi_path_unlink_file(3, "race/symlink"));
            count(__wasi_path_unlink_file(3, "race/moved"));
            count(__wasi_path_remove_directory(3, "race/dir"));
            count(__wasi_path_filestat_set_times(3, 1, "race/file", 1, 1, 5));
            count(__wasi_path_filestat_set_times(3, 1, "swapped", 1, 1, 5));
        }
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while ((double)(now.tv_sec - start.tv_sec) + (double)(now.tv_nsec - start.tv_nsec) / 1e9 < limit);
    printf("%ld reads, %ld writes, %ld refusals\n", reads, writes, refusals);
    return reads > 100 && writes > 100 && refusals > 100 ? 0 : 1;
}
