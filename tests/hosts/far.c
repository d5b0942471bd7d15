/* Instances of two libraries that call one another's functions through references in a table and a global:
 * each function runs on its own library's runtime, and leaves as a call of its own instance. */

#include "far.h"
#include "others.h"
#include "check.h"

#include <string.h>

enum { PLAIN, TRAP, DIVIDE, LOAD, DEEP, THROW, HOST, AGAIN, MANY, OTHER, FUNCTIONS, CODE = 0x2000 };

static wasmwright_reference_t typed, object;
static wasmwright_table_t *objects;

/* What is the same of both libraries. */
typedef struct side {
    void *instance;
    uint32_t base; /* where its functions are in the table */
    uint32_t *own, *next;
    wasmwright_trap_t (*call)(void *, uint32_t, uint32_t, uint32_t *);
    wasmwright_trap_t (*catch_all)(void *, uint32_t, uint32_t, uint32_t *);
    wasmwright_trap_t (*typed)(void *, uint32_t, uint32_t *);
    wasmwright_trap_t (*many)(void *, uint32_t, const wasmwright_v128_t *, wasmwright_reference_t, uint64_t *,
                              double *, wasmwright_v128_t *, wasmwright_reference_t *, uint32_t *);
    uint32_t (*exit_status)(void *);
} side_t;

#define SIDE(name)                                                                                             \
    static wasmwright_trap_t name##_leave(void *user, wasmwright_##name##_t *instance, uint32_t p0, uint32_t *r0) { \
        (void)user;                                                                                            \
        if (p0 == 1)                                                                                           \
            return CODE;                                                                                       \
        if (p0 == 2)                                                                                           \
            return wasmwright_##name##_exit(instance, 7);                                                      \
        *r0 = *name##_own(instance);                                                                           \
        return WASMWRIGHT_OK;                                                                                  \
    }                                                                                                          \
    static wasmwright_trap_t name##_do_call(void *instance, uint32_t index, uint32_t value, uint32_t *result) { \
        return name##_call(instance, index, value, result);                                                    \
    }                                                                                                          \
    static wasmwright_trap_t name##_do_catch(void *instance, uint32_t index, uint32_t value, uint32_t *result) { \
        return name##_catch(instance, index, value, result);                                                   \
    }                                                                                                          \
    static wasmwright_trap_t name##_do_typed(void *instance, uint32_t value, uint32_t *result) {               \
        return name##_typed(instance, value, result);                                                          \
    }                                                                                                          \
    static wasmwright_trap_t name##_do_many(void *instance, uint32_t index, const wasmwright_v128_t *vector,    \
                                            wasmwright_reference_t object, uint64_t *large, double *number,    \
                                            wasmwright_v128_t *inverted, wasmwright_reference_t *same,         \
                                            uint32_t *word) {                                                  \
        return name##_many(instance, index, vector, object, large, number, inverted, same, word);              \
    }                                                                                                          \
    static uint32_t name##_status(void *instance) { return wasmwright_##name##_exit_status(instance); }        \
    static side_t name##_make_side(wasmwright_##name##_t *instance, uint32_t base, uint32_t own) {                  \
        *name##_own(instance) = own;                                                                           \
        CHECK_EQUAL(name##_put(instance, base), WASMWRIGHT_OK);                                                \
        side_t side = {instance, base, name##_own(instance), name##_next(instance), name##_do_call,            \
                       name##_do_catch, name##_do_typed, name##_do_many, name##_status};                       \
        return side;                                                                                           \
    }

SIDE(far)
SIDE(others)

static void calls(const side_t *caller, const side_t *callee) {
    uint32_t word = 0, own = *callee->own, base = callee->base;
    void *instance = caller->instance;
    CHECK_EQUAL(caller->call(instance, base + PLAIN, 5, &word), WASMWRIGHT_OK);
    CHECK_EQUAL(word, own + 5);
    CHECK_EQUAL(caller->call(instance, base + TRAP, 0, &word), WASMWRIGHT_TRAP_UNREACHABLE);
    CHECK_EQUAL(caller->call(instance, base + DIVIDE, 0, &word), WASMWRIGHT_TRAP_INTEGER_DIVIDE_BY_ZERO);
    CHECK_EQUAL(caller->call(instance, base + LOAD, 65532, &word), WASMWRIGHT_OK);
    CHECK_EQUAL(caller->call(instance, base + LOAD, 65533, &word), WASMWRIGHT_TRAP_MEMORY_OUT_OF_BOUNDS);
    CHECK_EQUAL(caller->call(instance, base + DEEP, 0, &word), WASMWRIGHT_TRAP_STACK_OVERFLOW);
    CHECK_EQUAL(caller->call(instance, base + THROW, 0, &word), WASMWRIGHT_TRAP_UNCAUGHT_EXCEPTION);
    CHECK_EQUAL(caller->call(instance, base + HOST, 0, &word), WASMWRIGHT_OK);
    CHECK_EQUAL(word, own);
    CHECK_EQUAL(caller->call(instance, base + HOST, 1, &word), CODE);
    CHECK_EQUAL(caller->call(instance, base + HOST, 2, &word), WASMWRIGHT_EXIT);
    CHECK_EQUAL(callee->exit_status(callee->instance), 7);
    CHECK_EQUAL(caller->call(instance, base + MANY, 0, &word), WASMWRIGHT_TRAP_INDIRECT_CALL_TYPE_MISMATCH);
    CHECK_EQUAL(caller->catch_all(instance, base + MANY, 0, &word), WASMWRIGHT_TRAP_INDIRECT_CALL_TYPE_MISMATCH);

    uint64_t large = 0;
    double number = 0;
    wasmwright_v128_t vector = {3, ~UINT64_C(0)}, inverted = {0, 0};
    wasmwright_reference_t same = NULL;
    CHECK_EQUAL(caller->many(instance, base + PLAIN, &vector, &typed, &large, &number, &inverted, &same, &word),
                WASMWRIGHT_TRAP_INDIRECT_CALL_TYPE_MISMATCH);
    CHECK_EQUAL(caller->many(instance, base + MANY, &vector, &typed, &large, &number, &inverted, &same, &word),
                WASMWRIGHT_OK);
    CHECK(large == 29 && number == 4.5 && inverted.low == ~UINT64_C(3) && inverted.high == 0);
    CHECK(same == &typed && word == own + 8);
}

/* Exceptions go on where the function was called from. */
static void exceptions(const side_t *one, const side_t *two) {
    uint32_t word = 0;
    CHECK_EQUAL(one->catch_all(one->instance, one->base + THROW, 0, &word), WASMWRIGHT_OK);
    CHECK_EQUAL(word, ~UINT32_C(0));
    word = 0;
    CHECK_EQUAL(one->catch_all(one->instance, two->base + THROW, 0, &word), WASMWRIGHT_OK);
    CHECK_EQUAL(word, ~UINT32_C(0));
}

static void back_and_forth(side_t *one, side_t *two) {
    uint32_t depth = 0;
    *one->next = two->base + AGAIN;
    *two->next = one->base + AGAIN;
    CHECK_EQUAL(one->call(one->instance, two->base + AGAIN, 100, &depth), WASMWRIGHT_OK);
    CHECK_EQUAL(depth, 100);
    CHECK_EQUAL(two->call(two->instance, two->base + AGAIN, 1000000000, &depth), WASMWRIGHT_TRAP_STACK_OVERFLOW);
    CHECK_EQUAL(one->call(one->instance, two->base + AGAIN, 50, &depth), WASMWRIGHT_OK);
    CHECK_EQUAL(depth, 50);
}

/* Types that only one of the libraries has, or that only look the same. */
static void types(wasmwright_far_t *far, wasmwright_others_t *others, uint32_t far_base, uint32_t others_base) {
    uint32_t word = 0;
    uint64_t large = 0;
    CHECK_EQUAL(others_call(others, far_base + OTHER, 0, &word), WASMWRIGHT_TRAP_INDIRECT_CALL_TYPE_MISMATCH);
    CHECK_EQUAL(others_tail(others, far_base + OTHER, 0, &word), WASMWRIGHT_TRAP_INDIRECT_CALL_TYPE_MISMATCH);
    CHECK_EQUAL(others_tail(others, far_base + MANY, 0, &word), WASMWRIGHT_TRAP_INDIRECT_CALL_TYPE_MISMATCH);
    CHECK_EQUAL(far_call(far, far_base + OTHER, 0, &word), WASMWRIGHT_TRAP_INDIRECT_CALL_TYPE_MISMATCH);
    CHECK_EQUAL(far_call_nullary(far, others_base, &large), WASMWRIGHT_TRAP_INDIRECT_CALL_TYPE_MISMATCH);
    CHECK_EQUAL(far_call_nullary(far, others_base + OTHER, &large), WASMWRIGHT_TRAP_UNINITIALIZED_ELEMENT);
    CHECK_EQUAL(others_tail(others, far_base + PLAIN, 6, &word), WASMWRIGHT_OK);
    CHECK_EQUAL(word, *far_own(far) + 6);
    CHECK_EQUAL(others_tail(others, far_base + TRAP, 6, &word), WASMWRIGHT_TRAP_UNREACHABLE);
    CHECK_EQUAL(others_tail(others, far_base + DEEP, 6, &word), WASMWRIGHT_TRAP_STACK_OVERFLOW);
}

/* An instance that imports the table of one of another library. */
static void table_of_one(wasmwright_far_t *far, wasmwright_others_imports_t *imports) {
    wasmwright_table_t *before = imports->env_table;
    wasmwright_reference_t typed_before = typed;
    imports->env_table = far_mine(far);
    wasmwright_others_t *borrower = wasmwright_others_instantiate(imports, NULL);
    imports->env_table = before;
    CHECK(borrower);
    uint32_t word = 0;
    *others_own(borrower) = 3000;
    CHECK_EQUAL(others_call(borrower, PLAIN, 1, &word), WASMWRIGHT_OK);
    CHECK_EQUAL(word, *far_own(far) + 1);
    CHECK_EQUAL(others_put(borrower, FUNCTIONS), WASMWRIGHT_OK);
    CHECK_EQUAL(far_call_mine(far, FUNCTIONS + PLAIN, 1, &word), WASMWRIGHT_OK);
    CHECK_EQUAL(word, 3001);
    CHECK_EQUAL(far_call_mine(far, FUNCTIONS + LOAD, 65533, &word), WASMWRIGHT_TRAP_MEMORY_OUT_OF_BOUNDS);
    CHECK_EQUAL(far_call_mine(far, FUNCTIONS + MANY, 1, &word), WASMWRIGHT_TRAP_INDIRECT_CALL_TYPE_MISMATCH);
    wasmwright_others_free(borrower);
    CHECK_EQUAL(far_call_mine(far, FUNCTIONS + PLAIN, 1, &word), WASMWRIGHT_TRAP_UNINITIALIZED_ELEMENT);
    CHECK_EQUAL(far_call_mine(far, PLAIN, 1, &word), WASMWRIGHT_OK);
    CHECK(!typed);
    typed = typed_before;
}

#ifdef LIMITED
/* What ends a call of the callee ends that of the caller, of which nobody asked it. */
static void limits(wasmwright_far_t *far, wasmwright_others_t *others, uint32_t far_base) {
    uint32_t word = 0;
    wasmwright_far_fuel_set(far, 3);
    CHECK_EQUAL(others_call(others, far_base + DEEP, 0, &word), WASMWRIGHT_TRAP_OUT_OF_FUEL);
    CHECK_EQUAL(others_call(others, far_base + DEEP, 0, &word), WASMWRIGHT_TRAP_OUT_OF_FUEL);
    wasmwright_far_fuel_set(far, UINT64_C(1) << 40);
    wasmwright_far_interrupt(far);
    CHECK_EQUAL(others_call(others, far_base + DEEP, 0, &word), WASMWRIGHT_TRAP_INTERRUPTED);
    CHECK_EQUAL(others_call(others, far_base + DEEP, 0, &word), WASMWRIGHT_TRAP_STACK_OVERFLOW);
}
#endif

int main(void) {
    wasmwright_table_t *table = wasmwright_others_table_create(2 * FUNCTIONS, 2 * FUNCTIONS);
    objects = wasmwright_others_table_create(2, 2);
    CHECK(table && objects);
    wasmwright_far_imports_t of_far;
    wasmwright_others_imports_t of_others;
    memset(&of_far, 0, sizeof of_far);
    memset(&of_others, 0, sizeof of_others);
    of_far.env_table = of_others.env_table = table;
    of_far.env_typed = of_others.env_typed = &typed;
    of_far.env_leave = far_leave;
    of_others.env_leave = others_leave;
    of_others.env_objects = objects;
    of_others.env_object = &object;
    wasmwright_others_t *others = wasmwright_others_instantiate(&of_others, NULL);
    CHECK(others);
    for (int round = 0; round < 2; round++) {
        wasmwright_far_t *far = wasmwright_far_instantiate(&of_far, NULL);
        CHECK(far);
        side_t near_side = others_make_side(others, 0, 1000), far_side = far_make_side(far, FUNCTIONS, 2000);
        calls(&near_side, &far_side);
        calls(&far_side, &near_side);
        calls(&near_side, &near_side);
        calls(&far_side, &far_side);
        exceptions(&near_side, &far_side);
        exceptions(&far_side, &near_side);
        back_and_forth(&near_side, &far_side);
        back_and_forth(&far_side, &near_side);
        types(far, others, FUNCTIONS, 0);
#ifdef LIMITED
        limits(far, others, FUNCTIONS);
#endif
        table_of_one(far, &of_others);
        /* What refers to functions of an instance that is no more is null, where it is the host's. */
        uint32_t word = 0;
        CHECK_EQUAL(others_typed(others, 1, &word), WASMWRIGHT_OK);
        CHECK_EQUAL(word, *far_own(far) + 1);
        wasmwright_far_free(far);
        CHECK(!typed);
        CHECK_EQUAL(others_typed(others, 1, &word), WASMWRIGHT_TRAP_NULL_FUNCTION_REFERENCE);
        CHECK_EQUAL(others_call(others, FUNCTIONS + PLAIN, 1, &word), WASMWRIGHT_TRAP_UNINITIALIZED_ELEMENT);
        CHECK_EQUAL(others_call(others, 0 + PLAIN, 1, &word), WASMWRIGHT_OK);
    }
    wasmwright_others_free(others);
    wasmwright_others_table_destroy(table);
    wasmwright_others_table_destroy(objects);
    puts("done");
    return 0;
}
