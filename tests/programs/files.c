// A tree of files in the first preopened directory: made, listed, looked at, moved, removed.
// Arguments: the directory.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[4096];

static const char *at(const char *name) {
    static char paths[4][8192];
    static int next;
    char *path = paths[next++ % 4];
    snprintf(path, 8192, "%s/%s", root, name);
    return path;
}

static void tell(const char *what, int result) {
    // Numbers of errors differ between systems, their meaning does not.
    const char *why = "ok";
    if (result < 0) {
        switch (errno) {
        case ENOENT: why = "ENOENT"; break;
        case EEXIST: why = "EEXIST"; break;
        case ENOTDIR: why = "ENOTDIR"; break;
        case EISDIR: why = "EISDIR"; break;
        case ENOTEMPTY: why = "ENOTEMPTY"; break;
        case EINVAL: why = "EINVAL"; break;
        case EBADF: why = "EBADF"; break;
        case ELOOP: why = "ELOOP"; break;
        default: why = strerror(errno); break;
        }
    }
    printf("%s: %s\n", what, why);
}

static int by_name(const void *left, const void *right) {
    return strcmp(*(char *const *)left, *(char *const *)right);
}

static void list(const char *name) {
    DIR *directory = opendir(at(name));
    if (!directory) {
        tell("opendir", -1);
        return;
    }
    char *names[2000];
    int count = 0, dots = 0;
    struct dirent *entry;
    while ((entry = readdir(directory))) {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) {
            dots++;
            continue;
        }
        names[count++] = strdup(entry->d_name);
    }
    closedir(directory);
    qsort(names, count, sizeof *names, by_name);
    printf("%s has %d entries:", name, count);
    for (int i = 0; i < count; i++) {
        if (i < 5 || i >= count - 2) printf(" %s", names[i]);
        free(names[i]);
    }
    printf("%s\n", dots == 2 ? "" : " and no dots");
}

static void write_text(const char *name, const char *text, const char *mode) {
    FILE *file = fopen(at(name), mode);
    tell(mode, file ? 0 : -1);
    if (!file) return;
    fputs(text, file);
    fclose(file);
}

static void read_text(const char *name) {
    char text[256] = "";
    FILE *file = fopen(at(name), "r");
    if (!file) {
        tell(name, -1);
        return;
    }
    size_t length = fread(text, 1, sizeof text - 1, file);
    printf("%s has %zu bytes: %s\n", name, length, text);
    fclose(file);
}

static void look(const char *name) {
    struct stat stat_;
    if (stat(at(name), &stat_) < 0) {
        tell(name, -1);
        return;
    }
    const char *type = S_ISDIR(stat_.st_mode) ? "directory" : S_ISREG(stat_.st_mode) ? "file" : "other";
    printf("%s is a %s", name, type);
    if (S_ISREG(stat_.st_mode)) printf(" of %lld bytes, %d links", (long long)stat_.st_size, (int)stat_.st_nlink);
    printf("%s\n", stat_.st_mtime > 1600000000 ? "" : ", made long ago");
}

static void many(void) {
    tell("mkdir many", mkdir(at("many"), 0755));
    char name[300];
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "many/%0*d", 1 + i % 200, i);
        int file = open(at(name), O_CREAT | O_EXCL | O_WRONLY, 0644);
        if (file < 0) tell(name, -1);
        close(file);
    }
    list("many");
    int removed = 0;
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "many/%0*d", 1 + i % 200, i);
        removed += unlink(at(name)) == 0;
    }
    printf("removed %d\n", removed);
    list("many");
    tell("rmdir many", rmdir(at("many")));
}

static void positions(void) {
    int file = open(at("positions"), O_CREAT | O_RDWR | O_TRUNC, 0644);
    printf("write %d\n", (int)write(file, "0123456789", 10));
    printf("seek %d %d %d\n", (int)lseek(file, 3, SEEK_SET), (int)lseek(file, 2, SEEK_CUR), (int)lseek(file, -1, SEEK_END));
    char text[20] = "";
    printf("read %d %s\n", (int)read(file, text, 10), text);
    printf("pread %d %s\n", (int)pread(file, text, 4, 2), text);
    printf("pwrite %d\n", (int)pwrite(file, "xyz", 3, 20));
    printf("length %d\n", (int)lseek(file, 0, SEEK_END));
    tell("seek before the start", (int)lseek(file, -1, SEEK_SET));
    tell("ftruncate", ftruncate(file, 4));
    printf("length %d\n", (int)lseek(file, 0, SEEK_END));
    tell("close", close(file));
    tell("close", close(file));
    file = open(at("positions"), O_WRONLY | O_APPEND);
    printf("append %d\n", (int)write(file, "end", 3));
    close(file);
    read_text("positions");
    tell("unlink", unlink(at("positions")));
}

static void large(void) {
    // Larger than any buffer on the way, with a pattern that shows what is lost.
    FILE *file = fopen(at("large"), "w+b");
    for (int i = 0; i < 300000; i++) fwrite(&i, sizeof i, 1, file);
    rewind(file);
    int wrong = 0, got;
    for (int i = 0; i < 300000; i++) wrong += fread(&got, sizeof got, 1, file) != 1 || got != i;
    fseek(file, 4 * 123456, SEEK_SET);
    fread(&got, sizeof got, 1, file) == 1 ? printf("wrong %d, at 123456: %d\n", wrong, got) : printf("short\n");
    fclose(file);
    look("large");
    unlink(at("large"));
}

static void links(void) {
    tell("symlink", symlink("a/one", at("link")));
    char target[64] = "";
    printf("readlink %d %s\n", (int)readlink(at("link"), target, sizeof target), target);
    read_text("link");
    struct stat stat_;
    printf("lstat says link: %d\n", lstat(at("link"), &stat_) == 0 && S_ISLNK(stat_.st_mode));
    tell("symlink to itself", symlink("loop", at("loop")));
    tell("open loop", open(at("loop"), O_RDONLY));
    tell("link", link(at("a/one"), at("a/two")));
    look("a/one");
    tell("unlink", unlink(at("a/two")));
    tell("unlink", unlink(at("link")));
    tell("unlink", unlink(at("loop")));
}

int main(int count, char **arguments) {
    if (count < 2) return 2;
    snprintf(root, sizeof root, "%s", arguments[1]);
    tell("mkdir a", mkdir(at("a"), 0755));
    tell("mkdir a", mkdir(at("a"), 0755));
    tell("mkdir a/b/c", mkdir(at("a/b/c"), 0755));
    tell("mkdir a/b", mkdir(at("a/b"), 0755));
    write_text("a/one", "first", "w");
    write_text("a/one", ", second", "a");
    write_text("missing/one", "", "w");
    write_text("a", "", "w");
    read_text("a/one");
    read_text("a/./b/../one");
    read_text("a/one/x");
    read_text("a/none");
    look("a");
    look("a/one");
    look("a/none");
    list("a");
    links();
    tell("rename", rename(at("a/one"), at("a/b/uno")));
    tell("rename", rename(at("a/one"), at("a/b/uno")));
    tell("rename a directory", rename(at("a/b"), at("d")));
    list("d");
    list("a");
    tell("rmdir d", rmdir(at("d")));
    tell("rmdir d/uno", rmdir(at("d/uno")));
    tell("unlink a", unlink(at("d/uno")));
    tell("rmdir d", rmdir(at("d")));
    tell("O_EXCL", open(at("x"), O_CREAT | O_EXCL | O_WRONLY, 0644) < 0 ? -1 : 0);
    tell("O_EXCL", open(at("x"), O_CREAT | O_EXCL | O_WRONLY, 0644));
    tell("O_DIRECTORY", open(at("x"), O_DIRECTORY | O_RDONLY));
    tell("unlink x", unlink(at("x")));
    many();
    positions();
    large();
    tell("rmdir a", rmdir(at("a")));
    list(".");
    return 0;
}
