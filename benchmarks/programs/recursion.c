// Recursion: Fibonacci, Ackermann, Takeuchi, and queens on a board.
#include "benchmark.h"

static uint32_t fibonacci(uint32_t n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }

static uint32_t ackermann(uint32_t m, uint32_t n) {
    return m == 0 ? n + 1 : n == 0 ? ackermann(m - 1, 1) : ackermann(m - 1, ackermann(m, n - 1));
}

static int takeuchi(int x, int y, int z) {
    return y >= x ? z : takeuchi(takeuchi(x - 1, y, z), takeuchi(y - 1, z, x), takeuchi(z - 1, x, y));
}

static uint32_t queens(uint32_t all, uint32_t columns, uint32_t left, uint32_t right) {
    uint32_t count = columns == all;
    for (uint32_t free = all & ~(columns | left | right); free != 0; free &= free - 1) {
        uint32_t place = free & -free;
        count += queens(all, columns | place, (left | place) << 1, (right | place) >> 1);
    }
    return count;
}

int main(int argc, char **argv) {
    uint32_t rounds = benchmark_size(argc, argv, 180);
    for (uint32_t round = 0; round < rounds; round++) {
        benchmark_check(fibonacci(30 + round % 3));
        benchmark_check(ackermann(2, 800 + round) + ackermann(3, 6));
        benchmark_check((uint64_t)takeuchi(17 + (int)round % 2, 12, 6));
        benchmark_check(queens((1u << 10) - 1, 0, 0, 0));
    }
    return benchmark_finish();
}
