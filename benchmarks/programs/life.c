// The game of life on a torus, a byte for each cell.
#include "benchmark.h"

enum { SIDE = 512 };

static uint8_t world[2][SIDE][SIDE];

static void step(uint8_t (*restrict to)[SIDE], uint8_t (*restrict from)[SIDE]) {
    for (int y = 0; y < SIDE; y++) {
        const uint8_t *above = from[(y + SIDE - 1) % SIDE], *row = from[y], *below = from[(y + 1) % SIDE];
        for (int x = 0; x < SIDE; x++) {
            int left = (x + SIDE - 1) % SIDE, right = (x + 1) % SIDE;
            int around = above[left] + above[x] + above[right] + row[left] + row[right] + below[left] + below[x] + below[right];
            to[y][x] = around == 3 || (around == 2 && row[x]);
        }
    }
}

int main(int argc, char **argv) {
    uint32_t generations = benchmark_size(argc, argv, 1300);
    for (int i = 0; i < SIDE * SIDE; i++) (&world[0][0][0])[i] = benchmark_random() % 3 == 0;
    for (uint32_t g = 0; g < generations; g++) step(world[~g & 1], world[g & 1]);
    benchmark_check_bytes(world[generations & 1], SIDE * SIDE);
    return benchmark_finish();
}
