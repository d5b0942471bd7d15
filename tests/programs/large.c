/* So many functions that they are compiled in several units, each with its types, variables and an
 * inlined call. */
#include <stdio.h>

#define PART(n)                                                                                                \
    struct part##n {                                                                                           \
        int value;                                                                                             \
        struct part##n *next;                                                                                  \
        const char *name;                                                                                      \
    };                                                                                                         \
    static int first##n = n;                                                                                   \
    static inline int inlined##n(struct part##n *part, int by) {                                               \
        static int calls;                                                                                      \
        int sum = 0;                                                                                           \
        for (; part; part = part->next)                                                                        \
            sum += part->value * by + part->name[0];                                                           \
        return sum + calls++;                                                                                  \
    }                                                                                                          \
    __attribute__((noinline)) int function##n(int by) {                                                        \
        struct part##n last = {first##n, 0, "last"}, list = {by, &last, "list"};                               \
        int result = inlined##n(&list, by);                                                                    \
        if (by == 1 << 30)                                                                                          \
            printf("%d %s\n", result, list.next->name);                                                        \
        return result ^ inlined##n(list.next, result);                                                         \
    }

/* A macro cannot be a part of itself. */
#define TEN(p, of)                                                                                             \
    of(p##0) of(p##1) of(p##2) of(p##3) of(p##4) of(p##5) of(p##6) of(p##7) of(p##8) of(p##9)
#define HUNDRED(p, of)                                                                                         \
    of(p##0) of(p##1) of(p##2) of(p##3) of(p##4) of(p##5) of(p##6) of(p##7) of(p##8) of(p##9)
#define ALL(of) of(1) of(2) of(3) of(4) of(5) of(6) of(7) of(8)

#define PARTS(p) TEN(p, PART)
#define ALL_PARTS(p) HUNDRED(p, PARTS)
ALL(ALL_PARTS)

#define CALL(n) sum += function##n(sum);
#define CALLS(p) TEN(p, CALL)
#define ALL_CALLS(p) HUNDRED(p, CALLS)

int main(int argc, char **argv) {
    unsigned sum = argc + (argv == 0);
    ALL(ALL_CALLS)
    printf("%u\n", sum);
    return 0;
}
