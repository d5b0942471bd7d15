// Dense linear algebra: a matrix product, then an LU decomposition with pivoting and its solution.
#include "benchmark.h"
#include <math.h>

static void multiply(size_t n, const double *a, const double *b, double *c) {
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) c[i * n + j] = 0;
        for (size_t k = 0; k < n; k++) {
            double factor = a[i * n + k];
            for (size_t j = 0; j < n; j++) c[i * n + j] += factor * b[k * n + j];
        }
    }
}

static void decompose(size_t n, double *a, size_t *rows) {
    for (size_t k = 0; k < n; k++) {
        size_t pivot = k;
        for (size_t i = k + 1; i < n; i++)
            if (fabs(a[i * n + k]) > fabs(a[pivot * n + k])) pivot = i;
        rows[k] = pivot;
        for (size_t j = 0; j < n && pivot != k; j++) {
            double kept = a[k * n + j];
            a[k * n + j] = a[pivot * n + j];
            a[pivot * n + j] = kept;
        }
        for (size_t i = k + 1; i < n; i++) {
            double factor = a[i * n + k] /= a[k * n + k];
            for (size_t j = k + 1; j < n; j++) a[i * n + j] -= factor * a[k * n + j];
        }
    }
}

static void solve(size_t n, const double *a, const size_t *rows, double *x) {
    for (size_t k = 0; k < n; k++) {
        double kept = x[k];
        x[k] = x[rows[k]];
        x[rows[k]] = kept;
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++) x[i] -= a[i * n + j] * x[j];
    for (size_t i = n; i-- > 0;) {
        for (size_t j = i + 1; j < n; j++) x[i] -= a[i * n + j] * x[j];
        x[i] /= a[i * n + i];
    }
}

int main(int argc, char **argv) {
    size_t n = benchmark_size(argc, argv, 1300);
    double *a = benchmark_allocate(n * n * sizeof *a), *b = benchmark_allocate(n * n * sizeof *b);
    double *c = benchmark_allocate(n * n * sizeof *c), *x = benchmark_allocate(n * sizeof *x);
    size_t *rows = benchmark_allocate(n * sizeof *rows);
    for (size_t i = 0; i < n * n; i++) a[i] = benchmark_fraction() - 0.5, b[i] = benchmark_fraction() - 0.5;
    for (size_t i = 0; i < n; i++) x[i] = benchmark_fraction();
    multiply(n, a, b, c);
    decompose(n, c, rows);
    solve(n, c, rows, x);
    for (size_t i = 0; i < n; i++) benchmark_check_double(x[i]);
    return benchmark_finish();
}
