// Sorting: quicksort, heap sort, merge sort and radix sort of integers, and `qsort` of records.
#include "benchmark.h"

static void quick(uint32_t *a, long from, long to) {
    while (from < to) {
        uint32_t pivot = a[from + (to - from) / 2];
        long i = from, j = to;
        while (i <= j) {
            while (a[i] < pivot) i++;
            while (a[j] > pivot) j--;
            if (i <= j) {
                uint32_t kept = a[i];
                a[i++] = a[j];
                a[j--] = kept;
            }
        }
        quick(a, from, j);
        from = i;
    }
}

static void sift(uint32_t *a, size_t root, size_t n) {
    uint32_t value = a[root];
    for (size_t child; (child = 2 * root + 1) < n; root = child) {
        if (child + 1 < n && a[child] < a[child + 1]) child++;
        if (a[child] <= value) break;
        a[root] = a[child];
    }
    a[root] = value;
}

static void heap(uint32_t *a, size_t n) {
    for (size_t i = n / 2; i-- > 0;) sift(a, i, n);
    for (size_t end = n; end-- > 1;) {
        uint32_t kept = a[0];
        a[0] = a[end];
        a[end] = kept;
        sift(a, 0, end);
    }
}

static void merge(uint32_t *a, uint32_t *spare, size_t n) {
    if (n < 2) return;
    size_t half = n / 2, i = 0, j = half, k = 0;
    merge(a, spare, half);
    merge(a + half, spare, n - half);
    while (i < half && j < n) spare[k++] = a[i] <= a[j] ? a[i++] : a[j++];
    while (i < half) spare[k++] = a[i++];
    memcpy(a, spare, k * sizeof *a);
}

static void radix(uint32_t *a, uint32_t *spare, size_t n) {
    for (int shift = 0; shift < 32; shift += 8) {
        size_t counts[257] = {0};
        for (size_t i = 0; i < n; i++) counts[(a[i] >> shift & 255) + 1]++;
        for (int i = 0; i < 256; i++) counts[i + 1] += counts[i];
        for (size_t i = 0; i < n; i++) spare[counts[a[i] >> shift & 255]++] = a[i];
        uint32_t *kept = a;
        a = spare;
        spare = kept;
    }
}

struct record {
    uint32_t key, payload[3];
};

static int compare(const void *left, const void *right) {
    const struct record *a = left, *b = right;
    return a->key != b->key ? (a->key < b->key ? -1 : 1) : (a->payload[0] > b->payload[0]) - (a->payload[0] < b->payload[0]);
}

static void fill(uint32_t *a, size_t n) {
    for (size_t i = 0; i < n; i++) a[i] = benchmark_random();
}

static void check(const uint32_t *a, size_t n) {
    for (size_t i = 0; i < n; i++) benchmark_check(a[i]);
}

int main(int argc, char **argv) {
    size_t n = benchmark_size(argc, argv, 2800000), few = n / 8 + 1;
    uint32_t *a = benchmark_allocate(n * sizeof *a), *spare = benchmark_allocate(n * sizeof *a);
    fill(a, n), quick(a, 0, (long)n - 1), check(a, n);
    fill(a, n), heap(a, n), check(a, n);
    fill(a, n), merge(a, spare, n), check(a, n);
    fill(a, n), radix(a, spare, n), check(a, n);
    struct record *records = benchmark_allocate(few * sizeof *records);
    for (size_t i = 0; i < few; i++)
        records[i] = (struct record){benchmark_random() >> 12, {(uint32_t)i, benchmark_random(), 0}};
    qsort(records, few, sizeof *records, compare);
    for (size_t i = 0; i < few; i++) benchmark_check(records[i].key ^ (uint64_t)records[i].payload[1] << 32);
    return benchmark_finish();
}
