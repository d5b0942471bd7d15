// A layer of a neural network: f32 matrix product in blocks, with bias and activation.
#include "benchmark.h"

enum { N = 384, BLOCK = 8 };

static float weights[N][N], inputs[N][N], outputs[N][N], bias[N];

// Eight rows of partial sums at a time, over packed columns: what the inner kernel of a library does.
static void layer(void) {
    for (int i = 0; i < N; i += BLOCK)
        for (int j = 0; j < N; j += BLOCK) {
            float sums[BLOCK][BLOCK];
            for (int a = 0; a < BLOCK; a++)
                for (int b = 0; b < BLOCK; b++) sums[a][b] = bias[j + b];
            for (int k = 0; k < N; k++)
                for (int a = 0; a < BLOCK; a++)
                    for (int b = 0; b < BLOCK; b++) sums[a][b] += inputs[i + a][k] * weights[k][j + b];
            for (int a = 0; a < BLOCK; a++)
                for (int b = 0; b < BLOCK; b++) outputs[i + a][j + b] = sums[a][b] > 0 ? sums[a][b] : 0.1f * sums[a][b];
        }
}

int main(int argc, char **argv) {
    uint32_t rounds = benchmark_size(argc, argv, 220);
    for (int i = 0; i < N; i++) {
        bias[i] = (float)benchmark_fraction() - 0.5f;
        for (int j = 0; j < N; j++) {
            weights[i][j] = ((float)benchmark_fraction() - 0.5f) / 8;
            inputs[i][j] = (float)benchmark_fraction();
        }
    }
    for (uint32_t round = 0; round < rounds; round++) {
        layer();
        memcpy(inputs, outputs, sizeof inputs);
        for (int i = 0; i < N; i++) inputs[i][round % N] = (float)i / N;
    }
    for (int i = 0; i < N; i++) benchmark_check_double(outputs[i][N - 1 - i]);
    return benchmark_finish();
}
