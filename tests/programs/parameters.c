/* Functions to stop at by their names in a debugger, most of them on one line: tests read their
 * parameters there, which the program prints itself. */
#include <stdio.h>

struct pair {
    int a;
    double b;
};

#define CALLED __attribute__((noinline)) static

CALLED int add(int x, int y) { return x + y; }
CALLED char second(const char *text) { return text[1]; }
CALLED double sum(struct pair both) { return both.a + both.b; }
CALLED float half(float number) { return number / 2; }
CALLED long long wide(struct pair *to, long long big) { return big * to->a; }
CALLED int count(int n) { int k = 0; for (; n; n--) k += n; return k; }
CALLED int twice(int once) { return add(once, once); }
CALLED int several(int left,
                   double right) {
    int product = left * 3; /* in several */
    return product + right; /* behind it */
}

int main(int argc, char **argv) {
    struct pair pair = {argc + 2, argv[0] ? 4.5 : 5};
    printf("x %d\ny %d\n", argc + 40, 7);
    printf("text %s\n", argc ? "hello" : "none");
    printf("both.a %d\nboth.b %g\n", pair.a, pair.b);
    printf("number %g\n", argc + 0.5f);
    printf("to->a %d\nto->b %g\nbig %lld\n", pair.a, pair.b, 1LL << 40);
    printf("n %d\n", argc + 4);
    printf("once %d\n", argc + 8);
    printf("left %d\nright %g\n", argc + 1, -0.75);
    int total = add(argc + 40, 7) + second(argc ? "hello" : "none") + sum(pair) + half(argc + 0.5f);
    total += wide(&pair, 1LL << 40) >> 40;
    total += count(argc + 4) + several(argc + 1, -0.75);
    return total + twice(argc + 8) == 0;
}
