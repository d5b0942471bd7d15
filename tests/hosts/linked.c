/* A library of two modules and another one: functions of the module below are called from there, and what is
 * thrown there comes to handlers of a module that throws nothing. */

#include "linked.h"
#include "others.h"
#include "check.h"

#include <string.h>

enum { ADD, LOAD, OTHERS, THROW = OTHERS + 5 };

static wasmwright_others_t *others;

static wasmwright_trap_t throws(void *user, wasmwright_linked_t *instance, uint32_t p0) {
    (void)user;
    uint32_t word = 0;
    wasmwright_exception_t exception = {NULL, 0, NULL};
    if (p0 == 0)
        return WASMWRIGHT_OK;
    CHECK_EQUAL(others_call(others, THROW, p0, &word), WASMWRIGHT_TRAP_UNCAUGHT_EXCEPTION);
    CHECK(wasmwright_others_exception(others, &exception) && exception.values[0].low == p0);
    return p0 == 1 ? WASMWRIGHT_TRAP_UNCAUGHT_EXCEPTION : wasmwright_linked_throw(instance, &exception);
}

static wasmwright_trap_t leave(void *user, wasmwright_others_t *instance, uint32_t p0, uint32_t *r0) {
    (void)user, (void)instance;
    *r0 = p0;
    return WASMWRIGHT_OK;
}

int main(void) {
    wasmwright_table_t *table = wasmwright_others_table_create(20, 20), *objects = wasmwright_others_table_create(2, 2);
    wasmwright_reference_t typed = NULL, object = NULL;
    wasmwright_linked_imports_t of_linked;
    wasmwright_others_imports_t of_others;
    memset(&of_linked, 0, sizeof of_linked);
    memset(&of_others, 0, sizeof of_others);
    of_linked.env_table = of_others.env_table = table;
    of_linked.host_throw = throws;
    of_others.env_typed = &typed;
    of_others.env_objects = objects;
    of_others.env_object = &object;
    of_others.env_leave = leave;
    wasmwright_linked_t *linked = wasmwright_linked_instantiate(&of_linked, NULL);
    others = wasmwright_others_instantiate(&of_others, NULL);
    CHECK(linked && others);
    CHECK_EQUAL(linked_put(linked), WASMWRIGHT_OK);
    CHECK_EQUAL(others_put(others, OTHERS), WASMWRIGHT_OK);
    *others_own(others) = 40;

    uint32_t word = 0;
    CHECK_EQUAL(others_call(others, ADD, 1, &word), WASMWRIGHT_OK);
    CHECK_EQUAL(word, 501);
    CHECK_EQUAL(linked_call(linked, ADD, 2, &word), WASMWRIGHT_OK);
    CHECK_EQUAL(word, 503);
    CHECK_EQUAL(others_tail(others, ADD, 3, &word), WASMWRIGHT_OK);
    CHECK_EQUAL(word, 506);
    CHECK_EQUAL(others_call(others, LOAD, 65533, &word), WASMWRIGHT_TRAP_MEMORY_OUT_OF_BOUNDS);
    CHECK_EQUAL(linked_call(linked, OTHERS, 2, &word), WASMWRIGHT_OK);
    CHECK_EQUAL(word, 42);
    CHECK_EQUAL(linked_catch_call(linked, OTHERS + 1, 2, &word), WASMWRIGHT_TRAP_UNREACHABLE);
    CHECK_EQUAL(linked_catch_call(linked, THROW, 2, &word), WASMWRIGHT_OK);
    CHECK_EQUAL(word, ~UINT32_C(0));
    CHECK_EQUAL(linked_call(linked, THROW, 2, &word), WASMWRIGHT_TRAP_UNCAUGHT_EXCEPTION);

    CHECK_EQUAL(linked_catch(linked, 0, &word), WASMWRIGHT_OK);
    CHECK_EQUAL(word, 0);
    CHECK_EQUAL(linked_catch(linked, 1, &word), WASMWRIGHT_TRAP_UNCAUGHT_EXCEPTION);
    CHECK_EQUAL(linked_catch(linked, 2, &word), WASMWRIGHT_OK);
    CHECK_EQUAL(word, 1);

    wasmwright_linked_free(linked);
    CHECK_EQUAL(others_call(others, ADD, 1, &word), WASMWRIGHT_TRAP_UNINITIALIZED_ELEMENT);
    wasmwright_others_free(others);
    wasmwright_others_table_destroy(table);
    wasmwright_others_table_destroy(objects);
    puts("done");
    return 0;
}
