// LZ compression: a byte-oriented format with a hash of the last positions, packed and unpacked.
#include "benchmark.h"

enum { BYTES = 1 << 20, HASH_BITS = 14, SHORTEST = 4, FARTHEST = 65535 };

static uint8_t text[BYTES], packed[BYTES + BYTES / 128 + 64], unpacked[BYTES];

static uint32_t word_at(const uint8_t *bytes) {
    uint32_t word;
    memcpy(&word, bytes, 4);
    return word;
}

static uint8_t *put_length(uint8_t *to, size_t length) {
    for (; length >= 255; length -= 255) *to++ = 255;
    *to++ = (uint8_t)length;
    return to;
}

static uint8_t *put_sequence(uint8_t *to, const uint8_t *literals, size_t count, size_t distance, size_t match) {
    size_t shown = match < 15 ? match : 15;
    *to++ = (uint8_t)((count < 15 ? count : 15) << 4 | shown);
    if (count >= 15) to = put_length(to, count - 15);
    memcpy(to, literals, count);
    to += count;
    *to++ = (uint8_t)distance;
    *to++ = (uint8_t)(distance >> 8);
    return match >= 15 ? put_length(to, match - 15) : to;
}

static size_t pack(void) {
    static uint32_t last[1 << HASH_BITS];
    memset(last, 0, sizeof last);
    uint8_t *to = packed;
    size_t anchor = 0, at = 1;
    while (at + SHORTEST + 8 < BYTES) {
        uint32_t word = word_at(text + at), slot = word * 2654435761u >> (32 - HASH_BITS);
        size_t from = last[slot];
        last[slot] = (uint32_t)at;
        if (at - from > FARTHEST || word_at(text + from) != word) {
            at++;
            continue;
        }
        size_t length = SHORTEST;
        while (at + length < BYTES && text[from + length] == text[at + length]) length++;
        to = put_sequence(to, text + anchor, at - anchor, at - from, length - SHORTEST);
        at += length;
        anchor = at;
    }
    // Distance 0 ends the stream.
    return (size_t)(put_sequence(to, text + anchor, BYTES - anchor, 0, 0) - packed);
}

static const uint8_t *get_length(const uint8_t *from, size_t *length) {
    uint8_t byte;
    do *length += byte = *from++;
    while (byte == 255);
    return from;
}

static size_t unpack(void) {
    const uint8_t *from = packed;
    uint8_t *to = unpacked;
    for (;;) {
        size_t count = *from >> 4, match = *from & 15;
        from++;
        if (count == 15) from = get_length(from, &count);
        memcpy(to, from, count);
        to += count, from += count;
        size_t distance = from[0] | from[1] << 8;
        from += 2;
        if (distance == 0) return (size_t)(to - unpacked);
        if (match == 15) from = get_length(from, &match);
        for (match += SHORTEST; match > 0; match--, to++) *to = to[-(ptrdiff_t)distance];
    }
}

// Text-like: words from a vocabulary with frequent ones.
static void write_text(void) {
    static char words[512][12];
    for (int i = 0; i < 512; i++)
        for (uint32_t k = 0, length = 2 + benchmark_random() % 9; k < length; k++)
            words[i][k] = (char)('a' + benchmark_random() % 26);
    for (size_t at = 0; at < BYTES;) {
        uint32_t random = benchmark_random();
        const char *word = words[(random & 511) * (random >> 9 & 511) >> 9];
        while (*word && at < BYTES) text[at++] = (uint8_t)*word++;
        if (at < BYTES) text[at++] = ' ';
    }
}

int main(int argc, char **argv) {
    uint32_t rounds = benchmark_size(argc, argv, 110);
    write_text();
    for (uint32_t round = 0; round < rounds; round++) {
        text[benchmark_random() % BYTES]++;
        benchmark_check(pack());
        for (int i = 0; i < 3; i++)
            if (unpack() != BYTES || memcmp(text, unpacked, BYTES) != 0) return 1;
    }
    benchmark_check_bytes(packed, 1000);
    return benchmark_finish();
}
