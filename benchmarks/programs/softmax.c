// Attention's other half: soft maximum, normalisation and a sigmoid, with an own exponential.
#include "benchmark.h"
#include <math.h>

enum { ROWS = 256, WIDTH = 512 };

static float data[ROWS][WIDTH];

// 2^n * e^r by a polynomial; the same bits everywhere.
static inline float exponential(float x) {
    float turns = x * 1.44269504f;
    int32_t n = (int32_t)(turns + (turns < 0 ? -0.5f : 0.5f));
    float r = x - (float)n * 0.693147181f;
    float value = 1 + r * (1 + r * (0.5f + r * (0.166666667f + r * (0.0416666667f + r * 0.00833333333f))));
    uint32_t bits = (uint32_t)(n + 127) << 23;
    float power;
    memcpy(&power, &bits, 4);
    return value * power;
}

static void soft_maximum(float *row) {
    float highest = row[0], sum = 0;
    for (int i = 1; i < WIDTH; i++) highest = row[i] > highest ? row[i] : highest;
    for (int i = 0; i < WIDTH; i++) row[i] = exponential(row[i] - highest);
    for (int i = 0; i < WIDTH; i++) sum += row[i];
    for (int i = 0; i < WIDTH; i++) row[i] /= sum;
}

static void normalise(float *row) {
    float mean = 0, spread = 0;
    for (int i = 0; i < WIDTH; i++) mean += row[i];
    mean /= WIDTH;
    for (int i = 0; i < WIDTH; i++) spread += (row[i] - mean) * (row[i] - mean);
    float scale = 1 / sqrtf(spread / WIDTH + 1e-12f);
    for (int i = 0; i < WIDTH; i++) row[i] = (row[i] - mean) * scale;
}

static void gate(float *row) {
    for (int i = 0; i < WIDTH; i++) {
        float x = row[i] < -20 ? -20 : row[i] > 20 ? 20 : row[i];
        row[i] = x / (1 + exponential(-x));
    }
}

int main(int argc, char **argv) {
    uint32_t rounds = benchmark_size(argc, argv, 1300);
    for (int i = 0; i < ROWS; i++)
        for (int j = 0; j < WIDTH; j++) data[i][j] = (float)benchmark_fraction() * 8 - 4;
    for (uint32_t round = 0; round < rounds; round++)
        for (int i = 0; i < ROWS; i++) {
            soft_maximum(data[i]);
            normalise(data[i]);
            gate(data[i]);
            data[i][round % WIDTH] += (float)(i % 5);
        }
    for (int i = 0; i < ROWS; i++) benchmark_check_double(data[i][i]);
    return benchmark_finish();
}
