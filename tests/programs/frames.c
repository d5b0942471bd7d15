// Frames larger than a page, than a guard region's page and than a megabyte, nested, with every
// part of them used.
#include <alloca.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

__attribute__((noinline)) static uint32_t sum_of(const volatile unsigned char *bytes, size_t length) {
    uint32_t sum = 0;
    for (size_t i = 0; i < length; i += 509) sum = sum * 31 + bytes[i];
    return sum;
}

#define FRAME(name, size) \
    __attribute__((noinline)) static uint32_t name(unsigned seed) { \
        volatile unsigned char frame[size]; \
        for (size_t i = 0; i < sizeof frame; i += 509) frame[i] = seed + i / 509; \
        frame[sizeof frame - 1] = 1; \
        return sum_of(frame, sizeof frame); \
    }
FRAME(small, 100)
FRAME(page, 5000)
FRAME(pages, 70000)
FRAME(large, 1000000)

__attribute__((noinline)) static uint32_t varying(size_t length, unsigned seed) {
    volatile unsigned char *frame = alloca(length);
    for (size_t i = 0; i < length; i += 509) frame[i] = seed ^ i;
    return sum_of(frame, length);
}

__attribute__((noinline)) static uint32_t nested(int depth) {
    volatile unsigned char frame[3000];
    for (size_t i = 0; i < sizeof frame; i += 100) frame[i] = depth;
    uint32_t below = depth ? nested(depth - 1) : 0;
    int wrong = 0;
    for (size_t i = 0; i < sizeof frame; i += 100) wrong += frame[i] != (unsigned char)depth;
    return below * 3 + depth + wrong * 1000003;
}

// Many live integers: more than any machine has registers.
__attribute__((noinline)) static uint64_t spills(uint64_t x) {
    uint64_t values[64];
    for (int i = 0; i < 64; i++) values[i] = x = x * 6364136223846793005u + 1442695040888963407u;
    uint64_t sum = 0;
    for (int i = 0; i < 64; i++) sum ^= values[i] + (values[63 - i] >> (i & 31));
    return sum;
}

int main(void) {
    printf("%08x %08x %08x %08x\n", small(1), page(2), pages(3), large(4));
    for (size_t length = 1; length < 2000000; length *= 7) printf("%08x\n", varying(length, (unsigned)length));
    printf("%08x\n", nested(500));
    printf("%016llx\n", (unsigned long long)spills(42));
    return 0;
}
