// A convolutional layer: f32, 3 by 3, channels innermost, then pooling.
#include "benchmark.h"

enum { SIDE = 56, IN = 16, OUT = 32 };

static float image[SIDE][SIDE][IN], kernel[3][3][IN][OUT], result[SIDE][SIDE][OUT];

static void convolve(void) {
    for (int y = 1; y < SIDE - 1; y++)
        for (int x = 1; x < SIDE - 1; x++) {
            float sums[OUT] = {0};
            for (int dy = 0; dy < 3; dy++)
                for (int dx = 0; dx < 3; dx++)
                    for (int in = 0; in < IN; in++) {
                        float value = image[y + dy - 1][x + dx - 1][in];
                        for (int out = 0; out < OUT; out++) sums[out] += value * kernel[dy][dx][in][out];
                    }
            for (int out = 0; out < OUT; out++) result[y][x][out] = sums[out] > 0 ? sums[out] : 0;
        }
}

static void pool(void) {
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++)
            for (int in = 0; in < IN; in++) {
                float best = result[y][x][in], next = result[y][x][in + IN];
                float right = result[y][x + 1 < SIDE ? x + 1 : x][in];
                best = next > best ? next : best;
                best = right > best ? right : best;
                image[y][x][in] = 0.5f * image[y][x][in] + 0.5f * best;
            }
}

int main(int argc, char **argv) {
    uint32_t rounds = benchmark_size(argc, argv, 900);
    for (size_t i = 0; i < sizeof image / 4; i++) (&image[0][0][0])[i] = (float)benchmark_fraction();
    for (size_t i = 0; i < sizeof kernel / 4; i++) (&kernel[0][0][0][0])[i] = ((float)benchmark_fraction() - 0.5f) / 16;
    for (uint32_t round = 0; round < rounds; round++) convolve(), pool();
    for (int i = 0; i < SIDE; i++) benchmark_check_double(image[i][i][i % IN]);
    return benchmark_finish();
}
