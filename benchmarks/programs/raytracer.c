// A ray tracer: spheres on a plane, with shadows and reflections.
#include "benchmark.h"
#include <math.h>

struct vector {
    double x, y, z;
};

struct sphere {
    struct vector centre, colour;
    double radius, mirror;
};

enum { SPHERES = 12, WIDTH = 320, HEIGHT = 240, DEPTH = 4 };

static struct sphere spheres[SPHERES];
static const struct vector light = {0.48, 0.8, -0.36};

static inline struct vector add(struct vector a, struct vector b) { return (struct vector){a.x + b.x, a.y + b.y, a.z + b.z}; }
static inline struct vector scale(struct vector a, double s) { return (struct vector){a.x * s, a.y * s, a.z * s}; }
static inline struct vector subtract(struct vector a, struct vector b) { return add(a, scale(b, -1)); }
static inline double dot(struct vector a, struct vector b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
static inline struct vector unit(struct vector a) { return scale(a, 1 / sqrt(dot(a, a))); }

static double hit(const struct sphere *s, struct vector from, struct vector along) {
    struct vector d = subtract(from, s->centre);
    double b = dot(d, along), square = b * b - dot(d, d) + s->radius * s->radius;
    if (square < 0) return 1e30;
    double distance = -b - sqrt(square);
    return distance > 1e-4 ? distance : 1e30;
}

static struct vector trace(struct vector from, struct vector along, int depth) {
    const struct sphere *nearest = NULL;
    double distance = along.y < -1e-6 ? (-1 - from.y) / along.y : 1e30;
    if (distance < 1e-4) distance = 1e30;
    for (int i = 0; i < SPHERES; i++) {
        double candidate = hit(&spheres[i], from, along);
        if (candidate < distance) distance = candidate, nearest = &spheres[i];
    }
    if (distance > 1e29) return (struct vector){0.3 + 0.3 * along.y, 0.5, 0.8};
    struct vector at = add(from, scale(along, distance)), normal = {0, 1, 0}, colour;
    if (nearest) {
        normal = scale(subtract(at, nearest->centre), 1 / nearest->radius);
        colour = nearest->colour;
    } else {
        colour = ((int)floor(at.x) + (int)floor(at.z)) & 1 ? (struct vector){0.9, 0.9, 0.9} : (struct vector){0.1, 0.1, 0.1};
    }
    double bright = dot(normal, light);
    for (int i = 0; i < SPHERES && bright > 0; i++)
        if (hit(&spheres[i], at, light) < 1e29) bright = 0;
    colour = scale(colour, 0.2 + (bright > 0 ? 0.8 * bright : 0));
    double mirror = nearest ? nearest->mirror : 0.1;
    if (depth == 0 || mirror == 0) return colour;
    struct vector reflected = unit(subtract(along, scale(normal, 2 * dot(along, normal))));
    return add(scale(colour, 1 - mirror), scale(trace(at, reflected, depth - 1), mirror));
}

static uint64_t shade(double value) { return (uint64_t)((value < 0 ? 0 : value > 1 ? 1 : value) * 255); }

int main(int argc, char **argv) {
    uint32_t frames = benchmark_size(argc, argv, 70);
    for (int i = 0; i < SPHERES; i++)
        spheres[i] = (struct sphere){{benchmark_fraction() * 6 - 3, benchmark_fraction() * 2 - 0.5, 4 + benchmark_fraction() * 4},
                                     {benchmark_fraction(), benchmark_fraction(), benchmark_fraction()},
                                     0.3 + benchmark_fraction() * 0.6, (i & 3) * 0.25};
    for (uint32_t frame = 0; frame < frames; frame++) {
        for (int y = 0; y < HEIGHT; y++)
            for (int x = 0; x < WIDTH; x++) {
                struct vector along = {(x - WIDTH / 2.0) / HEIGHT, (HEIGHT / 2.0 - y) / HEIGHT, 1};
                struct vector colour = trace((struct vector){0, 0.2, -1}, unit(along), DEPTH);
                benchmark_check(shade(colour.x) << 16 | shade(colour.y) << 8 | shade(colour.z));
            }
        for (int i = 0; i < SPHERES; i++) spheres[i].centre.x += i & 1 ? 0.05 : -0.05;
    }
    return benchmark_finish();
}
