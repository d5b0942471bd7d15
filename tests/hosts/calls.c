/* Calls in both directions, imports and exports of every kind, independence of instances. */

#include "calls.h"
#include "check.h"

#include <math.h>
#include <string.h>

struct host {
    int logged;
    uint32_t last;
};

static wasmwright_trap_t host_log(void *user, wasmwright_calls_t *instance, uint32_t p0, uint32_t *r0) {
    struct host *host = user;
    host->logged++;
    host->last = p0;
    /* Back into the module. */
    return calls_add(instance, p0, 1000, r0);
}

static wasmwright_trap_t host_pair(void *user, wasmwright_calls_t *instance, uint64_t p0, double p1,
                                   const wasmwright_v128_t *p2, float *r0, wasmwright_v128_t *r1) {
    (void)user, (void)instance;
    *r0 = (float)((double)p0 + p1);
    r1->low = ~p2->low;
    r1->high = p2->high + p0;
    return WASMWRIGHT_OK;
}

static wasmwright_trap_t host_many(void *user, wasmwright_calls_t *instance, uint32_t p0, uint64_t p1, float p2,
                                   double p3, uint32_t p4, uint64_t p5, float p6, double p7, uint32_t p8,
                                   uint64_t p9, uint32_t *r0, uint64_t *r1, float *r2, double *r3) {
    (void)user, (void)instance;
    *r0 = p0 + p4 + p8;
    *r1 = p1 * p5 * p9;
    *r2 = p2 - p6;
    *r3 = p3 / p7;
    return WASMWRIGHT_OK;
}

static uint64_t counter = 40;

static wasmwright_calls_t *make(struct host *host) {
    wasmwright_calls_imports_t imports;
    memset(&imports, 0, sizeof imports);
    imports.user = host;
    imports.env_log = host_log;
    imports.env_pair = host_pair;
    imports.env_many = host_many;
    imports.env_factor = 7;
    imports.env_mask.low = 0xff00ff00ff00ff00u;
    imports.env_mask.high = 0xfu;
    imports.env_counter = &counter;
    wasmwright_calls_error_t error;
    wasmwright_calls_t *instance = wasmwright_calls_instantiate(&imports, &error);
    if (!instance)
        fprintf(stderr, "%s\n", error.message);
    CHECK(instance);
    return instance;
}

static void missing_imports(void) {
    wasmwright_calls_error_t error;
    CHECK(!wasmwright_calls_instantiate(NULL, &error));
    CHECK_EQUAL(error.code, WASMWRIGHT_ERROR_MISSING_IMPORT);
    CHECK(strcmp(error.message, "the import `env.log` is missing") == 0);
    wasmwright_calls_imports_t imports;
    memset(&imports, 0, sizeof imports);
    imports.env_log = host_log;
    CHECK(!wasmwright_calls_instantiate(&imports, NULL));
}

static void values(wasmwright_calls_t *instance) {
    uint32_t word = 0;
    CHECK_EQUAL(calls_add(instance, 40, 2, &word), WASMWRIGHT_OK);
    CHECK_EQUAL(word, 42);
    CHECK_EQUAL(calls_scale_it(instance, 6, &word), WASMWRIGHT_OK);
    CHECK_EQUAL(word, 42);
    CHECK_EQUAL(calls_scale_it_2(instance, 49, &word), WASMWRIGHT_OK);
    CHECK_EQUAL(word, 42);
    CHECK_EQUAL(calls_count(instance), WASMWRIGHT_OK);
    CHECK_EQUAL(calls_count(instance), WASMWRIGHT_OK);
    CHECK_EQUAL(counter, 42);
    counter = 40;
    float number = 0;
    wasmwright_v128_t vector = {1, 2}, masked = {~UINT64_C(0), ~UINT64_C(0)};
    CHECK_EQUAL(calls_pair(instance, 40, 2.5, &vector, &number, &vector), WASMWRIGHT_OK);
    CHECK(number == 42.5f && vector.low == ~UINT64_C(1) && vector.high == 42);
    CHECK_EQUAL(calls_masked(instance, &masked, &masked), WASMWRIGHT_OK);
    CHECK(masked.low == 0xff00ff00ff00ff00u && masked.high == 0xf);
    uint64_t large = 0;
    double precise = 0;
    CHECK_EQUAL(calls_many(instance, 1, 2, 3.5f, 4.0, 5, 6, 1.25f, 8.0, 9, 10, &word, &large, &number, &precise),
                WASMWRIGHT_OK);
    CHECK(word == 15 && large == 120 && number == 2.25f && precise == 0.5);
}

static void imports_call_back(wasmwright_calls_t *instance, struct host *host) {
    uint32_t word = 0;
    int before = host->logged;
    CHECK_EQUAL(calls_log(instance, 5, &word), WASMWRIGHT_OK);
    CHECK_EQUAL(word, 1005);
    CHECK_EQUAL(calls_tail_log(instance, 6, &word), WASMWRIGHT_OK);
    CHECK_EQUAL(word, 1006);
    CHECK_EQUAL(calls_indirect(instance, 0, 21, &word), WASMWRIGHT_OK);
    CHECK_EQUAL(word, 42);
    CHECK_EQUAL(calls_indirect(instance, 1, 7, &word), WASMWRIGHT_OK);
    CHECK_EQUAL(word, 1007);
    CHECK_EQUAL(host->logged - before, 3);
    CHECK_EQUAL(host->last, 7);
}

static void memory_and_globals(wasmwright_calls_t *instance) {
    wasmwright_memory_t *memory = calls_memory(instance);
    CHECK_EQUAL(wasmwright_calls_memory_size(memory), 65536);
    char text[6] = "";
    CHECK(wasmwright_calls_memory_read(memory, 16, text, 5));
    CHECK(strcmp(text, "hello") == 0);
    CHECK(memcmp(wasmwright_calls_memory_data(memory) + 16, "hello", 5) == 0);
    CHECK(!wasmwright_calls_memory_read(memory, 65532, text, 5));
    CHECK(!wasmwright_calls_memory_read(memory, ~UINT64_C(0), text, 5));
    CHECK(wasmwright_calls_memory_write(memory, 65532, "abcd", 4));
    CHECK(!wasmwright_calls_memory_write(memory, 65533, "abcd", 4));
    CHECK(wasmwright_calls_memory_write(memory, 65536, "", 0));
    CHECK(!wasmwright_calls_memory_write(memory, 65537, "", 0));
    uint32_t word = 0;
    CHECK_EQUAL(calls_load(instance, 65532, &word), WASMWRIGHT_OK);
    CHECK_EQUAL(word, 0x64636261);
    CHECK_EQUAL(calls_load(instance, 65533, &word), WASMWRIGHT_TRAP_MEMORY_OUT_OF_BOUNDS);
    CHECK(wasmwright_calls_memory_grow(memory, 1));
    CHECK_EQUAL(calls_load(instance, 65536, &word), WASMWRIGHT_OK);
    CHECK_EQUAL(calls_grow(instance, 2, &word), WASMWRIGHT_OK);
    CHECK_EQUAL(word, 2);
    CHECK_EQUAL(wasmwright_calls_memory_size(memory), 4 * 65536);
    CHECK(!wasmwright_calls_memory_grow(memory, 1));
    CHECK_EQUAL(*calls_g(instance), 5);
    *calls_g(instance) = 6;
    CHECK_EQUAL(*calls_g(instance), 6);
    /* Results are written when all else is done, wherever that is. */
    CHECK_EQUAL(calls_set_g(instance, 9, calls_g(instance)), WASMWRIGHT_OK);
    CHECK_EQUAL(*calls_g(instance), 7);
    wasmwright_v128_t both = {3, 4};
    uint32_t one = 0;
    uint64_t seven = 0;
    CHECK_EQUAL(calls_same(instance, &both, &one, &both, &seven), WASMWRIGHT_OK);
    CHECK(one == 1 && both.low == 3 && both.high == 4 && seven == 7);
    *calls_g(instance) = 6;
    CHECK(*calls_pi(instance) == 3.25);
}

static void tables(wasmwright_calls_t *instance) {
    wasmwright_table_t *table = calls_table(instance), *objects = calls_objects(instance);
    wasmwright_reference_t twice = NULL, none = &twice, object = NULL;
    int thing;
    CHECK_EQUAL(wasmwright_calls_table_size(table), 4);
    CHECK(wasmwright_calls_table_get(table, 0, &twice) && twice);
    CHECK(wasmwright_calls_table_get(table, 3, &none) && !none);
    CHECK(!wasmwright_calls_table_get(table, 4, &none));
    CHECK(wasmwright_calls_table_set(table, 3, twice));
    CHECK(!wasmwright_calls_table_set(table, 4, twice));
    uint32_t word = 0;
    CHECK_EQUAL(calls_indirect(instance, 3, 4, &word), WASMWRIGHT_OK);
    CHECK_EQUAL(word, 8);
    CHECK_EQUAL(calls_indirect(instance, 2, 4, &word), WASMWRIGHT_TRAP_UNINITIALIZED_ELEMENT);
    CHECK(wasmwright_calls_table_grow(table, 6, twice));
    CHECK(!wasmwright_calls_table_grow(table, 1, twice));
    CHECK_EQUAL(calls_indirect(instance, 9, 5, &word), WASMWRIGHT_OK);
    CHECK(wasmwright_calls_table_set(objects, 1, &thing));
    CHECK_EQUAL(calls_object(instance, 1, &object), WASMWRIGHT_OK);
    CHECK(object == &thing);
}

int main(void) {
    missing_imports();
    struct host one = {0, 0}, other = {0, 0};
    wasmwright_calls_t *first = make(&one), *second = make(&other);
    CHECK(first != second);
    values(first);
    imports_call_back(first, &one);
    CHECK_EQUAL(other.logged, 0);
    memory_and_globals(first);
    tables(first);
    /* The other one is as new. */
    values(second);
    imports_call_back(second, &other);
    memory_and_globals(second);
    tables(second);
    uint32_t depth = 0;
    CHECK_EQUAL(calls_recurse(first, 1000, &depth), WASMWRIGHT_OK);
    CHECK_EQUAL(depth, 1000);
    wasmwright_calls_free(first);
    values(second);
    wasmwright_calls_free(second);
    wasmwright_calls_free(NULL);
    puts("done");
    return 0;
}
