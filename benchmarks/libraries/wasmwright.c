/* Our library, and the C call without one. */

#include "calls.h"
#include "measure.h"

struct instance;
uint32_t native_add(struct instance *instance, uint32_t a, uint32_t b, uint32_t *result);

static void instantiate(int is_called) {
    uint32_t result = 0;
    wasmwright_calls_t *instance = wasmwright_calls_instantiate(NULL, NULL);
    CHECK(instance);
    if (is_called)
        CHECK(calls_touch(instance, 1024, &result) == WASMWRIGHT_OK);
    wasmwright_calls_free(instance);
}

int main(int count, char **arguments) {
    (void)arguments;
    uint32_t total = 0, result = 0;
    if (count > 1)
        MEASURE("C: a call into a shared library", CALLS, native_add((struct instance *)&total, i, 1, &result));
    wasmwright_calls_t *instance = wasmwright_calls_instantiate(NULL, NULL);
    CHECK(instance);
    MEASURE(NAME ": a call of an export", CALLS, CHECK(calls_touch(instance, 1024, &result) == WASMWRIGHT_OK));
    MEASURE(NAME ": one that cannot trap", CALLS, CHECK(calls_add(instance, i, 1, &result) == WASMWRIGHT_OK));
    wasmwright_calls_free(instance);
    MEASURE(NAME ": an instance, made and freed", INSTANCES, instantiate(0));
    MEASURE(NAME ": the same, and a page written", INSTANCES, instantiate(1));
    return 0;
}
