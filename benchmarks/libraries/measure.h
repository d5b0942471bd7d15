/* The least CPU time that one round of many executions took, for each, in nanoseconds. */

#ifndef MEASURE_H
#define MEASURE_H

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { CALLS = 10000000, INSTANCES = 5000, ROUNDS = 9 };

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

#define MEASURE(what, count, statement)                                          \
    do {                                                                         \
        double least = 1e300;                                                    \
        for (int round = 0; round < ROUNDS; round++) {                           \
            double begin = now();                                                \
            for (unsigned i = 0; i < (count); i++) {                             \
                statement;                                                       \
            }                                                                    \
            double each = (now() - begin) / (count);                             \
            least = each < least ? each : least;                                 \
        }                                                                        \
        printf("%-44s %9.1f ns\n", what, least);                                 \
    } while (0)

#define CHECK(condition) ((condition) ? (void)0 : (fprintf(stderr, "not so: %s\n", #condition), exit(1)))

#endif
