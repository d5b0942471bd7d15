// Tries to get out of the directory that is preopened as 3.
// Arguments: what to do with each path. Standard input: paths, one a line, any bytes in them.
// Everything that is read, listed or told of a file is printed; the host looks for its canary in it.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wasi/api.h>

#define IMPORT(name) __attribute__((import_module("wasi_snapshot_preview1"), import_name(#name)))
typedef const char *text;
IMPORT(path_open) int path_open(int, int, text, int, int, int64_t, int64_t, int, int *);
IMPORT(path_create_directory) int path_create_directory(int, text, int);
IMPORT(path_filestat_get) int path_filestat_get(int, int, text, int, __wasi_filestat_t *);
IMPORT(path_filestat_set_times) int path_filestat_set_times(int, int, text, int, int64_t, int64_t, int);
IMPORT(path_link) int path_link(int, int, text, int, int, text, int);
IMPORT(path_readlink) int path_readlink(int, text, int, char *, int, int *);
IMPORT(path_remove_directory) int path_remove_directory(int, text, int);
IMPORT(path_rename) int path_rename(int, text, int, int, text, int);
IMPORT(path_symlink) int path_symlink(text, int, int, text, int);
IMPORT(path_unlink_file) int path_unlink_file(int, text, int);

#define ROOT 3
#define RIGHTS 0x1fffffff
#define WITH(constant) constant, sizeof constant - 1

static int succeeded;

static void result(const char *what, int error) {
    succeeded += error == 0;
    printf("%s %d\n", what, error);
}

// Reads and lists whatever the descriptor is.
static void look_into(int fd) {
    static uint8_t bytes[8192];
    __wasi_filestat_t stat;
    __wasi_size_t length = 0;
    if (!__wasi_fd_filestat_get(fd, &stat)) printf("inode %llu\n", (unsigned long long)stat.ino);
    __wasi_iovec_t room = {bytes, sizeof bytes};
    if (!__wasi_fd_read(fd, &room, 1, &length)) printf("read %.*s\n", (int)length, bytes);
    if (!__wasi_fd_readdir(fd, bytes, sizeof bytes, 2, &length)) {
        printf("list ");
        fwrite(bytes, 1, length, stdout);
        printf("\n");
    }
}

static void open_and_look(int directory, text path, int length, int oflags, int64_t rights) {
    for (int follow = 0; follow < 2; follow++) {
        int fd;
        int error = path_open(directory, follow, path, length, oflags, rights, RIGHTS, 0, &fd);
        result("open", error);
        if (error) continue;
        look_into(fd);
        if (rights & __WASI_RIGHTS_FD_WRITE) {
            __wasi_ciovec_t out = {(const uint8_t *)"PWNED", 5};
            __wasi_size_t written;
            result("write", __wasi_fd_write(fd, &out, 1, &written));
        }
        result("close", __wasi_fd_close(fd));
    }
}

static void look_at(text path) {
    open_and_look(ROOT, path, strlen(path), 0, __WASI_RIGHTS_FD_READ);
}

static void attack(const char *what, text path, int length) {
    __wasi_filestat_t stat;
    char inside[8192];
    int inside_length = snprintf(inside, sizeof inside, "%.*s/new", length, path);
    if (!strcmp(what, "read")) open_and_look(ROOT, path, length, 0, __WASI_RIGHTS_FD_READ);
    else if (!strcmp(what, "list")) open_and_look(ROOT, path, length, __WASI_OFLAGS_DIRECTORY, __WASI_RIGHTS_FD_READ);
    else if (!strcmp(what, "write")) open_and_look(ROOT, path, length, 0, __WASI_RIGHTS_FD_WRITE | __WASI_RIGHTS_FD_READ);
    else if (!strcmp(what, "create")) {
        open_and_look(ROOT, path, length, __WASI_OFLAGS_CREAT | __WASI_OFLAGS_TRUNC, __WASI_RIGHTS_FD_WRITE);
        open_and_look(ROOT, inside, inside_length, __WASI_OFLAGS_CREAT | __WASI_OFLAGS_EXCL, __WASI_RIGHTS_FD_WRITE);
    } else if (!strcmp(what, "stat")) {
        for (int follow = 0; follow < 2; follow++) {
            int error = path_filestat_get(ROOT, follow, path, length, &stat);
            result("stat", error);
            if (!error && stat.filetype != __WASI_FILETYPE_SYMBOLIC_LINK) printf("inode %llu\n", (unsigned long long)stat.ino);
        }
    } else if (!strcmp(what, "times")) {
        for (int follow = 0; follow < 2; follow++) result("times", path_filestat_set_times(ROOT, follow, path, length, 1, 1, 5));
    } else if (!strcmp(what, "mkdir")) {
        result("mkdir", path_create_directory(ROOT, path, length));
        result("mkdir", path_create_directory(ROOT, inside, inside_length));
    } else if (!strcmp(what, "symlink")) {
        result("symlink", path_symlink(WITH("inside"), ROOT, path, length));
        result("symlink", path_symlink(WITH("inside"), ROOT, inside, inside_length));
        // A link of our own to that path, followed.
        result("symlink", path_symlink(path, length, ROOT, WITH("planted")));
        look_at("planted");
        look_at("planted/canary");
        open_and_look(ROOT, WITH("planted/new"), __WASI_OFLAGS_CREAT, __WASI_RIGHTS_FD_WRITE);
        result("unlink", path_unlink_file(ROOT, WITH("planted")));
    } else if (!strcmp(what, "link")) {
        for (int follow = 0; follow < 2; follow++) {
            result("link", path_link(ROOT, follow, path, length, ROOT, WITH("stolen")));
            look_at("stolen");
            open_and_look(ROOT, WITH("stolen"), __WASI_OFLAGS_TRUNC, __WASI_RIGHTS_FD_WRITE);
            result("unlink", path_unlink_file(ROOT, WITH("stolen")));
            result("link", path_link(ROOT, follow, WITH("inside"), ROOT, inside, inside_length));
        }
        result("link", path_link(ROOT, 0, WITH("inside"), ROOT, path, length));
    } else if (!strcmp(what, "rename")) {
        result("rename", path_rename(ROOT, path, length, ROOT, WITH("stolen")));
        look_at("stolen");
        look_at("stolen/canary");
        result("rename", path_rename(ROOT, WITH("stolen"), ROOT, path, length));
        result("rename", path_rename(ROOT, WITH("spare"), ROOT, inside, inside_length));
        result("rename", path_rename(ROOT, WITH("spare"), ROOT, path, length));
    } else if (!strcmp(what, "remove")) {
        result("unlink", path_unlink_file(ROOT, path, length));
        result("rmdir", path_remove_directory(ROOT, path, length));
    } else if (!strcmp(what, "readlink")) {
        char target[5000];
        int got;
        int error = path_readlink(ROOT, path, length, target, sizeof target, &got);
        result("readlink", error);
        if (!error) printf("target %.*s\n", got, target);
    } else {
        exit(2);
    }
}

// Links that lead inside where they are made, and outside where they are moved to.
static void tricks(void) {
    int fd, deep;
    result("mkdir", path_create_directory(ROOT, WITH("low")));
    result("mkdir", path_create_directory(ROOT, WITH("low/lower")));
    result("symlink", path_symlink(WITH("../../inside"), ROOT, WITH("low/lower/link")));
    look_at("low/lower/link");
    result("symlink", path_symlink(WITH("../canary"), ROOT, WITH("low/to-canary")));
    result("rename", path_rename(ROOT, WITH("low/to-canary"), ROOT, WITH("to-canary")));
    look_at("to-canary");
    result("link", path_link(ROOT, 0, WITH("to-canary"), ROOT, WITH("low/linked")));
    result("symlink", path_symlink(WITH("../.."), ROOT, WITH("low/lower/up")));
    look_at("low/lower/up");
    result("rename", path_rename(ROOT, WITH("low/lower/up"), ROOT, WITH("up")));
    look_at("up");
    look_at("up/canary");
    look_at("up/granted/../canary");

    // A descriptor of a directory that is moved up, and one of a directory that is removed.
    result("open", path_open(ROOT, 0, WITH("low/lower"), __WASI_OFLAGS_DIRECTORY, RIGHTS, RIGHTS, 0, &deep));
    result("rename", path_rename(ROOT, WITH("low/lower"), ROOT, WITH("risen")));
    open_and_look(deep, WITH(".."), 0, __WASI_RIGHTS_FD_READ);
    open_and_look(deep, WITH("../../canary"), 0, __WASI_RIGHTS_FD_READ);
    open_and_look(deep, WITH("link"), 0, __WASI_RIGHTS_FD_READ);
    result("symlink", path_symlink(WITH("../../canary"), deep, WITH("planted")));
    open_and_look(deep, WITH("planted"), 0, __WASI_RIGHTS_FD_READ);
    look_at("risen/planted");
    result("unlink", path_unlink_file(deep, WITH("link")));
    result("unlink", path_unlink_file(deep, WITH("planted")));
    result("rmdir", path_remove_directory(ROOT, WITH("risen")));
    open_and_look(deep, WITH(".."), 0, __WASI_RIGHTS_FD_READ);
    open_and_look(deep, WITH("../canary"), 0, __WASI_RIGHTS_FD_READ);
    result("create", path_open(deep, 0, WITH("new"), __WASI_OFLAGS_CREAT, RIGHTS, RIGHTS, 0, &fd));

    // Numbers of preopened directories given to others: what they name is what they are now.
    result("open", path_open(ROOT, 0, WITH("sub"), __WASI_OFLAGS_DIRECTORY, RIGHTS, RIGHTS, 0, &fd));
    result("renumber", __wasi_fd_renumber(fd, ROOT));
    look_at("../inside");
    look_at("../../canary");
    look_at("..");
    result("renumber", __wasi_fd_renumber(ROOT, 0));
    open_and_look(0, WITH("../inside"), 0, __WASI_RIGHTS_FD_READ);
    open_and_look(0, WITH("."), 0, __WASI_RIGHTS_FD_READ);
    look_at("inside");
    result("close", __wasi_fd_close(deep));
    for (int number = 0; number < 100; number++) {
        if (number != 1) open_and_look(number, WITH("../canary"), 0, __WASI_RIGHTS_FD_READ);
        open_and_look(number, WITH("/"), 0, __WASI_RIGHTS_FD_READ);
    }
}

int main(int count, char **arguments) {
    const char *what = count > 1 ? arguments[1] : "";
    if (!strcmp(what, "tricks")) {
        tricks();
    } else {
        // Read at once: what is done may close standard input.
        static char paths[1 << 20];
        size_t length = fread(paths, 1, sizeof paths, stdin);
        for (char *start = paths, *end; (end = memchr(start, '\n', paths + length - start)); start = end + 1) {
            printf("path %d bytes\n", (int)(end - start));
            attack(what, start, end - start);
        }
    }
    printf("%d succeeded\n", succeeded);
    return 0;
}
