// Entropy coding: canonical Huffman codes over bytes, and an adaptive binary arithmetic coder.
#include "benchmark.h"

enum { BYTES = 1 << 18 };

static uint8_t text[BYTES], packed[2 * BYTES], unpacked[BYTES];

struct huffman {
    uint8_t lengths[256];
    uint16_t codes[256], first[17], offset[17];
    uint8_t symbols[256];
};

// Lengths by repeated pairing of the two rarest; frequencies are damped so that none exceeds 16.
static void build(struct huffman *h) {
    uint32_t weight[511], live = 256;
    int16_t parent[511];
    for (int i = 0; i < 256; i++) weight[i] = 64;
    for (int i = 0; i < BYTES; i++) weight[text[i]]++;
    for (uint32_t node = 256; live > 1; node++, live--) {
        int low = -1, next = -1;
        for (int i = 0; i < (int)node; i++) {
            if (weight[i] == 0) continue;
            if (low < 0 || weight[i] < weight[low]) next = low, low = i;
            else if (next < 0 || weight[i] < weight[next]) next = i;
        }
        weight[node] = weight[low] + weight[next];
        weight[low] = weight[next] = 0;
        parent[low] = parent[next] = (int16_t)node;
    }
    uint16_t code = 0, position = 0;
    for (int i = 0; i < 256; i++) {
        h->lengths[i] = 0;
        for (int node = i; node != 510; node = parent[node]) h->lengths[i]++;
    }
    for (int length = 1; length <= 16; length++, code <<= 1) {
        h->first[length] = code, h->offset[length] = position;
        for (int i = 0; i < 256; i++)
            if (h->lengths[i] == length) h->symbols[position++] = (uint8_t)i, h->codes[i] = code++;
    }
}

static size_t huffman_pack(const struct huffman *h) {
    uint64_t bits = 0;
    int held = 0;
    uint8_t *to = packed;
    for (int i = 0; i < BYTES; i++) {
        bits = bits << h->lengths[text[i]] | h->codes[text[i]];
        held += h->lengths[text[i]];
        while (held >= 8) *to++ = (uint8_t)(bits >> (held -= 8));
    }
    *to++ = (uint8_t)(bits << (8 - held));
    return (size_t)(to - packed);
}

static void huffman_unpack(const struct huffman *h) {
    const uint8_t *from = packed;
    uint32_t byte = 0, left = 0;
    for (int i = 0; i < BYTES; i++) {
        uint32_t code = 0;
        for (int length = 1; length <= 16; length++) {
            if (left == 0) byte = *from++, left = 8;
            code = code << 1 | (byte >> --left & 1);
            uint32_t count = (length < 16 ? h->offset[length + 1] : 256u) - h->offset[length];
            if (code - h->first[length] < count) {
                unpacked[i] = h->symbols[h->offset[length] + code - h->first[length]];
                break;
            }
        }
    }
}

// The range coder of LZMA: probabilities of 11 bits that adapt by a shift.
static uint16_t chances[256];

static size_t range_pack(void) {
    uint64_t low = 0;
    uint32_t range = ~0u;
    size_t pending = 1, written = 0;
    uint8_t cache = 0;
    for (int i = 0; i < 256; i++) chances[i] = 1024;
    for (int i = 0; i < BYTES + 1; i++) {
        uint32_t context = 1;
        for (int bit = 7; bit >= 0; bit--) {
            uint16_t *chance = &chances[context];
            uint32_t bound = (range >> 11) * *chance, value = i < BYTES ? text[i] >> bit & 1 : 0;
            if (value == 0) range = bound, *chance += (uint16_t)((2048 - *chance) >> 5);
            else low += bound, range -= bound, *chance -= (uint16_t)(*chance >> 5);
            context = context << 1 | value;
            // The last byte is only there to push the others out.
            while (range < 1 << 24) {
                range <<= 8;
                if ((uint32_t)low < 0xff000000u || low >> 32 != 0) {
                    for (; pending > 0; pending--, cache = 0xff) packed[written++] = (uint8_t)(cache + (low >> 32));
                    cache = (uint8_t)(low >> 24);
                }
                pending++;
                low = (low & 0x00ffffff) << 8;
            }
        }
    }
    for (int i = 0; i < 5; i++) {
        if ((uint32_t)low < 0xff000000u || low >> 32 != 0) {
            for (; pending > 0; pending--, cache = 0xff) packed[written++] = (uint8_t)(cache + (low >> 32));
            cache = (uint8_t)(low >> 24);
        }
        pending++;
        low = (low & 0x00ffffff) << 8;
    }
    return written;
}

static void range_unpack(void) {
    const uint8_t *from = packed + 1;
    uint32_t range = ~0u, code = 0;
    for (int i = 0; i < 256; i++) chances[i] = 1024;
    for (int i = 0; i < 4; i++) code = code << 8 | *from++;
    for (int i = 0; i < BYTES; i++) {
        uint32_t context = 1;
        while (context < 256) {
            uint16_t *chance = &chances[context];
            uint32_t bound = (range >> 11) * *chance;
            if (code < bound) range = bound, *chance += (uint16_t)((2048 - *chance) >> 5), context = context << 1;
            else code -= bound, range -= bound, *chance -= (uint16_t)(*chance >> 5), context = context << 1 | 1;
            if (range < 1 << 24) range <<= 8, code = code << 8 | *from++;
        }
        unpacked[i] = (uint8_t)context;
    }
}

int main(int argc, char **argv) {
    uint32_t rounds = benchmark_size(argc, argv, 45);
    struct huffman h;
    for (int i = 0; i < BYTES; i++) text[i] = (uint8_t)(benchmark_random() & benchmark_random() & 0x7f);
    for (uint32_t round = 0; round < rounds; round++) {
        text[benchmark_random() % BYTES] ^= 1;
        build(&h);
        benchmark_check(huffman_pack(&h));
        huffman_unpack(&h);
        if (memcmp(text, unpacked, BYTES) != 0) return 1;
        benchmark_check(range_pack());
        range_unpack();
        if (memcmp(text, unpacked, BYTES) != 0) return 2;
    }
    benchmark_check_bytes(packed, 1000);
    return benchmark_finish();
}
