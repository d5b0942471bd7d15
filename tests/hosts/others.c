/* Instances that call one another's functions through references in a table and a global of the host:
 * each function runs as in a call of its own instance, and leaves as such a call. */

#include "others.h"
#include "check.h"

#include <string.h>

enum { PLAIN, TRAP, DIVIDE, LOAD, DEEP, THROW, HOST, AGAIN, MANY, FUNCTIONS = 10, CODE = 0x2000 };

static wasmwright_reference_t typed, object;
static wasmwright_table_t *objects;

static wasmwright_trap_t leave(void *user, wasmwright_others_t *instance, uint32_t p0, uint32_t *r0) {
    (void)user;
    if (p0 == 1)
        return CODE;
    if (p0 == 2)
        return wasmwright_others_exit(instance, 7);
    *r0 = *others_own(instance);
    return WASMWRIGHT_OK;
}

static wasmwright_others_t *make(wasmwright_table_t *table, uint32_t fails, uint32_t own) {
    wasmwright_others_imports_t imports;
    wasmwright_others_error_t error;
    memset(&imports, 0, sizeof imports);
    imports.env_table = table;
    imports.env_typed = &typed;
    imports.env_objects = objects;
    imports.env_object = &object;
    imports.env_fails = fails;
    imports.env_leave = leave;
    wasmwright_others_t *instance = wasmwright_others_instantiate(&imports, &error);
    CHECK(!instance == (fails != 0));
    if (!instance) {
        CHECK_EQUAL(error.code, WASMWRIGHT_ERROR_TRAP);
        CHECK_EQUAL(error.trap, WASMWRIGHT_TRAP_UNREACHABLE);
        return NULL;
    }
    *others_own(instance) = own;
    return instance;
}

/* `caller` calls functions of the instance whose functions are in the table from `base` on. */
static void calls(wasmwright_others_t *caller, wasmwright_others_t *callee, uint32_t base) {
    uint32_t word = 0, own = *others_own(callee);
    CHECK_EQUAL(others_call(caller, base + PLAIN, 5, &word), WASMWRIGHT_OK);
    CHECK_EQUAL(word, own + 5);
    CHECK_EQUAL(others_tail(caller, base + PLAIN, 6, &word), WASMWRIGHT_OK);
    CHECK_EQUAL(word, own + 6);
    CHECK_EQUAL(others_call(caller, base + TRAP, 0, &word), WASMWRIGHT_TRAP_UNREACHABLE);
    CHECK_EQUAL(others_tail(caller, base + TRAP, 0, &word), WASMWRIGHT_TRAP_UNREACHABLE);
    CHECK_EQUAL(others_call(caller, base + DIVIDE, 0, &word), WASMWRIGHT_TRAP_INTEGER_DIVIDE_BY_ZERO);
    CHECK_EQUAL(others_call(caller, base + LOAD, 65532, &word), WASMWRIGHT_OK);
    CHECK_EQUAL(others_call(caller, base + LOAD, 65533, &word), WASMWRIGHT_TRAP_MEMORY_OUT_OF_BOUNDS);
    CHECK_EQUAL(others_tail(caller, base + LOAD, 0xfffffff0u, &word), WASMWRIGHT_TRAP_MEMORY_OUT_OF_BOUNDS);
    CHECK_EQUAL(others_call(caller, base + DEEP, 0, &word), WASMWRIGHT_TRAP_STACK_OVERFLOW);
    CHECK_EQUAL(others_call(caller, base + THROW, 0, &word), WASMWRIGHT_TRAP_UNCAUGHT_EXCEPTION);
    CHECK_EQUAL(others_call(caller, base + HOST, 0, &word), WASMWRIGHT_OK);
    CHECK_EQUAL(word, own);
    CHECK_EQUAL(others_call(caller, base + HOST, 1, &word), CODE);
    CHECK_EQUAL(others_call(caller, base + HOST, 2, &word), WASMWRIGHT_EXIT);
    CHECK_EQUAL(wasmwright_others_exit_status(callee), 7);
    CHECK_EQUAL(others_call(caller, base + FUNCTIONS - 1, 0, &word), WASMWRIGHT_TRAP_UNINITIALIZED_ELEMENT);
    CHECK_EQUAL(others_call(caller, base + MANY, 0, &word), WASMWRIGHT_TRAP_INDIRECT_CALL_TYPE_MISMATCH);

    for (int is_tail = 0; is_tail < 2; is_tail++) {
        uint64_t large = 0;
        double number = 0;
        wasmwright_v128_t vector = {3, ~UINT64_C(0)}, inverted = {0, 0};
        wasmwright_reference_t object = NULL;
        CHECK_EQUAL((is_tail ? others_many_tail : others_many)(caller, base + MANY, &vector, &typed, &large, &number,
                                                               &inverted, &object, &word),
                    WASMWRIGHT_OK);
        CHECK(large == 29 && number == 4.5 && inverted.low == ~UINT64_C(3) && inverted.high == 0);
        CHECK(object == &typed && word == own + 8);
    }
}

/* Exceptions go on where the function was called from. */
static void exceptions(wasmwright_others_t *one, wasmwright_others_t *two) {
    uint32_t word = 0;
    CHECK_EQUAL(others_catch(one, 0 + THROW, 0, &word), WASMWRIGHT_OK);
    CHECK_EQUAL(word, ~UINT32_C(0));
    word = 0;
    CHECK_EQUAL(others_catch(one, FUNCTIONS + THROW, 0, &word), WASMWRIGHT_OK);
    CHECK_EQUAL(word, ~UINT32_C(0));
    CHECK_EQUAL(others_catch(two, FUNCTIONS + THROW, 0, &word), WASMWRIGHT_OK);
    /* What nothing catches, the host gets of both. */
    wasmwright_exception_t exception = {NULL, 0, NULL}, same = {NULL, 0, NULL};
    CHECK_EQUAL(others_call(one, FUNCTIONS + THROW, 77, &word), WASMWRIGHT_TRAP_UNCAUGHT_EXCEPTION);
    CHECK(wasmwright_others_exception(one, &exception) && wasmwright_others_exception(two, &same));
    CHECK(exception.tag && exception.tag == same.tag && exception.values != same.values);
    CHECK(exception.value_count == 1 && exception.values[0].low == 77 && same.values[0].low == 77);
    CHECK_EQUAL(others_tail(one, FUNCTIONS + THROW, 78, &word), WASMWRIGHT_TRAP_UNCAUGHT_EXCEPTION);
    CHECK(wasmwright_others_exception(one, &exception) && exception.values[0].low == 78);
}

static void back_and_forth(wasmwright_others_t *one, wasmwright_others_t *two) {
    uint32_t depth = 0;
    *others_next(one) = FUNCTIONS + AGAIN;
    *others_next(two) = 0 + AGAIN;
    CHECK_EQUAL(others_call(one, FUNCTIONS + AGAIN, 100, &depth), WASMWRIGHT_OK);
    CHECK_EQUAL(depth, 100);
    CHECK_EQUAL(others_call(two, FUNCTIONS + AGAIN, 1000000000, &depth), WASMWRIGHT_TRAP_STACK_OVERFLOW);
    CHECK_EQUAL(others_call(one, FUNCTIONS + AGAIN, 50, &depth), WASMWRIGHT_OK);
    CHECK_EQUAL(depth, 50);
}

/* What refers to functions of an instance that is no more is null. What the host keeps for itself stays,
 * even the address of the instance. */
static void ends(wasmwright_table_t *table, wasmwright_others_t *one, wasmwright_others_t *two) {
    uint32_t word = 0;
    CHECK_EQUAL(others_typed(one, 1, &word), WASMWRIGHT_OK);
    CHECK_EQUAL(word, *others_own(two) + 1);
    object = two;
    CHECK(wasmwright_others_table_set(objects, 1, two));
    wasmwright_others_free(two);
    CHECK(!typed);
    wasmwright_reference_t element = NULL;
    CHECK(wasmwright_others_table_get(objects, 1, &element));
    CHECK(object == two && element == two);
    CHECK_EQUAL(others_typed(one, 1, &word), WASMWRIGHT_TRAP_NULL_FUNCTION_REFERENCE);
    CHECK_EQUAL(others_call(one, FUNCTIONS + PLAIN, 1, &word), WASMWRIGHT_TRAP_UNINITIALIZED_ELEMENT);
    CHECK_EQUAL(others_call(one, 0 + PLAIN, 1, &word), WASMWRIGHT_OK);
    /* This one writes references before it fails. */
    make(table, 1, 0);
    CHECK_EQUAL(others_call(one, FUNCTIONS + PLAIN, 1, &word), WASMWRIGHT_TRAP_UNINITIALIZED_ELEMENT);
    CHECK_EQUAL(others_typed(one, 1, &word), WASMWRIGHT_TRAP_NULL_FUNCTION_REFERENCE);
}

int main(void) {
    wasmwright_table_t *table = wasmwright_others_table_create(2 * FUNCTIONS, 2 * FUNCTIONS);
    objects = wasmwright_others_table_create(2, 2);
    CHECK(table && objects);
    wasmwright_others_t *one = make(table, 0, 1000), *two = make(table, 0, 2000);
    CHECK_EQUAL(others_put(one, 0), WASMWRIGHT_OK);
    CHECK_EQUAL(others_put(two, FUNCTIONS), WASMWRIGHT_OK);
    for (int round = 0; round < 2; round++) {
        calls(one, one, 0);
        calls(one, two, FUNCTIONS);
        calls(two, one, 0);
        calls(two, two, FUNCTIONS);
        exceptions(one, two);
        back_and_forth(one, two);
    }
    ends(table, one, two);
    wasmwright_others_free(one);
    wasmwright_others_table_destroy(table);
    wasmwright_others_table_destroy(objects);
    puts("done");
    return 0;
}
