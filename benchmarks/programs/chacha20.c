// ChaCha20: the key stream, and a message encrypted by it.
#include "benchmark.h"

static inline uint32_t rotate(uint32_t x, int n) { return x << n | x >> (32 - n); }

#define QUARTER(a, b, c, d) \
    (a += b, d = rotate(d ^ a, 16), c += d, b = rotate(b ^ c, 12), a += b, d = rotate(d ^ a, 8), c += d, \
     b = rotate(b ^ c, 7))

static void block(const uint32_t input[16], uint8_t output[64]) {
    uint32_t x[16];
    memcpy(x, input, sizeof x);
    for (int i = 0; i < 10; i++) {
        QUARTER(x[0], x[4], x[8], x[12]), QUARTER(x[1], x[5], x[9], x[13]);
        QUARTER(x[2], x[6], x[10], x[14]), QUARTER(x[3], x[7], x[11], x[15]);
        QUARTER(x[0], x[5], x[10], x[15]), QUARTER(x[1], x[6], x[11], x[12]);
        QUARTER(x[2], x[7], x[8], x[13]), QUARTER(x[3], x[4], x[9], x[14]);
    }
    for (int i = 0; i < 16; i++) {
        uint32_t word = x[i] + input[i];
        for (int k = 0; k < 4; k++) output[4 * i + k] = (uint8_t)(word >> 8 * k);
    }
}

static void encrypt(uint32_t input[16], uint8_t *message, size_t bytes) {
    uint8_t stream[64];
    for (size_t i = 0; i < bytes; i += 64) {
        block(input, stream);
        input[12]++;
        for (size_t k = 0; k < 64; k++) message[i + k] ^= stream[k];
    }
}

int main(int argc, char **argv) {
    uint32_t rounds = benchmark_size(argc, argv, 4500);
    static uint8_t message[1 << 16];
    uint32_t input[16] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
    for (int i = 4; i < 16; i++) input[i] = benchmark_random();
    for (uint32_t round = 0; round < rounds; round++) encrypt(input, message, sizeof message);
    benchmark_check_bytes(message, sizeof message);
    return benchmark_finish();
}
