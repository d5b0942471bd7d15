// Trees on the heap: a treap with insertions, deletions and searches, and whole binary trees.
#include "benchmark.h"

struct node {
    uint32_t key, priority;
    struct node *left, *right;
};

static struct node *rotate_right(struct node *n) {
    struct node *top = n->left;
    n->left = top->right, top->right = n;
    return top;
}

static struct node *rotate_left(struct node *n) {
    struct node *top = n->right;
    n->right = top->left, top->left = n;
    return top;
}

static struct node *insert(struct node *n, uint32_t key) {
    if (n == NULL) {
        n = benchmark_allocate(sizeof *n);
        *n = (struct node){key, benchmark_random(), NULL, NULL};
    } else if (key < n->key) {
        n->left = insert(n->left, key);
        if (n->left->priority > n->priority) n = rotate_right(n);
    } else if (key > n->key) {
        n->right = insert(n->right, key);
        if (n->right->priority > n->priority) n = rotate_left(n);
    }
    return n;
}

static struct node *erase(struct node *n, uint32_t key) {
    if (n == NULL) return NULL;
    if (key < n->key) {
        n->left = erase(n->left, key);
    } else if (key > n->key) {
        n->right = erase(n->right, key);
    } else if (n->left == NULL || n->right == NULL) {
        struct node *child = n->left ? n->left : n->right;
        free(n);
        return child;
    } else if (n->left->priority > n->right->priority) {
        n = rotate_right(n), n->right = erase(n->right, key);
    } else {
        n = rotate_left(n), n->left = erase(n->left, key);
    }
    return n;
}

static uint32_t depth_of(const struct node *n, uint32_t key) {
    uint32_t depth = 1;
    for (; n != NULL && n->key != key; depth++) n = key < n->key ? n->left : n->right;
    return n ? depth : 0;
}

static struct node *whole(uint32_t depth) {
    struct node *n = benchmark_allocate(sizeof *n);
    *n = (struct node){depth, 0, NULL, NULL};
    if (depth > 0) n->left = whole(depth - 1), n->right = whole(depth - 1);
    return n;
}

static uint32_t count_and_free(struct node *n) {
    if (n == NULL) return 0;
    uint32_t count = 1 + count_and_free(n->left) + count_and_free(n->right);
    free(n);
    return count;
}

int main(int argc, char **argv) {
    uint32_t n = benchmark_size(argc, argv, 1200000);
    struct node *root = NULL;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t key = benchmark_random() & 0xffff;
        root = i % 3 == 2 ? erase(root, key) : insert(root, key);
        benchmark_check(depth_of(root, benchmark_random() & 0xffff));
    }
    benchmark_check(count_and_free(root));
    for (uint32_t i = 0; i < n / 8000 + 1; i++) benchmark_check(count_and_free(whole(14)));
    return benchmark_finish();
}
