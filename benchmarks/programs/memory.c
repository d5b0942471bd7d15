// Memory moved and set: `memcpy`, `memmove`, `memset`, `memcmp` from a few bytes to megabytes.
#include "benchmark.h"

int main(int argc, char **argv) {
    uint32_t rounds = benchmark_size(argc, argv, 800), large = 4 << 20;
    uint8_t *a = benchmark_allocate(large + 64), *b = benchmark_allocate(large + 64);
    for (uint32_t i = 0; i < large + 64; i++) a[i] = (uint8_t)benchmark_random(), b[i] = 0;
    for (uint32_t round = 0; round < rounds; round++) {
        uint32_t shift = round & 15;
        memcpy(b + shift, a, large);
        memset(a + shift, (int)round, large / 4);
        memmove(b + 1, b + shift, large / 2);
        benchmark_check((uint64_t)(memcmp(a, b, large) > 0));
        for (uint32_t i = 0, at = round; i < 60000; i++) {
            uint32_t length = benchmark_random() & (i & 15 ? 63 : 511);
            at = at * 1664525 + 1013904223;
            memcpy(a + (at >> 12), b + (at >> 13), length);
            memset(b + (at >> 14), (int)i, length / 2);
        }
        benchmark_check(a[round] ^ b[round * 7] << 8);
    }
    benchmark_check_bytes(a, 4096);
    return benchmark_finish();
}
