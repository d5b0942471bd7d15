// Fast Fourier transform: iterative, radix 2, forth and back.
#include "benchmark.h"
#include <math.h>

struct complex {
    double re, im;
};

// The roots of unity by halving angles: square roots alone, hence the same bits everywhere.
static void roots(struct complex *table, size_t n) {
    table[0] = (struct complex){1, 0};
    double cosine = -1, sine = 0;
    for (size_t step = n / 2; step > 0; step /= 2) {
        // (cosine, sine) is the turn by `step` places.
        for (size_t i = step; i < n; i += 2 * step) {
            struct complex base = table[i - step];
            table[i].re = base.re * cosine - base.im * sine;
            table[i].im = base.re * sine + base.im * cosine;
        }
        double half = sqrt((1 + cosine) / 2);
        sine = sqrt((1 - cosine) / 2);
        cosine = half;
    }
}

static void transform(struct complex *data, size_t n, const struct complex *table, double direction) {
    for (size_t i = 1, j = 0; i < n; i++) {
        size_t bit = n >> 1;
        for (; j & bit; bit >>= 1) j ^= bit;
        j ^= bit;
        if (i < j) {
            struct complex kept = data[i];
            data[i] = data[j];
            data[j] = kept;
        }
    }
    for (size_t length = 2; length <= n; length *= 2)
        for (size_t start = 0; start < n; start += length)
            for (size_t k = 0; k < length / 2; k++) {
                struct complex w = table[k * (n / length)], *a = &data[start + k], *b = a + length / 2;
                w.im *= direction;
                double re = b->re * w.re - b->im * w.im, im = b->re * w.im + b->im * w.re;
                *b = (struct complex){a->re - re, a->im - im};
                *a = (struct complex){a->re + re, a->im + im};
            }
}

int main(int argc, char **argv) {
    size_t rounds = benchmark_size(argc, argv, 330), n = 1 << 16;
    struct complex *data = benchmark_allocate(n * sizeof *data), *table = benchmark_allocate(n * sizeof *table);
    roots(table, n);
    for (size_t i = 0; i < n; i++) data[i] = (struct complex){benchmark_fraction(), benchmark_fraction()};
    for (size_t round = 0; round < rounds; round++) {
        transform(data, n, table, 1);
        benchmark_check_double(data[round].re);
        transform(data, n, table, -1);
        for (size_t i = 0; i < n; i++) data[i].re /= (double)n, data[i].im /= (double)n;
    }
    for (size_t i = 0; i < n; i += 97) benchmark_check_double(data[i].re);
    return benchmark_finish();
}
