/* What instructions cost, and what happens where nothing is left. Tells the costs on standard error, to
 * be compared with those of other levels of optimisation. */

#include "metered.h"
#include "check.h"

#include <string.h>

typedef wasmwright_metered_t instance_t;
typedef wasmwright_trap_t (*function)(instance_t *, uint32_t, uint32_t *);

static const uint64_t plenty = 1000000000;

static uint64_t cost(instance_t *instance, function call, uint32_t argument, wasmwright_trap_t expected) {
    uint32_t result = 0;
    wasmwright_metered_fuel_set(instance, plenty);
    CHECK_EQUAL(call(instance, argument, &result), expected);
    return plenty - wasmwright_metered_fuel_get(instance);
}

static wasmwright_trap_t host_refuel(void *user, instance_t *instance, uint32_t p0) {
    (void)user;
    wasmwright_metered_fuel_add(instance, p0);
    return WASMWRIGHT_OK;
}

static void tell(instance_t *instance, const char *name, function call, uint32_t argument, wasmwright_trap_t expected) {
    fprintf(stderr, "%s(%u): %llu\n", name, argument, (unsigned long long)cost(instance, call, argument, expected));
}

#define TELL(name, argument, expected) tell(instance, #name, metered_##name, argument, expected)

int main(void) {
    wasmwright_metered_imports_t imports;
    wasmwright_metered_error_t error;
    wasmwright_limits_t limits;
    memset(&imports, 0, sizeof imports);
    memset(&limits, 0, sizeof limits);
    imports.env_refuel = host_refuel;

    /* The start function is paid for, too: by the library's own default or what the host says. */
    instance_t *instance = wasmwright_metered_instantiate(&imports, &error);
#if FUEL == 0
    CHECK(!instance);
    CHECK_EQUAL(error.code, WASMWRIGHT_ERROR_TRAP);
    CHECK_EQUAL(error.trap, WASMWRIGHT_TRAP_OUT_OF_FUEL);
#else
    CHECK(instance);
    CHECK_EQUAL(wasmwright_metered_fuel_get(instance), FUEL - 80);
    wasmwright_metered_free(instance);
#endif
    imports.limits = &limits;
    limits.fuel = 71;
    CHECK(!wasmwright_metered_instantiate(&imports, &error));
    CHECK_EQUAL(error.trap, WASMWRIGHT_TRAP_OUT_OF_FUEL);
    limits.fuel = 100;
    instance = wasmwright_metered_instantiate(&imports, &error);
    CHECK(instance);
    CHECK_EQUAL(wasmwright_metered_fuel_get(instance), 20);
    instance_t *other = wasmwright_metered_instantiate(&imports, &error);

    CHECK_EQUAL(cost(instance, metered_add, 1, WASMWRIGHT_OK), 3);
    CHECK_EQUAL(cost(instance, metered_rounds, 1, WASMWRIGHT_OK), 7);
    CHECK_EQUAL(cost(instance, metered_rounds, 12345, WASMWRIGHT_OK), 6 * 12345 + 1);
    CHECK_EQUAL(cost(instance, metered_branch, 0, WASMWRIGHT_OK), 6);
    CHECK_EQUAL(cost(instance, metered_branch, 1, WASMWRIGHT_OK), 4);
    CHECK_EQUAL(cost(instance, metered_nothing, 1, WASMWRIGHT_OK), 1);
    CHECK_EQUAL(wasmwright_metered_fuel_get(other), 20);

    uint32_t result;
    function enough[] = {metered_rounds, metered_forever, metered_deep, metered_fib, metered_sum};
    for (int kind = 0; kind < 5; kind++) {
        wasmwright_metered_fuel_set(instance, 100);
        CHECK_EQUAL(enough[kind](instance, 1000, &result), WASMWRIGHT_TRAP_OUT_OF_FUEL);
        CHECK_EQUAL(wasmwright_metered_fuel_get(instance), 0);
        /* Nothing is for free then. */
        CHECK_EQUAL(metered_add(instance, 1, &result), WASMWRIGHT_TRAP_OUT_OF_FUEL);
        wasmwright_metered_fuel_set(instance, 3);
        CHECK_EQUAL(metered_add(instance, 1, &result), WASMWRIGHT_OK);
        CHECK_EQUAL(wasmwright_metered_fuel_get(instance), 0);
    }
    wasmwright_metered_fuel_set(instance, 2);
    CHECK_EQUAL(metered_add(instance, 1, &result), WASMWRIGHT_TRAP_OUT_OF_FUEL);
    wasmwright_metered_fuel_set(instance, 6001);
    CHECK_EQUAL(metered_rounds(instance, 1000, &result), WASMWRIGHT_OK);
    wasmwright_metered_fuel_set(instance, 6000);
    CHECK_EQUAL(metered_rounds(instance, 1000, &result), WASMWRIGHT_TRAP_OUT_OF_FUEL);
    wasmwright_metered_fuel_set(instance, UINT64_MAX);
    wasmwright_metered_fuel_add(instance, UINT64_MAX);
    CHECK_EQUAL(wasmwright_metered_fuel_get(instance), INT64_MAX);

    /* The host gives more while the guest waits. */
    wasmwright_metered_fuel_set(instance, 10);
    CHECK_EQUAL(metered_refueled(instance, 6000, &result), WASMWRIGHT_OK);
    wasmwright_metered_fuel_set(instance, 10);
    CHECK_EQUAL(metered_refueled(instance, 5000, &result), WASMWRIGHT_TRAP_OUT_OF_FUEL);

    TELL(sum, 7, WASMWRIGHT_OK);
    TELL(fib, 15, WASMWRIGHT_OK);
    TELL(indirect, 8, WASMWRIGHT_OK);
    TELL(indirect, 9, WASMWRIGHT_OK);
    TELL(tail, 8, WASMWRIGHT_OK);
    TELL(tail, 9, WASMWRIGHT_OK);
    TELL(machine, 3, WASMWRIGHT_OK);
    TELL(throwing, 20, WASMWRIGHT_OK);
    TELL(divide, 5, WASMWRIGHT_TRAP_INTEGER_DIVIDE_BY_ZERO);
#ifdef EXACT
    TELL(outside, 5, WASMWRIGHT_TRAP_MEMORY_OUT_OF_BOUNDS);
#endif
    wasmwright_metered_free(instance);
    wasmwright_metered_free(other);
    puts("done");
    return 0;
}
