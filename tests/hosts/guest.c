/* A reactor: a library of functions over WASI. */

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int initialised;

__attribute__((constructor)) static void initialise(void) { initialised = 1; }

__attribute__((export_name("tell"))) int tell(void) {
    FILE *file = fopen("/data/five", "r");
    int five = 0;
    if (!file || fscanf(file, "%d", &five) != 1)
        return 1;
    extern size_t __wasilibc_argument_count(char **first);
    char *first = 0;
    __wasilibc_argument_count(&first);
    const char *value = getenv("NAME");
    printf("%s %s %s %d\n", initialised ? "initialised" : "raw", first, value ? value : "nothing", five);
    fflush(stdout);
    return 0;
}

__attribute__((export_name("leave"))) void leave(int status) { _Exit(status); }

/* wasi-libc hands arguments to `main` only. */
#include <wasi/api.h>

size_t __wasilibc_argument_count(char **second) {
    size_t count = 0, bytes = 0;
    if (__wasi_args_sizes_get(&count, &bytes) || count < 2)
        return count;
    char **pointers = calloc(count + 1, sizeof *pointers), *text = calloc(bytes, 1);
    if (__wasi_args_get((uint8_t **)pointers, (uint8_t *)text))
        return 0;
    *second = pointers[1];
    return count;
}
