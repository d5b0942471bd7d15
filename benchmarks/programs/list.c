// Lists on the heap: pointers chased, merge sort by links, a queue with allocation and release.
#include "benchmark.h"

struct node {
    struct node *next;
    uint32_t value;
};

static struct node *merge(struct node *a, struct node *b) {
    struct node *first = NULL, **last = &first;
    while (a && b) {
        struct node **smaller = a->value <= b->value ? &a : &b;
        *last = *smaller;
        last = &(*last)->next;
        *smaller = (*smaller)->next;
    }
    *last = a ? a : b;
    return first;
}

static struct node *sort(struct node *list) {
    if (list == NULL || list->next == NULL) return list;
    struct node *slow = list, *fast = list->next;
    while (fast && fast->next) slow = slow->next, fast = fast->next->next;
    struct node *half = slow->next;
    slow->next = NULL;
    return merge(sort(list), sort(half));
}

static struct node *push(struct node *list, uint32_t value) {
    struct node *n = benchmark_allocate(sizeof *n);
    *n = (struct node){list, value};
    return n;
}

static struct node *reverse(struct node *list) {
    struct node *done = NULL;
    while (list) {
        struct node *next = list->next;
        list->next = done, done = list, list = next;
    }
    return done;
}

static uint64_t queue(uint32_t steps) {
    struct node *head = push(NULL, 1), *tail = head;
    uint64_t sum = 0;
    for (uint32_t i = 0; i < steps; i++) {
        struct node *taken = head;
        sum = sum * 3 + taken->value;
        for (uint32_t k = 0; k < 1 + (i < 1000); k++) tail = tail->next = push(NULL, (uint32_t)sum + k);
        head = head->next;
        free(taken);
    }
    while (head) {
        struct node *next = head->next;
        free(head), head = next;
    }
    return sum;
}

int main(int argc, char **argv) {
    uint32_t rounds = benchmark_size(argc, argv, 7);
    for (uint32_t round = 0; round < rounds; round++) {
        struct node *list = NULL;
        for (int i = 0; i < 100000; i++) list = push(list, benchmark_random());
        list = sort(list);
        for (int i = 0; i < 10; i++) {
            list = reverse(list);
            uint64_t sum = 0;
            for (struct node *n = list; n; n = n->next) sum = sum * 31 + n->value;
            benchmark_check(sum);
        }
        while (list) {
            struct node *next = list->next;
            free(list), list = next;
        }
        benchmark_check(queue(1500000));
    }
    return benchmark_finish();
}
