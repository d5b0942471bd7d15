// Dot products of signed and unsigned bytes, as in quantised networks.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { LENGTH = 4096, ROWS = 64 };

static int8_t weights[ROWS][LENGTH], inputs[LENGTH];
static uint8_t pixels[LENGTH];

__attribute__((noinline)) static int32_t dot_signed(const int8_t *a, const int8_t *b, int length) {
    int32_t sum = 0;
    for (int i = 0; i < length; i++) sum += a[i] * b[i];
    return sum;
}

__attribute__((noinline)) static int32_t dot_mixed(const uint8_t *a, const int8_t *b, int length) {
    int32_t sum = 0;
    for (int i = 0; i < length; i++) sum += a[i] * b[i];
    return sum;
}

static void fill(void) {
    uint32_t state = 1;
    for (int row = 0; row < ROWS; row++)
        for (int i = 0; i < LENGTH; i++) weights[row][i] = (int8_t)((state = state * 1664525 + 1013904223) >> 24);
    for (int i = 0; i < LENGTH; i++) {
        inputs[i] = (int8_t)((state = state * 1664525 + 1013904223) >> 24);
        pixels[i] = (uint8_t)((state = state * 1664525 + 1013904223) >> 24);
    }
}

int main(int argc, char **argv) {
    int rounds = argc > 1 ? atoi(argv[1]) : 20;
    uint32_t hash = 2166136261u;
    fill();
    for (int round = 0; round < rounds; round++) {
        for (int row = 0; row < ROWS; row++) {
            int length = LENGTH - (row + round) % 17;
            hash = (hash ^ (uint32_t)dot_signed(weights[row], inputs, length)) * 16777619;
            hash = (hash ^ (uint32_t)dot_mixed(pixels, weights[row], length)) * 16777619;
        }
        inputs[round % LENGTH]++;
    }
    printf("dot products %08x\n", hash);
}
