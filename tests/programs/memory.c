// memcpy, memmove, memset, memcmp at every small length, alignment and overlap, and at large ones.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROOM 700

static unsigned char left[ROOM], right[ROOM];
static int wrong;
static uint64_t sum = 14695981039346656037u;

static void add(const unsigned char *bytes, size_t length) {
    for (size_t i = 0; i < length; i++) sum = (sum ^ bytes[i]) * 1099511628211u;
}

static void fill(unsigned char *bytes, unsigned seed) {
    for (int i = 0; i < ROOM; i++) bytes[i] = (seed = seed * 1664525 + 1013904223) >> 24;
}

static void slow_move(unsigned char *to, const unsigned char *from, size_t length) {
    if (to < from) for (size_t i = 0; i < length; i++) ((volatile unsigned char *)to)[i] = from[i];
    else for (size_t i = length; i-- > 0;) ((volatile unsigned char *)to)[i] = from[i];
}

static void moves(size_t length, int to, int from) {
    fill(left, length), memcpy(right, left, ROOM);
    memmove(left + to, left + from, length);
    slow_move(right + to, right + from, length);
    wrong += memcmp(left, right, ROOM) != 0;
    add(left, ROOM);
}

static void copies(size_t length, int to, int from) {
    fill(left, length), fill(right, ~length);
    memcpy(left + to, right + from, length);
    for (size_t i = 0; i < length; i++) wrong += left[to + i] != right[from + i];
    memset(left + from, to, length);
    for (size_t i = 0; i < length; i++) wrong += left[from + i] != to;
    add(left, ROOM);
    right[from + length / 2] ^= 1;
    wrong += length && memcmp(left + from, right + from, length) == 0 && memcmp(left + from, left + from, length) != 0;
}

static void large(size_t length) {
    unsigned char *a = malloc(length + 100), *b = malloc(length + 100);
    for (size_t i = 0; i < length + 100; i++) a[i] = i * 7 + (i >> 8);
    memcpy(b + 3, a + 1, length);
    wrong += memcmp(b + 3, a + 1, length) != 0;
    memmove(b + 40, b + 3, length - 37);
    wrong += memcmp(b + 40, a + 1, length - 37) != 0;
    memmove(b + 3, b + 41, length - 41);
    wrong += memcmp(b + 3, a + 2, length - 41) != 0;
    memset(b, 0xa5, length);
    for (size_t i = 0; i < length; i += 61) wrong += b[i] != 0xa5;
    wrong += memchr(a, 300, 0) != NULL;
    b[length - 1] = 0;
    wrong += memchr(b, 0, length) != b + length - 1;
    free(a), free(b);
}

int main(void) {
    for (size_t length = 0; length < 300; length += length < 140 ? 1 : 13) {
        for (int to = 0; to < 20; to += 3)
            for (int from = 0; from < 40; from += 5) copies(length, to, from);
        for (int distance = -70; distance <= 70; distance += 1 + (distance & 3)) moves(length, 80 + distance, 80);
    }
    for (size_t length = 1000; length < 20000000; length *= 5) large(length + 7);
    printf("%d wrong, sum %016llx\n", wrong, (unsigned long long)sum);
    return wrong != 0;
}
