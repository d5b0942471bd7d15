/* A program that spends nearly all of its time in one function, which no compiler can inline. */
#include <stdio.h>
#include <stdlib.h>

typedef unsigned step_counter(unsigned n);

unsigned steps_of(unsigned n) {
    unsigned steps = 0;
    for (; n != 1; steps++)
        n = n % 2 ? 3 * n + 1 : n / 2;
    return steps;
}

unsigned longest_below(unsigned limit, step_counter *volatile *count) {
    unsigned most = 0;
    for (unsigned n = 1; n < limit; n++) {
        unsigned steps = (*count)(n);
        most = steps > most ? steps : most;
    }
    return most;
}

unsigned (*volatile search)(unsigned, step_counter *volatile *) = longest_below;

int main(int argc, char **argv) {
    step_counter *volatile count = steps_of;
    printf("%u\n", search(argc > 1 ? atoi(argv[1]) : 1000, &count));
    return 0;
}
