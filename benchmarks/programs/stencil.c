// Stencils: heat over a square (five points) and through a cube (seven points).
#include "benchmark.h"

enum { SIDE = 1024, EDGE = 96 };

static double square[2][SIDE][SIDE];
static float cube[2][EDGE][EDGE][EDGE];

static void step_square(double (*restrict to)[SIDE], double (*restrict from)[SIDE]) {
    for (int y = 1; y < SIDE - 1; y++)
        for (int x = 1; x < SIDE - 1; x++)
            to[y][x] = 0.5 * from[y][x]
                + 0.125 * (from[y - 1][x] + from[y + 1][x] + from[y][x - 1] + from[y][x + 1]);
}

static void step_cube(float (*restrict to)[EDGE][EDGE], float (*restrict from)[EDGE][EDGE]) {
    for (int z = 1; z < EDGE - 1; z++)
        for (int y = 1; y < EDGE - 1; y++)
            for (int x = 1; x < EDGE - 1; x++)
                to[z][y][x] = 0.4f * from[z][y][x]
                    + 0.1f * (from[z][y][x - 1] + from[z][y][x + 1] + from[z][y - 1][x] + from[z][y + 1][x]
                              + from[z - 1][y][x] + from[z + 1][y][x]);
}

int main(int argc, char **argv) {
    uint32_t steps = benchmark_size(argc, argv, 750);
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) square[0][y][x] = square[1][y][x] = benchmark_fraction();
    for (int i = 0; i < EDGE * EDGE * EDGE; i++)
        (&cube[0][0][0][0])[i] = (&cube[1][0][0][0])[i] = (float)benchmark_fraction();
    for (uint32_t step = 0; step < steps; step++) {
        step_square(square[~step & 1], square[step & 1]);
        step_cube(cube[~step & 1], cube[step & 1]);
    }
    for (int y = 0; y < SIDE; y++) benchmark_check_double(square[steps & 1][y][y]);
    for (int z = 0; z < EDGE; z++) benchmark_check_double(cube[steps & 1][z][z][z]);
    return benchmark_finish();
}
