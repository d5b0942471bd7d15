// Sparse linear algebra: conjugate gradients over a matrix in compressed rows.
#include "benchmark.h"

struct matrix {
    uint32_t rows, *starts, *columns;
    double *values;
};

// The Laplacian of a square grid with some far entries, so that columns are not all neighbours.
static struct matrix grid(uint32_t side) {
    uint32_t rows = side * side, entries = 0;
    struct matrix m = {rows, benchmark_allocate((rows + 1) * 4), benchmark_allocate(rows * 28),
                       benchmark_allocate(rows * 7 * sizeof(double))};
    for (uint32_t row = 0; row < rows; row++) {
        int64_t x = row % side, y = row / side, near[4][2] = {{x - 1, y}, {x + 1, y}, {x, y - 1}, {x, y + 1}};
        m.starts[row] = entries;
        m.columns[entries] = row;
        m.values[entries++] = 4.5;
        for (int i = 0; i < 4; i++) {
            if (near[i][0] < 0 || near[i][0] >= side || near[i][1] < 0 || near[i][1] >= side) continue;
            m.columns[entries] = (uint32_t)(near[i][1] * side + near[i][0]);
            m.values[entries++] = -1;
        }
        m.columns[entries] = rows - 1 - row;
        m.values[entries++] = 0.25;
    }
    m.starts[rows] = entries;
    return m;
}

static void product(const struct matrix *m, const double *x, double *y) {
    for (uint32_t row = 0; row < m->rows; row++) {
        double sum = 0;
        for (uint32_t i = m->starts[row]; i < m->starts[row + 1]; i++) sum += m->values[i] * x[m->columns[i]];
        y[row] = sum;
    }
}

static double dot(uint32_t n, const double *x, const double *y) {
    double sum = 0;
    for (uint32_t i = 0; i < n; i++) sum += x[i] * y[i];
    return sum;
}

int main(int argc, char **argv) {
    uint32_t steps = benchmark_size(argc, argv, 1500), side = 300;
    struct matrix m = grid(side);
    uint32_t n = m.rows;
    double *x = benchmark_allocate(n * 8), *r = benchmark_allocate(n * 8), *p = benchmark_allocate(n * 8),
           *q = benchmark_allocate(n * 8);
    for (uint32_t i = 0; i < n; i++) x[i] = 0, p[i] = r[i] = benchmark_fraction();
    double rest = dot(n, r, r);
    for (uint32_t step = 0; step < steps && rest > 0; step++) {
        product(&m, p, q);
        double alpha = rest / dot(n, p, q);
        for (uint32_t i = 0; i < n; i++) x[i] += alpha * p[i], r[i] -= alpha * q[i];
        double next = dot(n, r, r);
        for (uint32_t i = 0; i < n; i++) p[i] = r[i] + next / rest * p[i];
        rest = next;
        // Far beyond convergence the rest would reach subnormal numbers; begin again from a fresh one.
        if (rest < 1e-200) {
            for (uint32_t i = 0; i < n; i++) p[i] = r[i] = benchmark_fraction();
            rest = dot(n, r, r);
        }
    }
    for (uint32_t i = 0; i < n; i++) benchmark_check_double(x[i]);
    return benchmark_finish();
}
