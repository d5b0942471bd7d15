/* Instances whose initial contents are large: they share them until they write. With REFUSED the system has no
   file for them, and they are copied. */

#include "check.h"
#include "images.h"
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* What the module has from the second page on. */
enum { PAGE = 65536, START = PAGE, BYTES = 24 * PAGE, WORD = 0x64636261, MOST_FILES = 256 };

static void check_new(wasmwright_images_t *instance) {
    uint32_t word = 1;
    CHECK_EQUAL(images_load(instance, START - 4, &word), WASMWRIGHT_OK);
    CHECK_EQUAL(word, 0);
    for (uint32_t at = START; at < START + BYTES; at += 4096 - 4) {
        CHECK_EQUAL(images_load(instance, at, &word), WASMWRIGHT_OK);
        CHECK_EQUAL(word, WORD);
    }
    CHECK_EQUAL(images_load(instance, START + BYTES, &word), WASMWRIGHT_OK);
    CHECK_EQUAL(word, 0);
}

static void overwrite(wasmwright_images_t *instance) {
    for (uint32_t at = 0; at < START + BYTES + PAGE; at += 4096)
        CHECK_EQUAL(images_store(instance, at, 0xa5a5a5a5), WASMWRIGHT_OK);
}

static uint32_t mappings(void) {
    FILE *maps = fopen("/proc/self/maps", "r");
    CHECK(maps);
    char line[512];
    uint32_t count = 0;
    while (fgets(line, sizeof line, maps))
        count += strstr(line, "memfd:wasmwright") != NULL;
    fclose(maps);
    return count;
}

static void limit_files(rlim_t files) {
    struct rlimit limit;
    CHECK_EQUAL(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = files;
    CHECK_EQUAL(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static wasmwright_images_t *instantiate(void) {
    wasmwright_images_t *instance = wasmwright_images_instantiate(NULL, NULL);
    CHECK(instance);
    check_new(instance);
    return instance;
}

int main(int argc, char **argv) {
    CHECK(argc == 1);
    uint32_t word = 0;
#ifdef REFUSED
    const uint32_t shared = 0;
    limit_files(0);
#else
    const uint32_t shared = 2;
#endif
    wasmwright_images_t *first = instantiate(), *second = instantiate();
    limit_files(2 * MOST_FILES);
    CHECK_EQUAL(mappings(), shared);
    overwrite(first);
    check_new(second);
    CHECK_EQUAL(images_grow(second, 3, &word), WASMWRIGHT_OK);
    CHECK_EQUAL(word, 26);
    check_new(second);
    for (uint32_t round = 0; round < 40; round++) {
        wasmwright_images_free(first);
        first = instantiate();
        overwrite(first);
    }
    /* A host may close what it does not know and have other files by the same numbers. */
    for (int file = 3; file < MOST_FILES; file++)
        close(file);
    while (open(argv[0], O_RDONLY) < MOST_FILES - 1)
        continue;
    wasmwright_images_t *third = instantiate();
    overwrite(third);
    wasmwright_images_free(third);
    wasmwright_images_free(second);
    wasmwright_images_free(first);
    puts("done");
    return 0;
}
