/* wasmwright compile checksum.wat --emit shared -o libchecksum.so
 * cc host.c -L. -lchecksum -Wl,-rpath,. -o host && ./host Wikipedia */

#include "checksum.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv) {
    const char *text = argc > 1 ? argv[1] : "";
    wasmwright_checksum_error_t error;
    wasmwright_checksum_t *instance = wasmwright_checksum_instantiate(NULL, &error);
    if (!instance) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    uint32_t length = (uint32_t)strlen(text), sum = 0;
    bool fits = wasmwright_checksum_memory_write(checksum_memory(instance), 0, text, length);
    wasmwright_trap_t trap = fits ? checksum_adler32(instance, 0, length, &sum) : 0;
    printf("%08x, trap %u\n", sum, trap);
    /* Beyond the end of its memory: the call ends, the instance stays usable. */
    printf("trap %u\n", checksum_adler32(instance, 65536, 1, &sum));
    wasmwright_checksum_free(instance);
    return !fits;
}
