// Planets: all pairs of a few bodies, many steps.
#include "benchmark.h"
#include <math.h>

enum { BODIES = 8 };

struct body {
    double position[3], speed[3], mass;
};

static struct body bodies[BODIES];

static void advance(double time) {
    for (int i = 0; i < BODIES; i++)
        for (int j = i + 1; j < BODIES; j++) {
            struct body *a = &bodies[i], *b = &bodies[j];
            double d[3], square = 0.01;
            for (int k = 0; k < 3; k++) d[k] = a->position[k] - b->position[k], square += d[k] * d[k];
            double magnitude = time / (square * sqrt(square));
            for (int k = 0; k < 3; k++) {
                a->speed[k] -= d[k] * b->mass * magnitude;
                b->speed[k] += d[k] * a->mass * magnitude;
            }
        }
    for (int i = 0; i < BODIES; i++)
        for (int k = 0; k < 3; k++) bodies[i].position[k] += time * bodies[i].speed[k];
}

int main(int argc, char **argv) {
    uint32_t steps = benchmark_size(argc, argv, 6000000);
    for (int i = 0; i < BODIES; i++) {
        bodies[i].mass = 1 + benchmark_fraction();
        for (int k = 0; k < 3; k++) {
            bodies[i].position[k] = benchmark_fraction() * 10;
            bodies[i].speed[k] = benchmark_fraction() - 0.5;
        }
    }
    for (uint32_t step = 0; step < steps; step++) advance(0.001);
    for (int i = 0; i < BODIES; i++)
        for (int k = 0; k < 3; k++) benchmark_check_double(bodies[i].position[k]);
    return benchmark_finish();
}
