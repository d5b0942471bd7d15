// Blurs and sharpens a grey image: a 3 by 3 kernel of integers, and a separable one of floats.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 640, HEIGHT = 360 };

static uint8_t image[HEIGHT][WIDTH], blurred[HEIGHT][WIDTH];
static float rows[HEIGHT][WIDTH], smooth[HEIGHT][WIDTH];

__attribute__((noinline)) static void blur(void) {
    for (int y = 1; y < HEIGHT - 1; y++)
        for (int x = 1; x < WIDTH - 1; x++) {
            int sum = image[y - 1][x - 1] + 2 * image[y - 1][x] + image[y - 1][x + 1] + 2 * image[y][x - 1] +
                      4 * image[y][x] + 2 * image[y][x + 1] + image[y + 1][x - 1] + 2 * image[y + 1][x] +
                      image[y + 1][x + 1];
            blurred[y][x] = (uint8_t)((sum + 8) >> 4);
        }
}

__attribute__((noinline)) static void smooth_rows(void) {
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 2; x < WIDTH - 2; x++)
            rows[y][x] = 0.0625f * (blurred[y][x - 2] + blurred[y][x + 2]) +
                         0.25f * (blurred[y][x - 1] + blurred[y][x + 1]) + 0.375f * blurred[y][x];
}

__attribute__((noinline)) static void smooth_columns(void) {
    for (int y = 2; y < HEIGHT - 2; y++)
        for (int x = 0; x < WIDTH; x++)
            smooth[y][x] = 0.0625f * (rows[y - 2][x] + rows[y + 2][x]) + 0.25f * (rows[y - 1][x] + rows[y + 1][x]) +
                           0.375f * rows[y][x];
}

// What the blur took away, added again.
__attribute__((noinline)) static void sharpen(void) {
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++) {
            float value = blurred[y][x] + 1.5f * (blurred[y][x] - smooth[y][x]);
            value = value < 0 ? 0 : value;
            value = value > 255 ? 255 : value;
            image[y][x] = (uint8_t)(int)value;
        }
}

int main(int argc, char **argv) {
    int rounds = argc > 1 ? atoi(argv[1]) : 2;
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++) image[y][x] = (uint8_t)((x * x + 3 * y * y) >> 6);
    for (int round = 0; round < rounds; round++) {
        blur();
        smooth_rows();
        smooth_columns();
        sharpen();
    }
    uint32_t hash = 2166136261u;
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++) hash = (hash ^ image[y][x]) * 16777619;
    printf("image %08x\n", hash);
}
