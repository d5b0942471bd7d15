/* Many instances over several threads: THREADS of them, INSTANCES in all, ROUNDS of calls each, of
 * which one in a hundred traps. Prints how long instantiation took. */

#include "threads.h"
#include "check.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#ifndef THREADS
#define THREADS 8
#endif
#ifndef INSTANCES
#define INSTANCES 200
#endif
#ifndef ROUNDS
#define ROUNDS 100
#endif

static const wasmwright_trap_t expected[] = {
    WASMWRIGHT_OK,
    WASMWRIGHT_TRAP_MEMORY_OUT_OF_BOUNDS,
    WASMWRIGHT_TRAP_UNREACHABLE,
    WASMWRIGHT_TRAP_INTEGER_DIVIDE_BY_ZERO,
    WASMWRIGHT_TRAP_STACK_OVERFLOW,
    WASMWRIGHT_TRAP_UNDEFINED_ELEMENT,
};

static wasmwright_trap_t tick(void *user, wasmwright_threads_t *instance, uint32_t p0) {
    (void)instance, (void)p0;
    ++*(int *)user;
    return WASMWRIGHT_OK;
}

static _Atomic long long nanoseconds;

static long long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void call_all(wasmwright_threads_t **instances, int count, int *ticks) {
    for (int round = 1; round <= ROUNDS; round++)
        for (int i = 0; i < count; i++) {
            unsigned what = (i + round) % 100 == 0 ? 1 + (unsigned)(i + round) / 100 % 5 : 0;
            uint32_t value = 0;
            wasmwright_trap_t code = threads_work(instances[i], 4 * (uint32_t)(i % 1000), what, &value);
            if (what == 5 && code == WASMWRIGHT_TRAP_UNINITIALIZED_ELEMENT)
                continue;
            CHECK_EQUAL(code, expected[what]);
            if (!what)
                CHECK(value >= 1 && value <= (uint32_t)round);
            CHECK_EQUAL(ticks[i], round);
        }
}

static void *run(void *unused) {
    int count = INSTANCES / THREADS;
    wasmwright_threads_t **instances = calloc((size_t)count, sizeof *instances);
    int *ticks = calloc((size_t)count, sizeof *ticks);
    long long start = now();
    for (int i = 0; i < count; i++) {
        wasmwright_threads_imports_t imports;
        wasmwright_threads_error_t error;
        memset(&imports, 0, sizeof imports);
        imports.user = &ticks[i];
        imports.env_tick = tick;
        instances[i] = wasmwright_threads_instantiate(&imports, &error);
        if (!instances[i])
            fprintf(stderr, "instance %d: %s\n", i, error.message);
        CHECK(instances[i]);
    }
    nanoseconds += now() - start;
    call_all(instances, count, ticks);
    for (int i = 0; i < count; i++)
        wasmwright_threads_free(instances[i]);
    free(ticks);
    free(instances);
    return unused;
}

int main(void) {
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        CHECK_EQUAL(pthread_create(&threads[i], NULL, run, NULL), 0);
    for (int i = 0; i < THREADS; i++)
        CHECK_EQUAL(pthread_join(threads[i], NULL), 0);
    fprintf(stderr, "%lld ns for an instance\n", nanoseconds / INSTANCES);
    puts("done");
    return 0;
}
