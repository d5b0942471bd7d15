// qsort and bsearch with several kinds of elements and comparisons, through function pointers.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct record {
    char name[13];
    uint16_t key;
    double weight;
};

static uint32_t state = 12345;
static long comparisons;

static uint32_t next(void) {
    return state = state * 1664525 + 1013904223;
}

static int by_value(const void *left, const void *right) {
    comparisons++;
    int a = *(const int *)left, b = *(const int *)right;
    return (a > b) - (a < b);
}

static int by_value_down(const void *left, const void *right) {
    return by_value(right, left);
}

static int by_key_then_name(const void *left, const void *right) {
    const struct record *a = left, *b = right;
    return a->key != b->key ? a->key - b->key : strcmp(a->name, b->name);
}

static int by_weight(const void *left, const void *right) {
    const struct record *a = left, *b = right;
    return (a->weight > b->weight) - (a->weight < b->weight);
}

static int (*const orders[])(const void *, const void *) = {by_key_then_name, by_weight};

static uint32_t sum_of(const void *bytes, size_t length) {
    uint32_t sum = 2166136261u;
    for (size_t i = 0; i < length; i++) sum = (sum ^ ((const unsigned char *)bytes)[i]) * 16777619;
    return sum;
}

static void sort_numbers(int count) {
    int *numbers = malloc(count * sizeof *numbers);
    for (int i = 0; i < count; i++) numbers[i] = (int)next();
    qsort(numbers, count, sizeof *numbers, count % 2 ? by_value : by_value_down);
    int wrong = 0, found = 0;
    for (int i = 1; i < count; i++) wrong += count % 2 ? numbers[i - 1] > numbers[i] : numbers[i - 1] < numbers[i];
    for (int i = 0; i < count; i += 7) found += bsearch(&numbers[i], numbers, count, sizeof *numbers, count % 2 ? by_value : by_value_down) != NULL;
    printf("%d numbers: %d wrong, %d found, sum %08x\n", count, wrong, found, (unsigned)sum_of(numbers, count * sizeof *numbers));
    free(numbers);
}

static void sort_records(int count) {
    struct record *records = calloc(count, sizeof *records);
    for (int i = 0; i < count; i++) {
        snprintf(records[i].name, sizeof records[i].name, "r%08x", (unsigned)next());
        records[i].key = next() >> 24;
        records[i].weight = (double)next() / 7;
    }
    for (int order = 0; order < 2; order++) {
        qsort(records, count, sizeof *records, orders[order]);
        uint32_t sum = 0;
        for (int i = 0; i < count; i++) sum = sum * 31 + sum_of(records[i].name, 13) + records[i].key;
        printf("%d records by %d: sum %08x, first %s, last %s\n", count, order, (unsigned)sum, records[0].name, records[count - 1].name);
    }
    free(records);
}

int main(void) {
    static const int counts[] = {0, 1, 2, 3, 10, 101, 1000, 20001, 200000};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) sort_numbers(counts[i]);
    sort_records(5000);
    return comparisons > 0 ? 0 : 1;
}
