// Validates UTF-8 by three tables, sixteen bytes at a time (Keiser and Lemire, "Validating UTF-8 In
// Less Than One Instruction Per Byte"), and byte by byte; both must agree.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint8_t bytes __attribute__((vector_size(16)));
typedef int8_t signed_bytes __attribute__((vector_size(16)));

#ifdef __wasm__
#include <wasm_simd128.h>
static bytes lookup(bytes table, bytes positions) { return (bytes)wasm_i8x16_swizzle((v128_t)table, (v128_t)positions); }
static bytes less(bytes a, bytes b) { return (bytes)wasm_u8x16_sub_sat((v128_t)a, (v128_t)b); }
static int any(bytes value) { return wasm_v128_any_true((v128_t)value); }
#elif defined __aarch64__
#include <arm_neon.h>
static bytes lookup(bytes table, bytes positions) { return (bytes)vqtbl1q_u8((uint8x16_t)table, (uint8x16_t)positions); }
static bytes less(bytes a, bytes b) { return (bytes)vqsubq_u8((uint8x16_t)a, (uint8x16_t)b); }
static int any(bytes value) { return vmaxvq_u8((uint8x16_t)value) != 0; }
#else
#include <smmintrin.h>
static bytes lookup(bytes table, bytes positions) { return (bytes)_mm_shuffle_epi8((__m128i)table, (__m128i)positions); }
static bytes less(bytes a, bytes b) { return (bytes)_mm_subs_epu8((__m128i)a, (__m128i)b); }
static int any(bytes value) { return !_mm_testz_si128((__m128i)value, (__m128i)value); }
#endif

enum {
    TOO_SHORT = 1, TOO_LONG = 2, OVERLONG_3 = 4, TOO_LARGE = 8, SURROGATE = 16, OVERLONG_2 = 32,
    TOO_LARGE_1000 = 64, OVERLONG_4 = 64, TWO_CONTINUATIONS = 128, CARRY = TOO_SHORT | TOO_LONG | TWO_CONTINUATIONS,
};

static bytes check_pairs(bytes input, bytes before) {
    const bytes first_high = {
        TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG,
        TWO_CONTINUATIONS, TWO_CONTINUATIONS, TWO_CONTINUATIONS, TWO_CONTINUATIONS,
        TOO_SHORT | OVERLONG_2, TOO_SHORT, TOO_SHORT | OVERLONG_3 | SURROGATE,
        TOO_SHORT | TOO_LARGE | TOO_LARGE_1000 | OVERLONG_4};
    const bytes first_low = {
        CARRY | OVERLONG_3 | OVERLONG_2 | OVERLONG_4, CARRY | OVERLONG_2, CARRY, CARRY, CARRY | TOO_LARGE,
        CARRY | TOO_LARGE | TOO_LARGE_1000, CARRY | TOO_LARGE | TOO_LARGE_1000, CARRY | TOO_LARGE | TOO_LARGE_1000,
        CARRY | TOO_LARGE | TOO_LARGE_1000, CARRY | TOO_LARGE | TOO_LARGE_1000, CARRY | TOO_LARGE | TOO_LARGE_1000,
        CARRY | TOO_LARGE | TOO_LARGE_1000, CARRY | TOO_LARGE | TOO_LARGE_1000,
        CARRY | TOO_LARGE | TOO_LARGE_1000 | SURROGATE, CARRY | TOO_LARGE | TOO_LARGE_1000,
        CARRY | TOO_LARGE | TOO_LARGE_1000};
    const bytes second_high = {
        TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT,
        TOO_LONG | OVERLONG_2 | TWO_CONTINUATIONS | OVERLONG_3 | TOO_LARGE_1000 | OVERLONG_4,
        TOO_LONG | OVERLONG_2 | TWO_CONTINUATIONS | OVERLONG_3 | TOO_LARGE,
        TOO_LONG | OVERLONG_2 | TWO_CONTINUATIONS | SURROGATE | TOO_LARGE,
        TOO_LONG | OVERLONG_2 | TWO_CONTINUATIONS | SURROGATE | TOO_LARGE, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT};
    return lookup(first_high, before >> 4) & lookup(first_low, before & 15) & lookup(second_high, input >> 4);
}

static bytes check(bytes input, bytes previous) {
    bytes one = __builtin_shufflevector(previous, input, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30);
    bytes two = __builtin_shufflevector(previous, input, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29);
    bytes three =
        __builtin_shufflevector(previous, input, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28);
    bytes follows = less(two, (bytes){} + 0xdf) | less(three, (bytes){} + 0xef);
    bytes must = (bytes)((signed_bytes)follows > (signed_bytes){}) & 0x80;
    return must ^ check_pairs(input, one);
}

__attribute__((noinline)) static int valid_by_vectors(const uint8_t *text, size_t length) {
    bytes error = {}, previous = {}, input;
    size_t position = 0;
    for (; position + 16 <= length; position += 16) {
        memcpy(&input, text + position, 16);
        error |= any(input & 0x80) || any(previous & 0x80) ? check(input, previous) : (bytes){};
        previous = input;
    }
    uint8_t rest[32] = {0};
    memcpy(rest, text + position, length - position);
    for (int part = 0; part < 32; part += 16) {
        memcpy(&input, rest + part, 16);
        error |= check(input, previous);
        previous = input;
    }
    return !any(error);
}

__attribute__((noinline)) static int valid_by_bytes(const uint8_t *text, size_t length) {
    for (size_t i = 0; i < length;) {
        uint32_t lead = text[i++];
        if (lead < 0x80) continue;
        int count = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
        if (lead < 0xc2 || lead > 0xf4 || i + (size_t)count > length) return 0;
        uint32_t code = lead & (0x3fu >> count);
        for (int k = 0; k < count; k++, i++) {
            if ((text[i] & 0xc0) != 0x80) return 0;
            code = code << 6 | (text[i] & 0x3fu);
        }
        static const uint32_t least[4] = {0, 0x80, 0x800, 0x10000};
        if (code < least[count] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return 0;
    }
    return 1;
}

static uint32_t state = 99;

static uint32_t next(void) {
    return (state = state * 1664525 + 1013904223) >> 8;
}

static size_t append(uint8_t *to, uint32_t code) {
    if (code < 0x80) return to[0] = (uint8_t)code, 1;
    if (code < 0x800) return to[0] = (uint8_t)(0xc0 | code >> 6), to[1] = 0x80 | (code & 63), 2;
    if (code < 0x10000) {
        to[0] = (uint8_t)(0xe0 | code >> 12), to[1] = 0x80 | (code >> 6 & 63), to[2] = 0x80 | (code & 63);
        return 3;
    }
    to[0] = (uint8_t)(0xf0 | code >> 18), to[1] = 0x80 | (code >> 12 & 63);
    to[2] = 0x80 | (code >> 6 & 63), to[3] = 0x80 | (code & 63);
    return 4;
}

static uint32_t some_code(void) {
    static const uint32_t limits[4] = {0x80, 0x800, 0x10000, 0x110000};
    uint32_t code = next() % limits[next() % 8 < 5 ? 0 : next() % 4];
    return code >= 0xd800 && code < 0xe000 ? 'x' : code;
}

enum { LENGTH = 1 << 16 };

int main(int argc, char **argv) {
    static uint8_t text[LENGTH + 4];
    int rounds = argc > 1 ? atoi(argv[1]) : 20;
    size_t length = 0;
    while (length < LENGTH) length += append(text + length, some_code());
    long valid = 0, checked = 0;
    for (int trial = 0; trial < 2000; trial++) {
        size_t start = next() % LENGTH, size = next() % 80;
        uint8_t part[80];
        size = size > length - start ? length - start : size;
        memcpy(part, text + start, size);
        if (size && next() % 2) part[next() % size] = (uint8_t)next();
        int by_bytes = valid_by_bytes(part, size);
        if (by_bytes != valid_by_vectors(part, size)) return printf("trial %d: they do not agree\n", trial), 1;
        valid += by_bytes, checked++;
    }
    printf("%ld of %ld pieces are valid\n", valid, checked);
    long whole = 0;
    for (int round = 0; round < rounds; round++) whole += valid_by_vectors(text + 0, length - (size_t)(round % 4 == 3));
    printf("the text is valid %s\n", whole ? "sometimes" : "never");
}
