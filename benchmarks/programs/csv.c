// CSV: quoted fields, numbers and sums by group; a state machine over bytes.
#include "benchmark.h"

enum { GROUPS = 64 };

struct group {
    uint64_t count, sum, longest;
};

static struct group groups[GROUPS];
static char field[256];

static uint64_t number(const char *text, size_t length) {
    uint64_t value = 0;
    for (size_t i = 0; i < length; i++) value = value * 10 + (uint64_t)(text[i] - '0');
    return value;
}

static uint32_t hash(const char *text, size_t length) {
    uint32_t value = 2166136261u;
    for (size_t i = 0; i < length; i++) value = (value ^ (uint8_t)text[i]) * 16777619;
    return value ^ value >> 15;
}

static void take(uint32_t column, size_t length, struct group **group) {
    switch (column) {
    case 0: *group = &groups[hash(field, length) % GROUPS], (*group)->count++; break;
    case 1: if (length > (*group)->longest) (*group)->longest = length; break;
    default: (*group)->sum += number(field, length) * column;
    }
}

static void parse(const char *text, const char *end) {
    enum { START, PLAIN, QUOTED, QUOTE } state = START;
    uint32_t column = 0;
    size_t length = 0;
    struct group *group = groups;
    for (; text < end; text++) {
        char c = *text;
        if (state == QUOTED) {
            if (c == '"') state = QUOTE;
            else field[length++] = c;
        } else if (c == '"') {
            if (state == QUOTE) field[length++] = c;
            state = QUOTED;
        } else if (c == ',' || c == '\n') {
            take(column, length, &group);
            length = 0, state = START;
            column = c == ',' ? column + 1 : 0;
        } else {
            field[length++] = c, state = PLAIN;
        }
    }
}

int main(int argc, char **argv) {
    uint32_t rounds = benchmark_size(argc, argv, 250);
    char *text = benchmark_allocate(4 << 20), *end = text;
    for (int line = 0; line < 40000; line++) {
        uint32_t a = benchmark_random(), b = benchmark_random();
        end += snprintf(end, 200, "city%u,\"said \"\"%x\"\", %u\",%u,%u,%u\n", a % 100, b, b % 77, a >> 12, b >> 5, a ^ b);
    }
    for (uint32_t round = 0; round < rounds; round++) {
        text[4] = (char)('0' + round % 10);
        parse(text, end);
    }
    for (int i = 0; i < GROUPS; i++)
        benchmark_check(groups[i].count), benchmark_check(groups[i].sum), benchmark_check(groups[i].longest);
    return benchmark_finish();
}
