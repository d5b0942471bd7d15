// What the programs share: a size from the command line, random numbers, a checksum.
//
// Everything here is exact, so that native code and every engine must print the same text. The
// programs call no function of the mathematical library but those that IEEE 754 defines to the last
// bit (`sqrt`, `fabs`, `floor`): others differ between C libraries.

#ifndef BENCHMARK_H
#define BENCHMARK_H

#include <inttypes.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The program's size: its first argument, or what takes about a second natively.
static inline uint32_t benchmark_size(int argc, char **argv, uint32_t usual) {
    unsigned long size = argc > 1 ? strtoul(argv[1], NULL, 10) : usual;
    if (size == 0 || size > 1u << 30) {
        fprintf(stderr, "usage: %s [SIZE]\n", argv[0]);
        exit(2);
    }
    return (uint32_t)size;
}

// Memory, or the end.
static inline void *benchmark_allocate(size_t bytes) {
    void *memory = malloc(bytes);
    if (memory == NULL) {
        fprintf(stderr, "out of memory\n");
        exit(3);
    }
    return memory;
}

// Marsaglia's xorshift64*.
static uint64_t benchmark_state = 0x9e3779b97f4a7c15;

static inline uint32_t benchmark_random(void) {
    benchmark_state ^= benchmark_state >> 12;
    benchmark_state ^= benchmark_state << 25;
    benchmark_state ^= benchmark_state >> 27;
    return (uint32_t)(benchmark_state * 0x2545f4914f6cdd1d >> 32);
}

// From 0 to below 1, in steps of 2^-24: exact as a `float`, too.
static inline double benchmark_fraction(void) { return (benchmark_random() >> 8) * 0x1p-24; }

// FNV-1a over 64-bit words.
static uint64_t benchmark_checksum = 0xcbf29ce484222325;

static inline void benchmark_check(uint64_t value) {
    benchmark_checksum = (benchmark_checksum ^ value) * 0x100000001b3;
}

static inline void benchmark_check_double(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    benchmark_check(bits);
}

static inline void benchmark_check_bytes(const void *bytes, size_t count) {
    const unsigned char *byte = bytes;
    for (size_t i = 0; i < count; i++) benchmark_check(byte[i]);
}

// The last thing that a program does.
static inline int benchmark_finish(void) {
    printf("%016" PRIx64 "\n", benchmark_checksum);
    return 0;
}

#endif
