// Products of matrices of floats of both widths, in loops that a vectoriser can take.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE = 192 };

static float a32[SIZE][SIZE], b32[SIZE][SIZE], c32[SIZE][SIZE];
static double a64[SIZE][SIZE], b64[SIZE][SIZE], c64[SIZE][SIZE];

__attribute__((noinline)) static void multiply32(void) {
    for (int i = 0; i < SIZE; i++)
        for (int k = 0; k < SIZE; k++) {
            float factor = a32[i][k];
            for (int j = 0; j < SIZE; j++) c32[i][j] += factor * b32[k][j];
        }
}

__attribute__((noinline)) static void multiply64(void) {
    for (int i = 0; i < SIZE; i++)
        for (int k = 0; k < SIZE; k++) {
            double factor = a64[i][k];
            for (int j = 0; j < SIZE; j++) c64[i][j] += factor * b64[k][j];
        }
}

static void fill(void) {
    uint32_t state = 7;
    for (int i = 0; i < SIZE; i++)
        for (int j = 0; j < SIZE; j++) {
            state = state * 1664525 + 1013904223;
            a32[i][j] = (float)(a64[i][j] = (int32_t)state / 2147483648.0);
            state = state * 1664525 + 1013904223;
            b32[i][j] = (float)(b64[i][j] = (int32_t)state / 2147483648.0);
        }
}

int main(int argc, char **argv) {
    int rounds = argc > 1 ? atoi(argv[1]) : 2;
    fill();
    for (int round = 0; round < rounds; round++) {
        multiply32();
        multiply64();
    }
    double sum = 0, trace = 0;
    for (int i = 0; i < SIZE; i++) {
        for (int j = 0; j < SIZE; j++) sum += c32[i][j] + c64[i][j];
        trace += c32[i][i] - c64[i][i];
    }
    uint64_t bits[2];
    memcpy(bits, (double[]){sum, trace}, sizeof bits);
    printf("products %016llx %016llx\n", (unsigned long long)bits[0], (unsigned long long)bits[1]);
}
