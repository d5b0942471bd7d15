// Recursion: deep, mutual, with many parameters, and of values that live across calls.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

__attribute__((noinline)) static uint64_t ackermann(uint64_t m, uint64_t n) {
    return m == 0 ? n + 1 : n == 0 ? ackermann(m - 1, 1) : ackermann(m - 1, ackermann(m, n - 1));
}

static int is_odd(unsigned n);
__attribute__((noinline)) static int is_even(unsigned n) { return n == 0 ? 1 : is_odd(n - 1); }
__attribute__((noinline)) static int is_odd(unsigned n) { return n == 0 ? 0 : is_even(n - 1); }

__attribute__((noinline)) static double many(int n, double a, float b, int64_t c, int32_t d, double e, float f, int64_t g, int32_t h, double i, float j, int64_t k, int32_t l) {
    if (n == 0) return a + b + c + d + e + f + g + h + i + j + k + l;
    return many(n - 1, a + 1, b * 0.5f, c ^ n, d + n, e - 1, f + 0.25f, g + h, h ^ l, i * 1.5, j - b, k + c, l + 1) + n;
}

struct node { struct node *left, *right; int value; };

static struct node *insert(struct node *tree, int value) {
    if (!tree) {
        tree = calloc(1, sizeof *tree);
        tree->value = value;
    } else if (value < tree->value) tree->left = insert(tree->left, value);
    else tree->right = insert(tree->right, value);
    return tree;
}

static int depth_of(const struct node *tree) {
    if (!tree) return 0;
    int left = depth_of(tree->left), right = depth_of(tree->right);
    return 1 + (left > right ? left : right);
}

static int queens(int size, int row, unsigned columns, unsigned left, unsigned right) {
    if (row == size) return 1;
    int found = 0;
    for (unsigned free_ = ~(columns | left | right) & ((1u << size) - 1); free_; free_ &= free_ - 1) {
        unsigned bit = free_ & -free_;
        found += queens(size, row + 1, columns | bit, (left | bit) << 1, (right | bit) >> 1);
    }
    return found;
}

// Trees of function pointers: each calls the next through a table.
static uint32_t twist(uint32_t value, int depth);
static uint32_t turn(uint32_t value, int depth);
static uint32_t (*const steps[])(uint32_t, int) = {twist, turn};
static uint32_t twist(uint32_t value, int depth) { return depth ? steps[value & 1](value * 3 + 1, depth - 1) ^ value : value; }
static uint32_t turn(uint32_t value, int depth) { return depth ? steps[value >> 3 & 1](value / 2 + 7, depth - 1) + value : value; }

int main(void) {
    printf("%llu\n", (unsigned long long)ackermann(2, 500));
    printf("%llu\n", (unsigned long long)ackermann(3, 7));
    printf("%d %d\n", is_even(20000), is_odd(20001));
    printf("%.17g\n", many(50, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12));
    struct node *tree = NULL;
    for (uint32_t i = 0, value = 1; i < 20000; i++) tree = insert(tree, (int)(value = value * 1103515245 + 12345) >> 1);
    printf("%d\n", depth_of(tree));
    struct node *list = NULL;
    for (int i = 0; i < 2000; i++) list = insert(list, i);
    printf("%d\n", depth_of(list));
    printf("%d\n", queens(9, 0, 0, 0, 0));
    printf("%08x\n", (unsigned)twist(12345, 5000));
    return 0;
}
