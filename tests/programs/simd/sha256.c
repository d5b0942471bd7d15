// SHA-256 of the test vector of FIPS 180 and of a long message.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LENGTH = 1 << 18 };

static const uint32_t constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t right(uint32_t value, int count) {
    return value >> count | value << (32 - count);
}

__attribute__((noinline)) static void compress(uint32_t *state, const uint8_t *block) {
    uint32_t words[64];
    for (int i = 0; i < 16; i++) {
        uint32_t word;
        memcpy(&word, block + 4 * i, 4);
        words[i] = __builtin_bswap32(word);
    }
    for (int i = 16; i < 64; i++) {
        uint32_t early = words[i - 15], late = words[i - 2];
        uint32_t s0 = right(early, 7) ^ right(early, 18) ^ early >> 3;
        uint32_t s1 = right(late, 17) ^ right(late, 19) ^ late >> 10;
        words[i] = words[i - 16] + s0 + words[i - 7] + s1;
    }
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
    for (int i = 0; i < 64; i++) {
        uint32_t choice = (e & f) ^ (~e & g), majority = (a & b) ^ (a & c) ^ (b & c);
        uint32_t t1 = h + (right(e, 6) ^ right(e, 11) ^ right(e, 25)) + choice + constants[i] + words[i];
        uint32_t t2 = (right(a, 2) ^ right(a, 13) ^ right(a, 22)) + majority;
        h = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
    }
    state[0] += a, state[1] += b, state[2] += c, state[3] += d;
    state[4] += e, state[5] += f, state[6] += g, state[7] += h;
}

static void digest(const uint8_t *message, size_t length, uint32_t *state) {
    const uint32_t start[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                               0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    memcpy(state, start, sizeof start);
    size_t position = 0;
    for (; position + 64 <= length; position += 64) compress(state, message + position);
    uint8_t tail[128] = {0};
    size_t rest = length - position, padded = rest < 56 ? 64 : 128;
    memcpy(tail, message + position, rest);
    tail[rest] = 0x80;
    for (int i = 0; i < 8; i++) tail[padded - 1 - i] = (uint8_t)((uint64_t)length * 8 >> 8 * i);
    compress(state, tail);
    if (padded == 128) compress(state, tail + 64);
}

static void print(const uint32_t *state) {
    for (int i = 0; i < 8; i++) printf("%08x", state[i]);
    printf("\n");
}

int main(int argc, char **argv) {
    static uint8_t message[LENGTH];
    int rounds = argc > 1 ? atoi(argv[1]) : 2;
    uint32_t state[8];
    digest((const uint8_t *)"abc", 3, state);
    print(state);
    for (int i = 0; i < LENGTH; i++) message[i] = (uint8_t)(i * 31 >> 3);
    for (int round = 0; round < rounds; round++) {
        digest(message, LENGTH - (size_t)round % 64, state);
        memcpy(message, state, sizeof state);
    }
    print(state);
}
