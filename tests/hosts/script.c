/* Executes a script of the specification's tests in a library: LIBRARY SCRIPT OUTCOMES. The last is a
 * file of zeros that has room for all outcomes. What tests/src/spec/execute.rs does in its own process,
 * where the library is for another machine. */

#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

typedef uint64_t script_run_t(const uint8_t *, uint64_t, uint8_t *, uint64_t);

static uint8_t *map(const char *path, int access, int protection, uint64_t *length) {
    int file = open(path, access);
    struct stat status;
    if (file < 0 || fstat(file, &status) != 0) {
        perror(path);
        return NULL;
    }
    *length = (uint64_t)status.st_size;
    void *start = mmap(NULL, *length, protection, MAP_SHARED, file, 0);
    close(file);
    if (start == MAP_FAILED) {
        perror(path);
        return NULL;
    }
    return start;
}

int main(int argc, char **argv) {
    if (argc != 4) {
        fputs("usage: script LIBRARY SCRIPT OUTCOMES\n", stderr);
        return 2;
    }
    uint64_t script_length, capacity;
    uint8_t *script = map(argv[2], O_RDONLY, PROT_READ, &script_length);
    uint8_t *outcomes = map(argv[3], O_RDWR, PROT_READ | PROT_WRITE, &capacity);
    void *library = dlopen(argv[1], RTLD_NOW);
    script_run_t *run = library ? (script_run_t *)dlsym(library, "wasmwright_script_run") : NULL;
    if (!script || !outcomes || !run) {
        fprintf(stderr, "%s\n", run ? "no files" : dlerror());
        return 1;
    }
    if (run(script, script_length, outcomes, capacity) == UINT64_MAX) {
        fputs("the outcomes do not fit their file\n", stderr);
        return 1;
    }
    return 0;
}
