// Big integers: factorials, squares and a division for decimal digits; words of 32 bits.
#include "benchmark.h"

static size_t multiply_small(uint32_t *a, size_t n, uint32_t factor) {
    uint64_t carry = 0;
    for (size_t i = 0; i < n; i++, carry >>= 32) carry += (uint64_t)a[i] * factor, a[i] = (uint32_t)carry;
    if (carry) a[n++] = (uint32_t)carry;
    return n;
}

static uint32_t divide_small(uint32_t *a, size_t n, uint32_t divisor) {
    uint64_t rest = 0;
    for (size_t i = n; i-- > 0; rest %= divisor) rest = rest << 32 | a[i], a[i] = (uint32_t)(rest / divisor);
    return (uint32_t)rest;
}

static size_t multiply(uint32_t *to, const uint32_t *a, size_t n, const uint32_t *b, size_t m) {
    memset(to, 0, (n + m) * sizeof *to);
    for (size_t i = 0; i < n; i++) {
        uint64_t carry = 0;
        for (size_t k = 0; k < m; k++, carry >>= 32)
            carry += to[i + k] + (uint64_t)a[i] * b[k], to[i + k] = (uint32_t)carry;
        to[i + m] = (uint32_t)carry;
    }
    return n + m - (to[n + m - 1] == 0);
}

int main(int argc, char **argv) {
    uint32_t rounds = benchmark_size(argc, argv, 90), top = 2500;
    uint32_t *a = benchmark_allocate(top * 8), *b = benchmark_allocate(top * 16), *c = benchmark_allocate(top * 16);
    for (uint32_t round = 0; round < rounds; round++) {
        size_t n = 1;
        a[0] = round + 1;
        for (uint32_t i = 2; i <= top; i++) n = multiply_small(a, n, i);
        size_t m = multiply(b, a, n, a, n);
        for (int i = 0; i < 20; i++) m = multiply(c, a, n / 2, b, n), memcpy(b, c, n * 4), b[0] += (uint32_t)m;
        for (m = multiply(b, a, n, a, n); m > 0; m -= b[m - 1] == 0) benchmark_check(divide_small(b, m, 1000000000));
    }
    return benchmark_finish();
}
