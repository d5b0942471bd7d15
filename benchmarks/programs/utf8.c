// UTF-8: code points written, validated, decoded to UTF-16 and back, and counted.
#include "benchmark.h"

static uint8_t *put(uint8_t *to, uint32_t c) {
    if (c < 0x80) {
        *to++ = (uint8_t)c;
    } else if (c < 0x800) {
        *to++ = (uint8_t)(0xc0 | c >> 6), *to++ = (uint8_t)(0x80 | (c & 63));
    } else if (c < 0x10000) {
        *to++ = (uint8_t)(0xe0 | c >> 12), *to++ = (uint8_t)(0x80 | (c >> 6 & 63)), *to++ = (uint8_t)(0x80 | (c & 63));
    } else {
        *to++ = (uint8_t)(0xf0 | c >> 18), *to++ = (uint8_t)(0x80 | (c >> 12 & 63));
        *to++ = (uint8_t)(0x80 | (c >> 6 & 63)), *to++ = (uint8_t)(0x80 | (c & 63));
    }
    return to;
}

// The length of the code point at `at`, its value in `*c`; 0 where it is none.
static inline uint32_t get(const uint8_t *at, const uint8_t *end, uint32_t *c) {
    uint8_t lead = *at;
    if (lead < 0x80) return *c = lead, 1;
    uint32_t length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (lead < 0xc2 || lead > 0xf4 || (size_t)(end - at) < length) return 0;
    uint32_t value = lead & (0x7f >> length);
    for (uint32_t i = 1; i < length; i++) {
        if ((at[i] & 0xc0) != 0x80) return 0;
        value = value << 6 | (at[i] & 63);
    }
    if (value > 0x10ffff || (value >= 0xd800 && value < 0xe000)) return 0;
    if ((length == 3 && value < 0x800) || (length == 4 && value < 0x10000)) return 0;
    return *c = value, length;
}

static size_t widen(uint16_t *to, const uint8_t *at, const uint8_t *end) {
    const uint16_t *start = to;
    uint32_t c, length;
    while (at < end) {
        length = get(at, end, &c);
        if (length == 0) c = 0xfffd, length = 1;
        at += length;
        if (c < 0x10000) *to++ = (uint16_t)c;
        else *to++ = (uint16_t)(0xd7c0 + (c >> 10)), *to++ = (uint16_t)(0xdc00 + (c & 0x3ff));
    }
    return (size_t)(to - start);
}

static size_t narrow(uint8_t *to, const uint16_t *at, size_t count) {
    const uint8_t *start = to;
    for (const uint16_t *end = at + count; at < end; at++) {
        uint32_t c = *at;
        if (c >= 0xd800 && c < 0xdc00 && at + 1 < end) c = (c << 10) + *++at - 0x35fdc00;
        to = put(to, c);
    }
    return (size_t)(to - start);
}

int main(int argc, char **argv) {
    uint32_t rounds = benchmark_size(argc, argv, 360), points = 1 << 19;
    uint8_t *text = benchmark_allocate(points * 4 + 8), *copy = benchmark_allocate(points * 12 + 8), *end = text;
    uint16_t *wide = benchmark_allocate(points * 8 + 16);
    for (uint32_t i = 0; i < points; i++) {
        uint32_t r = benchmark_random(), run = i >> 6 & 3;
        uint32_t c = run < 2 ? r & 0x7f : run == 2 ? r & 0x7ff : (r & 0xfffff) + 0x800;
        end = put(end, c >= 0xd800 && c < 0xe000 ? 0x20ac : c);
    }
    for (uint32_t round = 0; round < rounds; round++) {
        text[benchmark_random() % (uint32_t)(end - text)] ^= 0x41;
        size_t units = widen(wide, text, end), bytes = narrow(copy, wide, units), count = 0;
        for (const uint8_t *at = text; at < end; at++) count += (*at & 0xc0) != 0x80;
        benchmark_check(units), benchmark_check(bytes), benchmark_check(count);
        benchmark_check(copy[bytes / 3]);
    }
    return benchmark_finish();
}
