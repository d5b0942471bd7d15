// Strings: a growing buffer, numbers as text, replacement, splitting and joining, comparison.
#include "benchmark.h"

struct string {
    char *bytes;
    size_t length, room;
};

static void append(struct string *s, const char *bytes, size_t count) {
    if (s->length + count + 1 > s->room) {
        s->room = (s->length + count + 1) * 2;
        s->bytes = realloc(s->bytes, s->room);
        if (s->bytes == NULL) exit(3);
    }
    memcpy(s->bytes + s->length, bytes, count);
    s->length += count;
    s->bytes[s->length] = 0;
}

static void append_number(struct string *s, uint32_t value) {
    char digits[10];
    size_t at = sizeof digits;
    do digits[--at] = (char)('0' + value % 10);
    while (value /= 10);
    append(s, digits + at, sizeof digits - at);
}

static void replace(struct string *to, const char *from, const char *what, const char *with) {
    size_t length = strlen(what), other = strlen(with);
    for (const char *hit; (hit = strstr(from, what)) != NULL; from = hit + length) {
        append(to, from, (size_t)(hit - from));
        append(to, with, other);
    }
    append(to, from, strlen(from));
}

static uint32_t longest_common(const char *a, const char *b) {
    uint32_t longest = 0;
    for (; *a && *b; a++, b++) {
        uint32_t run = 0;
        while (a[run] && a[run] == b[run]) run++;
        if (run > longest) longest = run;
    }
    return longest;
}

int main(int argc, char **argv) {
    uint32_t rounds = benchmark_size(argc, argv, 1500);
    for (uint32_t round = 0; round < rounds; round++) {
        struct string text = {0}, changed = {0}, reversed = {0};
        for (uint32_t i = 0; i < 8000; i++) {
            append(&text, "key=", 4);
            append_number(&text, benchmark_random() >> (i & 15));
            append(&text, i & 7 ? ";" : "; line\n", i & 7 ? 1 : 7);
        }
        replace(&changed, text.bytes, "1;", "one,");
        for (const char *end = changed.bytes + changed.length; end > changed.bytes;) {
            const char *start = end;
            while (start > changed.bytes && start[-1] != ';' && start[-1] != ',') start--;
            append(&reversed, start, (size_t)(end - start));
            append(&reversed, "|", 1);
            end = start > changed.bytes ? start - 1 : start;
        }
        benchmark_check(reversed.length);
        benchmark_check(longest_common(text.bytes, changed.bytes));
        benchmark_check((uint64_t)(strcmp(reversed.bytes, changed.bytes) < 0));
        benchmark_check((uint8_t)reversed.bytes[reversed.length / 2]);
        for (const char *at = reversed.bytes; (at = strchr(at, '7')) != NULL; at++) benchmark_check(at[1] == '|');
        free(text.bytes), free(changed.bytes), free(reversed.bytes);
    }
    return benchmark_finish();
}
