// Hashing: a table with open addressing under insertion, lookup and deletion, and a hash of strings.
#include "benchmark.h"

static uint32_t mix(uint32_t x) {
    x = (x ^ x >> 16) * 0x85ebca6b;
    x = (x ^ x >> 13) * 0xc2b2ae35;
    return x ^ x >> 16;
}

struct table {
    uint32_t *keys, *values, mask, used;
};

static struct table table_new(uint32_t slots) {
    struct table t = {benchmark_allocate(slots * 4), benchmark_allocate(slots * 4), slots - 1, 0};
    memset(t.keys, 0, slots * 4);
    return t;
}

static uint32_t find(const struct table *t, uint32_t key) {
    uint32_t slot = mix(key) & t->mask;
    while (t->keys[slot] != 0 && t->keys[slot] != key) slot = (slot + 1) & t->mask;
    return slot;
}

static void insert(struct table *t, uint32_t key, uint32_t value) {
    if (t->used * 4 > t->mask * 3) {
        struct table larger = table_new((t->mask + 1) * 2);
        for (uint32_t i = 0; i <= t->mask; i++)
            if (t->keys[i] != 0) insert(&larger, t->keys[i], t->values[i]);
        free(t->keys), free(t->values);
        *t = larger;
    }
    uint32_t slot = find(t, key);
    if (t->keys[slot] == 0) t->used++, t->values[slot] = 0;
    t->keys[slot] = key;
    t->values[slot] += value;
}

// Closes the gap, so that no search stops early.
static void erase(struct table *t, uint32_t key) {
    uint32_t gap = find(t, key);
    if (t->keys[gap] == 0) return;
    t->used--;
    for (uint32_t next = (gap + 1) & t->mask; t->keys[next] != 0; next = (next + 1) & t->mask) {
        uint32_t home = mix(t->keys[next]) & t->mask;
        if (((next - home) & t->mask) < ((next - gap) & t->mask)) continue;
        t->keys[gap] = t->keys[next], t->values[gap] = t->values[next];
        gap = next;
    }
    t->keys[gap] = 0;
}

// As murmur3, without its tail.
static uint32_t hash_words(const char *text, size_t words, uint32_t seed) {
    for (size_t i = 0; i < words; i++) {
        uint32_t k;
        memcpy(&k, text + 4 * i, 4);
        k *= 0xcc9e2d51;
        k = k << 15 | k >> 17;
        seed ^= k * 0x1b873593;
        seed = (seed << 13 | seed >> 19) * 5 + 0xe6546b64;
    }
    return mix(seed);
}

int main(int argc, char **argv) {
    uint32_t n = benchmark_size(argc, argv, 10000000);
    struct table t = table_new(16);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t key = (benchmark_random() & 0x3ffff) + 1;
        if (i % 4 == 3) erase(&t, key);
        else insert(&t, key, i);
        benchmark_check(t.values[find(&t, mix(i) & 0x3ffff)] & (t.keys[find(&t, mix(i) & 0x3ffff)] != 0 ? ~0u : 0));
    }
    char text[4096];
    for (size_t i = 0; i < sizeof text; i++) text[i] = (char)benchmark_random();
    for (uint32_t i = 0; i < n / 64 + 1; i++) {
        text[i % sizeof text]++;
        benchmark_check(hash_words(text, sizeof text / 4, i));
    }
    benchmark_check(t.used);
    return benchmark_finish();
}
