// Image filters over bytes: a Gaussian blur, edges by Sobel, a median, and a histogram's equalisation.
#include "benchmark.h"

enum { WIDTH = 1024, HEIGHT = 768 };

static uint8_t image[HEIGHT][WIDTH], blurred[HEIGHT][WIDTH], edges[HEIGHT][WIDTH], clean[HEIGHT][WIDTH];
static uint16_t columns[HEIGHT][WIDTH];

static void blur(void) {
    for (int y = 2; y < HEIGHT - 2; y++)
        for (int x = 0; x < WIDTH; x++)
            columns[y][x] = (uint16_t)(image[y - 2][x] + 4 * image[y - 1][x] + 6 * image[y][x]
                                       + 4 * image[y + 1][x] + image[y + 2][x]);
    for (int y = 2; y < HEIGHT - 2; y++)
        for (int x = 2; x < WIDTH - 2; x++)
            blurred[y][x] = (uint8_t)((columns[y][x - 2] + 4 * columns[y][x - 1] + 6 * columns[y][x]
                                       + 4 * columns[y][x + 1] + columns[y][x + 2] + 128) >> 8);
}

static void sobel(void) {
    for (int y = 1; y < HEIGHT - 1; y++)
        for (int x = 1; x < WIDTH - 1; x++) {
            const uint8_t *a = &blurred[y - 1][x], *b = &blurred[y][x], *c = &blurred[y + 1][x];
            int h = a[1] + 2 * b[1] + c[1] - a[-1] - 2 * b[-1] - c[-1];
            int v = c[-1] + 2 * c[0] + c[1] - a[-1] - 2 * a[0] - a[1];
            int sum = abs(h) + abs(v);
            edges[y][x] = (uint8_t)(sum > 255 ? 255 : sum);
        }
}

static inline void order(uint8_t *a, uint8_t *b) {
    uint8_t low = *a < *b ? *a : *b, high = *a < *b ? *b : *a;
    *a = low, *b = high;
}

static void median(void) {
    for (int y = 1; y < HEIGHT - 1; y++)
        for (int x = 1; x < WIDTH - 1; x++) {
            uint8_t p[9];
            for (int k = 0; k < 9; k++) p[k] = image[y + k / 3 - 1][x + k % 3 - 1];
            for (int k = 0; k < 9; k += 3) order(&p[k], &p[k + 1]), order(&p[k + 1], &p[k + 2]), order(&p[k], &p[k + 1]);
            order(&p[0], &p[3]), order(&p[3], &p[6]), order(&p[1], &p[4]), order(&p[4], &p[7]), order(&p[1], &p[4]);
            order(&p[5], &p[8]), order(&p[2], &p[5]), order(&p[4], &p[2]), order(&p[6], &p[4]), order(&p[4], &p[2]);
            clean[y][x] = p[4];
        }
}

static void equalise(void) {
    uint32_t histogram[256] = {0}, sum = 0;
    uint8_t map[256];
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++) histogram[clean[y][x]]++;
    for (int i = 0; i < 256; i++) sum += histogram[i], map[i] = (uint8_t)((uint64_t)sum * 255 / (WIDTH * HEIGHT));
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++) image[y][x] = (uint8_t)(map[clean[y][x]] + edges[y][x] / 4);
}

int main(int argc, char **argv) {
    uint32_t rounds = benchmark_size(argc, argv, 550);
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++) image[y][x] = (uint8_t)(benchmark_random() % 64 + (x ^ y) % 192);
    for (uint32_t round = 0; round < rounds; round++) {
        blur(), sobel(), median(), equalise();
        benchmark_check_bytes(image[round % HEIGHT], WIDTH);
    }
    return benchmark_finish();
}
