// Quantised inference: products of int8 matrices with int32 sums, and quantised dot products in
// blocks of 32 with 4-bit weights and a scale for each block.
#include "benchmark.h"

enum { N = 256, LENGTH = 4096, ROWS = 512 };

static int8_t a[N][N], b[N][N], activations[LENGTH];
static int32_t c[N][N];

struct block {
    float scale;
    uint8_t nibbles[16];
};

static struct block weights[ROWS][LENGTH / 32];

static void product(void) {
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            int32_t sum = 0;
            // `b` is transposed.
            for (int k = 0; k < N; k++) sum += a[i][k] * b[j][k];
            c[i][j] = sum;
        }
}

static void requantise(void) {
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            int32_t value = (int32_t)(((int64_t)c[i][j] * 1518500 + (1 << 29)) >> 30);
            a[i][j] = (int8_t)(value > 127 ? 127 : value < -128 ? -128 : value);
        }
}

static float dot(const struct block *row) {
    float total = 0;
    for (int block = 0; block < LENGTH / 32; block++) {
        const int8_t *y = activations + 32 * block;
        int32_t sum = 0;
        for (int k = 0; k < 16; k++)
            sum += ((row[block].nibbles[k] & 15) - 8) * y[k] + ((row[block].nibbles[k] >> 4) - 8) * y[k + 16];
        total += row[block].scale * (float)sum;
    }
    return total;
}

int main(int argc, char **argv) {
    uint32_t rounds = benchmark_size(argc, argv, 480);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) a[i][j] = (int8_t)benchmark_random(), b[i][j] = (int8_t)benchmark_random();
    for (int i = 0; i < LENGTH; i++) activations[i] = (int8_t)benchmark_random();
    for (int i = 0; i < ROWS; i++)
        for (int j = 0; j < LENGTH / 32; j++) {
            weights[i][j].scale = (float)benchmark_fraction() / 128;
            for (int k = 0; k < 16; k++) weights[i][j].nibbles[k] = (uint8_t)benchmark_random();
        }
    for (uint32_t round = 0; round < rounds; round++) {
        product();
        requantise();
        for (int i = 0; i < ROWS; i++) {
            float value = dot(weights[i]);
            benchmark_check_double(value);
            activations[(i * 8 + (int)round) % LENGTH] = (int8_t)(int32_t)value;
        }
        benchmark_check((uint64_t)(uint32_t)c[round % N][3]);
    }
    benchmark_check_bytes(a, sizeof a);
    return benchmark_finish();
}
