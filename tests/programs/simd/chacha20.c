// The ChaCha20 stream cipher: the block of RFC 8439, then a long text, four blocks at a time.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint32_t lanes __attribute__((vector_size(16)));

enum { BLOCKS = 4, BATCH = 64 * BLOCKS, LENGTH = 256 * BATCH };

static lanes rotated(lanes value, int count) {
    return value << count | value >> (32 - count);
}

static void quarter(lanes *a, lanes *b, lanes *c, lanes *d) {
    *a += *b, *d = rotated(*d ^ *a, 16);
    *c += *d, *b = rotated(*b ^ *c, 12);
    *a += *b, *d = rotated(*d ^ *a, 8);
    *c += *d, *b = rotated(*b ^ *c, 7);
}

// Encrypts four blocks in place.
__attribute__((noinline)) static void encrypt(uint8_t *text, const uint32_t *key, uint32_t counter,
                                              const uint32_t *nonce) {
    const uint32_t constants[4] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
    lanes start[16], state[16];
    for (int i = 0; i < 4; i++) start[i] = (lanes){} + constants[i];
    for (int i = 0; i < 8; i++) start[4 + i] = (lanes){} + key[i];
    start[12] = (lanes){counter, counter + 1, counter + 2, counter + 3};
    for (int i = 0; i < 3; i++) start[13 + i] = (lanes){} + nonce[i];
    memcpy(state, start, sizeof state);
    for (int round = 0; round < 10; round++) {
        quarter(&state[0], &state[4], &state[8], &state[12]);
        quarter(&state[1], &state[5], &state[9], &state[13]);
        quarter(&state[2], &state[6], &state[10], &state[14]);
        quarter(&state[3], &state[7], &state[11], &state[15]);
        quarter(&state[0], &state[5], &state[10], &state[15]);
        quarter(&state[1], &state[6], &state[11], &state[12]);
        quarter(&state[2], &state[7], &state[8], &state[13]);
        quarter(&state[3], &state[4], &state[9], &state[14]);
    }
    for (int i = 0; i < 16; i++) state[i] += start[i];
    for (int i = 0; i < 16; i += 4) {
        lanes low01 = __builtin_shufflevector(state[i], state[i + 1], 0, 4, 1, 5);
        lanes low23 = __builtin_shufflevector(state[i + 2], state[i + 3], 0, 4, 1, 5);
        lanes high01 = __builtin_shufflevector(state[i], state[i + 1], 2, 6, 3, 7);
        lanes high23 = __builtin_shufflevector(state[i + 2], state[i + 3], 2, 6, 3, 7);
        lanes rows[4] = {
            __builtin_shufflevector(low01, low23, 0, 1, 4, 5), __builtin_shufflevector(low01, low23, 2, 3, 6, 7),
            __builtin_shufflevector(high01, high23, 0, 1, 4, 5), __builtin_shufflevector(high01, high23, 2, 3, 6, 7)};
        for (int block = 0; block < BLOCKS; block++) {
            lanes word;
            memcpy(&word, text + 64 * block + 4 * i, sizeof word);
            word ^= rows[block];
            memcpy(text + 64 * block + 4 * i, &word, sizeof word);
        }
    }
}

int main(int argc, char **argv) {
    static uint8_t text[LENGTH];
    int rounds = argc > 1 ? atoi(argv[1]) : 4;
    uint32_t key[8];
    for (uint32_t i = 0; i < 8; i++) key[i] = 0x03020100 + 0x04040404 * i;
    const uint32_t nonce[3] = {0x09000000, 0x4a000000, 0};
    encrypt(text, key, 1, nonce);
    for (int i = 0; i < 64; i++) printf("%02x%s", text[i], i % 16 == 15 ? "\n" : " ");
    uint32_t counter = 5;
    for (int round = 0; round < rounds; round++)
        for (int start = 0; start < LENGTH; start += BATCH, counter += BLOCKS) encrypt(text + start, key, counter, nonce);
    uint32_t hash = 2166136261u;
    for (int i = 0; i < LENGTH; i++) hash = (hash ^ text[i]) * 16777619;
    printf("text %08x\n", hash);
}
