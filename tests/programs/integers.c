// Integers of every width, with operands known only at run time: arithmetic, division at the
// edges that C defines, shifts and rotates by variable counts, bit counting, extension, 128 bits.
#include <inttypes.h>
#include <stdio.h>

#ifdef __wasm__
// Debian's compiler-rt for Wasm asks for these in its division of 128 bits.
uintptr_t __stack_chk_guard;
_Noreturn void __stack_chk_fail(void) { __builtin_trap(); }
#endif

static const uint64_t edges[] = {0, 1, 2, 3, 7, 31, 32, 33, 63, 64, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff,
    0x100000000, 0x7fffffffffffffff, 0x8000000000000000, 0xffffffffffffffff, 0x123456789abcdef0, 0xfedcba9876543210, 0xaaaaaaaaaaaaaaaa, 10, 1000000007};
#define EDGES (sizeof edges / sizeof *edges)

static uint64_t sum = 14695981039346656037u;

static void add(uint64_t value) {
    sum = (sum ^ value) * 1099511628211u;
}

static void of_64(uint64_t a, uint64_t b) {
    add(a + b), add(a - b), add(a * b), add(a & b), add(a | b), add(a ^ b), add(-a), add(~a);
    add(a < b), add(a <= b), add(a == b), add((int64_t)a < (int64_t)b), add((int64_t)a >= (int64_t)b);
    if (b) add(a / b), add(a % b);
    if (b && !(a == 1ull << 63 && b == ~0ull)) add((int64_t)a / (int64_t)b), add((int64_t)a % (int64_t)b);
    unsigned count = b & 63;
    add(a << count), add(a >> count), add((int64_t)a >> count);
    add(a << count | a >> (-count & 63)), add(a >> count | a << (-count & 63));
    __uint128_t product = (__uint128_t)a * b, shifted = product << (b & 127) ^ product >> (a & 127);
    add(product), add(product >> 64), add(shifted), add(shifted >> 64);
    if (b) add((uint64_t)((product + a) / b)), add((uint64_t)((product ^ a) % b));
    int64_t result;
    add(__builtin_add_overflow((int64_t)a, (int64_t)b, &result)), add(result);
    add(__builtin_mul_overflow((int64_t)a, (int64_t)b, &result)), add(result);
    add(a > b ? a : b), add((int64_t)a > (int64_t)b ? a - b : b - a);
}

static void of_32(uint32_t a, uint32_t b) {
    add(a + b), add(a - b), add(a * b), add((uint64_t)a * b), add((uint64_t)((int64_t)(int32_t)a * (int32_t)b));
    add(a < b), add((int32_t)a < (int32_t)b);
    if (b) add(a / b), add(a % b);
    if (b && !(a == 1u << 31 && b == ~0u)) add((int32_t)a / (int32_t)b), add((int32_t)a % (int32_t)b);
    unsigned count = b & 31;
    add(a << count), add(a >> count), add((int32_t)a >> count);
    add(a << count | a >> (-count & 31)), add(a >> count | a << (-count & 31));
    add((int8_t)a), add((int16_t)a), add((uint8_t)a), add((uint16_t)a), add((int64_t)(int32_t)a);
    add((uint16_t)(a + b)), add((int8_t)(a * b)), add((uint8_t)(a - b));
}

static void of_one(uint64_t a) {
    add(__builtin_popcountll(a)), add(__builtin_popcount((uint32_t)a)), add(__builtin_parityll(a));
    if (a) add(__builtin_clzll(a)), add(__builtin_ctzll(a));
    if ((uint32_t)a) add(__builtin_clz((uint32_t)a)), add(__builtin_ctz((uint32_t)a));
    add(__builtin_bswap64(a)), add(__builtin_bswap32((uint32_t)a)), add(__builtin_bswap16((uint16_t)a));
    add(__builtin_bitreverse64(a)), add(__builtin_bitreverse32((uint32_t)a));
    // Divisions by constants are multiplications in disguise.
    add(a / 3), add(a / 7), add(a / 10), add(a % 1000000007), add((int64_t)a / 10), add((int64_t)a % 7), add((int64_t)a / -3), add((int64_t)a / 64), add((int64_t)a % 64);
    add((uint32_t)a / 10), add((int32_t)a / 7), add((int32_t)a % 10), add((uint32_t)a % 641);
}

int main(void) {
    for (size_t i = 0; i < EDGES; i++) {
        of_one(edges[i]);
        for (size_t j = 0; j < EDGES; j++) of_64(edges[i], edges[j]), of_32((uint32_t)edges[i], (uint32_t)edges[j]);
        printf("%" PRIx64 " %" PRIx64 " %" PRId64 " %" PRIu64 " %" PRIo64 "\n", sum, edges[i], (int64_t)edges[i], edges[i], edges[i]);
    }
    uint64_t a = 88172645463325252;
    for (int i = 0; i < 200000; i++) {
        a ^= a << 13, a ^= a >> 7, a ^= a << 17;
        uint64_t b = a * 0x9e3779b97f4a7c15 >> (a & 63);
        of_one(a), of_64(a, b), of_64(b, a), of_32((uint32_t)a, (uint32_t)b);
    }
    printf("%" PRIx64 "\n", sum);
    return 0;
}
