// String functions of the C library, which are loops that a compiler likes to recognise.
#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

static int sign(int value) {
    return (value > 0) - (value < 0);
}

// Our own, with the names taken away: a compiler must not turn them into calls of themselves.
__attribute__((noinline)) static size_t own_length(const char *text) {
    const char *end = text;
    while (*end) end++;
    return end - text;
}

__attribute__((noinline)) static void own_copy(char *to, const char *from, size_t length) {
    for (size_t i = 0; i < length; i++) to[i] = from[i];
}

__attribute__((noinline)) static void own_clear(char *to, size_t length) {
    for (size_t i = 0; i < length; i++) to[i] = 0;
}

int main(void) {
    static const char *words[] = {"", "a", "ab", "abc", "abd", "the quick brown fox", "the quick brown dog", "\xc3\xa4", "zzz", "Hello, World", "hello, world"};
    const int count = sizeof words / sizeof *words;
    for (int i = 0; i < count; i++) {
        for (int j = 0; j < count; j++) {
            const char *a = words[i], *b = words[j];
            char text[100] = "start ", *found = strstr(a, b);
            strcat(text, a), strncat(text, b, 5);
            printf("%d%d%d ", sign(strcmp(a, b)), sign(strncmp(a, b, 3)), sign(strcasecmp(a, b)));
            printf("%d %d %d %s %d\n", found ? (int)(found - a) : -1, (int)strspn(a, b), (int)strcspn(a, b), text, own_length(text) == strlen(text));
        }
    }
    char tokens[] = "one,two;;three , four", *rest;
    for (char *token = strtok_r(tokens, ",; ", &rest); token; token = strtok_r(NULL, ",; ", &rest)) printf("[%s]", token);
    printf(" %s %s\n", strchr("abcabc", 'b'), strrchr("abcabc", 'b'));
    char block[5000], other[5000];
    for (size_t i = 0; i < sizeof block; i++) block[i] = 'a' + i % 26;
    own_copy(other, block, sizeof other), own_clear(block, 100);
    printf("%d %d %.10s\n", memcmp(block + 100, other + 100, sizeof block - 100), block[99], other);
    for (int length = 0; length < 100; length++) {
        memset(other, 'x', length), other[length] = 0;
        if (strlen(other) != (size_t)length || strnlen(other, 50) != (size_t)(length < 50 ? length : 50)) printf("strlen %d\n", length);
    }
    for (int c = 0; c < 128; c++) putchar('0' + !!isalpha(c) + 2 * !!isdigit(c) + 4 * !!isspace(c) + 8 * !!ispunct(c) + 16 * !!isupper(c));
    printf("\n%ld %lu %lld %llu %d\n", strtol("-0x1fz", NULL, 0), strtoul("777", NULL, 8), strtoll("-9223372036854775808", NULL, 10), strtoull("18446744073709551615", NULL, 10), atoi(" 42abc"));
    int a, b, n;
    char name[20], set[20];
    printf("%d ", sscanf("12 0x1f word [abc] tail", "%d %i %19s [%19[a-c]] %n", &a, &b, name, set, &n));
    printf("%d %d %s %s %d\n", a, b, name, set, n);
    char *copy = strdup("duplicate"), *limited = strndup("duplicate", 3);
    printf("%s %s %s\n", copy, limited, strpbrk(copy, "xyzl"));
    free(copy), free(limited);
    wchar_t wide[40];
    size_t length = mbstowcs(wide, "plain text", 40);
    printf("%zu %ls\n", length, wide);
    return 0;
}
