// A B-tree in an arena: insertion with splits, searches, and walks over ranges.
#include "benchmark.h"

enum { ORDER = 32, NODES = 1 << 17 };

struct node {
    uint16_t count, leaf;
    uint32_t keys[ORDER], values[ORDER], children[ORDER + 1];
};

static struct node *nodes;
static uint32_t used, root;

static uint32_t make(int leaf) {
    if (used == NODES) exit(3);
    nodes[used].count = 0, nodes[used].leaf = (uint16_t)leaf;
    return used++;
}

static uint32_t position(const struct node *n, uint32_t key) {
    uint32_t low = 0, high = n->count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (n->keys[middle] < key) low = middle + 1;
        else high = middle;
    }
    return low;
}

static void split(struct node *parent, uint32_t at) {
    uint32_t half = ORDER / 2, added = make(nodes[parent->children[at]].leaf);
    struct node *left = &nodes[parent->children[at]], *right = &nodes[added];
    right->count = (uint16_t)(left->count - half - 1);
    memcpy(right->keys, left->keys + half + 1, right->count * 4u);
    memcpy(right->values, left->values + half + 1, right->count * 4u);
    memcpy(right->children, left->children + half + 1, (right->count + 1) * 4u);
    left->count = (uint16_t)half;
    memmove(parent->keys + at + 1, parent->keys + at, (parent->count - at) * 4u);
    memmove(parent->values + at + 1, parent->values + at, (parent->count - at) * 4u);
    memmove(parent->children + at + 2, parent->children + at + 1, (parent->count - at) * 4u);
    parent->keys[at] = left->keys[half], parent->values[at] = left->values[half];
    parent->children[at + 1] = added;
    parent->count++;
}

static void insert(uint32_t key, uint32_t value) {
    if (nodes[root].count == ORDER) {
        uint32_t top = make(0);
        nodes[top].children[0] = root;
        root = top;
        split(&nodes[top], 0);
    }
    for (struct node *n = &nodes[root];;) {
        uint32_t at = position(n, key);
        if (at < n->count && n->keys[at] == key) {
            n->values[at] += value;
            return;
        }
        if (n->leaf) {
            memmove(n->keys + at + 1, n->keys + at, (n->count - at) * 4u);
            memmove(n->values + at + 1, n->values + at, (n->count - at) * 4u);
            n->keys[at] = key, n->values[at] = value;
            n->count++;
            return;
        }
        if (nodes[n->children[at]].count == ORDER) split(n, at);
        else n = &nodes[n->children[at]];
    }
}

static uint32_t find(uint32_t key) {
    for (const struct node *n = &nodes[root];; ) {
        uint32_t at = position(n, key);
        if (at < n->count && n->keys[at] == key) return n->values[at];
        if (n->leaf) return 0;
        n = &nodes[n->children[at]];
    }
}

static uint64_t sum(uint32_t index, uint32_t from, uint32_t to) {
    const struct node *n = &nodes[index];
    uint64_t total = 0;
    for (uint32_t at = position(n, from);; at++) {
        if (!n->leaf) total += sum(n->children[at], from, to);
        if (at == n->count || n->keys[at] >= to) return total;
        total += n->values[at];
    }
}

int main(int argc, char **argv) {
    uint32_t n = benchmark_size(argc, argv, 1600000);
    nodes = benchmark_allocate(NODES * sizeof *nodes);
    root = make(1);
    for (uint32_t i = 0; i < n; i++) insert(benchmark_random() >> 10, i);
    for (uint32_t i = 0; i < n; i++) benchmark_check(find(benchmark_random() >> 10));
    for (uint32_t i = 0; i < n / 512 + 1; i++) {
        uint32_t from = benchmark_random() >> 10;
        benchmark_check(sum(root, from, from + 4096));
    }
    benchmark_check(used);
    return benchmark_finish();
}
