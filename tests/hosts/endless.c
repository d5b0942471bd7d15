/* Calls that never end are ended by another thread, and only they. */

#include "endless.h"
#include "check.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#ifndef CALLS
#define CALLS 100000
#endif

typedef wasmwright_endless_t instance_t;
typedef wasmwright_trap_t (*function)(instance_t *, uint32_t, uint32_t *);

static const function endless[] = {
    endless_empty, endless_count, endless_sum,  endless_nested,  endless_tail,
    endless_through, endless_tree, endless_down, endless_machine, endless_throwing,
};

enum { KINDS = sizeof endless / sizeof *endless };

static void *interrupt_soon(void *instance) {
    usleep(3000);
    wasmwright_endless_interrupt(instance);
    return NULL;
}

static wasmwright_trap_t call_with_interruption(instance_t *instance, function call) {
    pthread_t thread;
    uint32_t result;
    CHECK_EQUAL(pthread_create(&thread, NULL, interrupt_soon, instance), 0);
    wasmwright_trap_t code = call(instance, 0, &result);
    CHECK_EQUAL(pthread_join(thread, NULL), 0);
    return code;
}

static void is_usable(instance_t *instance) {
    uint32_t result = 0;
    CHECK_EQUAL(endless_brief(instance, 1, &result), WASMWRIGHT_OK);
    CHECK_EQUAL(endless_ok(instance, 41, &result), WASMWRIGHT_OK);
    CHECK_EQUAL(result, 42);
}

/* What the guest's call of the host does, and what that returns. */
static function within;
static wasmwright_trap_t returned;

static wasmwright_trap_t host_again(void *user, instance_t *instance, uint32_t p0, uint32_t *r0) {
    (void)user, (void)p0;
    CHECK_EQUAL(call_with_interruption(instance, within), WASMWRIGHT_TRAP_INTERRUPTED);
    *r0 = 7;
    return returned;
}

static atomic_bool stop;
static atomic_int interruptions;

static void *interrupt_often(void *instance) {
    while (!stop) {
        interruptions++;
        wasmwright_endless_interrupt(instance);
        for (int spin = 0; spin < 1000 && !stop; spin++)
            ;
    }
    return NULL;
}

int main(void) {
    wasmwright_endless_imports_t imports;
    memset(&imports, 0, sizeof imports);
    imports.env_again = host_again;
    instance_t *instance = wasmwright_endless_instantiate(&imports, NULL);
    instance_t *other = wasmwright_endless_instantiate(&imports, NULL);
    CHECK(instance && other);
    uint32_t result;
    for (int round = 0; round < 2; round++)
        for (int kind = 0; kind < KINDS; kind++) {
            CHECK_EQUAL(call_with_interruption(instance, endless[kind]), WASMWRIGHT_TRAP_INTERRUPTED);
            is_usable(instance);
        }
    CHECK_EQUAL(endless_deep(instance, 0, &result), WASMWRIGHT_TRAP_STACK_OVERFLOW);

    /* Before a call: the next one, and no further one. */
    wasmwright_endless_interrupt(instance);
    is_usable(other);
    CHECK_EQUAL(endless_brief(instance, 0, &result), WASMWRIGHT_TRAP_INTERRUPTED);
    is_usable(instance);
    wasmwright_endless_interrupt(instance);
    wasmwright_endless_interrupt(instance);
    CHECK_EQUAL(endless_deep(instance, 0, &result), WASMWRIGHT_TRAP_INTERRUPTED);
    CHECK_EQUAL(endless_deep(instance, 0, &result), WASMWRIGHT_TRAP_STACK_OVERFLOW);
    wasmwright_endless_interrupt(instance);
    wasmwright_endless_interrupt_clear(instance);
    is_usable(instance);

    /* The innermost call; what the host returns decides about those around it. */
    for (int kind = 0; kind < KINDS; kind++) {
        within = endless[kind];
        returned = WASMWRIGHT_OK;
        CHECK_EQUAL(endless_again(instance, 0, &result), WASMWRIGHT_OK);
        CHECK_EQUAL(result, 7);
        returned = WASMWRIGHT_TRAP_INTERRUPTED;
        CHECK_EQUAL(endless_again(instance, 0, &result), WASMWRIGHT_TRAP_INTERRUPTED);
        is_usable(instance);
    }

    /* None is lost, none counts twice. */
    pthread_t threads[2];
    for (int thread = 0; thread < 2; thread++)
        CHECK_EQUAL(pthread_create(&threads[thread], NULL, interrupt_often, instance), 0);
    int met = 0;
    for (int number = 0; number < CALLS || met == 0; number++) {
        wasmwright_trap_t code = endless_brief(instance, (uint32_t)number, &result);
        CHECK(code == WASMWRIGHT_OK || code == WASMWRIGHT_TRAP_INTERRUPTED);
        met += code != WASMWRIGHT_OK;
        is_usable(other);
    }
    stop = true;
    for (int thread = 0; thread < 2; thread++)
        CHECK_EQUAL(pthread_join(threads[thread], NULL), 0);
    CHECK(met <= interruptions);
    wasmwright_endless_interrupt_clear(instance);
    is_usable(instance);
    for (int number = 0; number < 1000; number++) {
        wasmwright_endless_interrupt(instance);
        CHECK_EQUAL(endless_brief(instance, 0, &result), WASMWRIGHT_TRAP_INTERRUPTED);
    }
    wasmwright_endless_free(instance);
    wasmwright_endless_free(other);
    puts("done");
    return 0;
}
