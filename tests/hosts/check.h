/* What the hosts in C of tests share: one line for the first thing that is not as it should be. */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <stdlib.h>

#define CHECK(condition) \
    ((condition) ? (void)0 : (fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition), exit(1)))

#define CHECK_EQUAL(expression, expected)                                                                \
    do {                                                                                                 \
        long long is = (long long)(expression), should_be = (long long)(expected);                       \
        if (is != should_be) {                                                                           \
            fprintf(stderr, "%s:%d: %s is %lld, not %lld\n", __FILE__, __LINE__, #expression, is, should_be); \
            exit(1);                                                                                     \
        }                                                                                                \
    } while (0)

#endif
