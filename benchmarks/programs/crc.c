// Checks over bytes: CRC-32 by one table and by eight, and Adler-32.
#include "benchmark.h"

static uint32_t tables[8][256];

static void prepare(void) {
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t value = i;
        for (int bit = 0; bit < 8; bit++) value = value >> 1 ^ (value & 1 ? 0xedb88320 : 0);
        tables[0][i] = value;
    }
    for (int t = 1; t < 8; t++)
        for (int i = 0; i < 256; i++)
            tables[t][i] = tables[t - 1][i] >> 8 ^ tables[0][tables[t - 1][i] & 255];
}

static uint32_t crc_bytes(uint32_t crc, const uint8_t *bytes, size_t count) {
    for (size_t i = 0; i < count; i++) crc = crc >> 8 ^ tables[0][(crc ^ bytes[i]) & 255];
    return crc;
}

static uint32_t crc_eights(uint32_t crc, const uint8_t *bytes, size_t count) {
    for (size_t i = 0; i < count; i += 8) {
        uint32_t low, high;
        memcpy(&low, bytes + i, 4), memcpy(&high, bytes + i + 4, 4);
        low ^= crc;
        crc = tables[7][low & 255] ^ tables[6][low >> 8 & 255] ^ tables[5][low >> 16 & 255] ^ tables[4][low >> 24]
            ^ tables[3][high & 255] ^ tables[2][high >> 8 & 255] ^ tables[1][high >> 16 & 255] ^ tables[0][high >> 24];
    }
    return crc;
}

static uint32_t adler(uint32_t sums, const uint8_t *bytes, size_t count) {
    uint32_t a = sums & 0xffff, b = sums >> 16;
    for (size_t i = 0; i < count;) {
        size_t end = i + 4096 < count ? i + 4096 : count;
        for (; i < end; i++) a += bytes[i], b += a;
        a %= 65521, b %= 65521;
    }
    return b << 16 | a;
}

int main(int argc, char **argv) {
    uint32_t rounds = benchmark_size(argc, argv, 2500);
    static uint8_t bytes[1 << 16];
    prepare();
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)benchmark_random();
    uint32_t slow = ~0u, fast = ~0u, sums = 1;
    for (uint32_t round = 0; round < rounds; round++) {
        slow = crc_bytes(slow, bytes, sizeof bytes);
        for (int i = 0; i < 4; i++) fast = crc_eights(fast, bytes, sizeof bytes);
        for (int i = 0; i < 4; i++) sums = adler(sums, bytes, sizeof bytes);
        bytes[round % sizeof bytes]++;
    }
    benchmark_check(slow), benchmark_check(fast), benchmark_check(sums);
    return benchmark_finish();
}
