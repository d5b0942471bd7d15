// The heap: pseudo-random malloc, calloc, realloc, aligned_alloc and free with every byte checked,
// then growth to some hundreds of megabytes.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS 1000

static struct {
    unsigned char *bytes;
    size_t length;
    unsigned char mark;
} slots[SLOTS];

static uint32_t state = 2463534242;
static int wrong;

static uint32_t next(void) {
    state ^= state << 13;
    state ^= state >> 17;
    return state ^= state << 5;
}

static void check(int slot, size_t length) {
    for (size_t i = 0; i < length; i++) wrong += slots[slot].bytes[i] != (unsigned char)(slots[slot].mark + i);
}

static void fill(int slot) {
    slots[slot].mark = next();
    for (size_t i = 0; i < slots[slot].length; i++) slots[slot].bytes[i] = slots[slot].mark + i;
}

static size_t some_length(void) {
    switch (next() % 16) {
    case 0: return next() % 200000;
    case 1: case 2: case 3: return next() % 5000;
    default: return 1 + next() % 200;
    }
}

static void replace(int slot) {
    size_t length = some_length();
    check(slot, slots[slot].length);
    switch (next() % 4) {
    case 0: {
        unsigned char *moved = realloc(slots[slot].bytes, length ? length : 1);
        slots[slot].bytes = moved;
        check(slot, length < slots[slot].length ? length : slots[slot].length);
        break;
    }
    case 1:
        free(slots[slot].bytes);
        slots[slot].bytes = calloc(length + 1, 1);
        for (size_t i = 0; i < length; i++) wrong += slots[slot].bytes[i] != 0;
        break;
    case 2: {
        size_t alignment = (size_t)16 << next() % 8;
        free(slots[slot].bytes);
        slots[slot].bytes = aligned_alloc(alignment, (length / alignment + 1) * alignment);
        wrong += (uintptr_t)slots[slot].bytes % alignment != 0;
        break;
    }
    default:
        free(slots[slot].bytes);
        slots[slot].bytes = malloc(length ? length : 1);
    }
    slots[slot].length = length;
    fill(slot);
}

int main(void) {
    for (int round = 0; round < 60000; round++) replace(next() % SLOTS);
    for (int slot = 0; slot < SLOTS; slot += 2) {
        check(slot, slots[slot].length);
        free(slots[slot].bytes);
        slots[slot].bytes = NULL;
        slots[slot].length = 0;
    }
    printf("after fragmentation: %d wrong\n", wrong);

    // Doubling by realloc: the memory grows, and what was there stays.
    size_t length = 1000;
    unsigned char *growing = malloc(length);
    memset(growing, 7, length);
    while (length < 256000000) {
        growing = realloc(growing, length * 2);
        if (!growing) return 1;
        for (size_t i = 0; i < length; i += 4097) wrong += growing[i] != 7;
        memset(growing + length, 7, length);
        length *= 2;
    }
    printf("%zu bytes: %d wrong, ends with %d\n", length, wrong, growing[length - 1]);
    free(growing);
    for (int slot = 1; slot < SLOTS; slot += 2) check(slot, slots[slot].length);
    printf("finally %d wrong\n", wrong);

    // What cannot be had is refused, not a trap.
    volatile size_t too_much = SIZE_MAX / 2 - 4096;
    printf("too much: %s\n", malloc(too_much) ? "given" : "refused");
    return wrong != 0;
}
