/* Every kind of trap ends its call and nothing else, at any depth of calls between host and guest. */

#include "traps.h"
#include "check.h"
#ifdef NO_SIGNALS
#include "quiet.h"
#endif

#include <signal.h>
#include <string.h>

typedef wasmwright_trap_t (*function)(wasmwright_traps_t *, uint32_t);

static wasmwright_trap_t wide(wasmwright_traps_t *instance, uint32_t argument) {
    uint32_t unused;
    return traps_wide(instance, argument, &unused);
}

static const struct {
    function call;
    uint32_t argument, expected;
} traps[] = {
    {traps_unreachable, 0, WASMWRIGHT_TRAP_UNREACHABLE},
    {traps_load, 65533, WASMWRIGHT_TRAP_MEMORY_OUT_OF_BOUNDS},
    {traps_load, 0xffffffff, WASMWRIGHT_TRAP_MEMORY_OUT_OF_BOUNDS},
    {traps_store_far, 0xffffffff, WASMWRIGHT_TRAP_MEMORY_OUT_OF_BOUNDS},
    {traps_fill, 1, WASMWRIGHT_TRAP_MEMORY_OUT_OF_BOUNDS},
    {traps_table, 3, WASMWRIGHT_TRAP_TABLE_OUT_OF_BOUNDS},
    {traps_undefined, 0, WASMWRIGHT_TRAP_UNDEFINED_ELEMENT},
    {traps_uninitialized, 0, WASMWRIGHT_TRAP_UNINITIALIZED_ELEMENT},
    {traps_mismatch, 0, WASMWRIGHT_TRAP_INDIRECT_CALL_TYPE_MISMATCH},
    {traps_divide, 5, WASMWRIGHT_TRAP_INTEGER_DIVIDE_BY_ZERO},
    {traps_overflow, 5, WASMWRIGHT_TRAP_INTEGER_OVERFLOW},
    {traps_convert, 5, WASMWRIGHT_TRAP_INVALID_CONVERSION_TO_INTEGER},
    {traps_deep, 0, WASMWRIGHT_TRAP_STACK_OVERFLOW},
    {wide, 0, WASMWRIGHT_TRAP_STACK_OVERFLOW},
    {traps_null_call, 0, WASMWRIGHT_TRAP_NULL_FUNCTION_REFERENCE},
    {traps_throw, 7, WASMWRIGHT_TRAP_UNCAUGHT_EXCEPTION},
    {traps_raise, 0x1234, 0x1234},
    {traps_raise, WASMWRIGHT_TRAP_INTEGER_OVERFLOW, WASMWRIGHT_TRAP_INTEGER_OVERFLOW},
    {traps_raise, 0, WASMWRIGHT_OK},
};

enum { KINDS = sizeof traps / sizeof *traps };

static wasmwright_trap_t host_raise(void *user, wasmwright_traps_t *instance, uint32_t p0) {
    (void)user, (void)instance;
    return p0;
}

/* Calls a trap of each kind from within, then goes deeper; at the bottom a trap passes through all. */
static wasmwright_trap_t host_enter(void *user, wasmwright_traps_t *instance, uint32_t p0) {
    int *depth = user;
    (*depth)++;
    CHECK_EQUAL(traps[p0 % KINDS].call(instance, traps[p0 % KINDS].argument), traps[p0 % KINDS].expected);
    wasmwright_trap_t code = p0 == 0 ? 0x4242 : traps_enter(instance, p0 - 1);
    (*depth)--;
    return code;
}

/* Recursion through the host, without end. */
static wasmwright_trap_t host_recurse(void *user, wasmwright_traps_t *instance, uint32_t p0) {
    (void)user;
    return traps_enter(instance, p0 + 1);
}

static wasmwright_trap_t host_exit(void *user, wasmwright_traps_t *instance, uint32_t p0) {
    (void)user;
    return wasmwright_traps_exit(instance, p0);
}

static void all(wasmwright_traps_t *instance) {
    uint32_t word = 0;
    for (int kind = 0; kind < KINDS; kind++) {
        CHECK_EQUAL(traps[kind].call(instance, traps[kind].argument), traps[kind].expected);
        CHECK_EQUAL(traps_ok(instance, (uint32_t)kind, &word), WASMWRIGHT_OK);
        CHECK_EQUAL(word, kind + 1);
        CHECK_EQUAL(traps_caught(instance, 77, &word), WASMWRIGHT_OK);
        CHECK_EQUAL(word, 77);
    }
}

int main(void) {
#ifdef NO_SIGNALS
    forbid_system_calls_about_signals();
#endif
    int depth = 0;
    wasmwright_traps_imports_t imports;
    memset(&imports, 0, sizeof imports);
    imports.user = &depth;
    imports.env_raise = host_raise;
    imports.env_enter = host_enter;
    wasmwright_traps_t *instance = wasmwright_traps_instantiate(&imports, NULL);
    CHECK(instance);
    for (int round = 0; round < 20; round++)
        all(instance);
    CHECK_EQUAL(traps_enter(instance, 40), 0x4242);
    CHECK_EQUAL(depth, 0);
    wasmwright_traps_free(instance);

    imports.env_enter = host_recurse;
    instance = wasmwright_traps_instantiate(&imports, NULL);
    CHECK_EQUAL(traps_enter(instance, 0), WASMWRIGHT_TRAP_STACK_OVERFLOW);
    wasmwright_traps_set_stack_size(instance, 64 << 10);
    CHECK_EQUAL(traps_enter(instance, 0), WASMWRIGHT_TRAP_STACK_OVERFLOW);
    CHECK_EQUAL(traps_deep(instance, 0), WASMWRIGHT_TRAP_STACK_OVERFLOW);
    wasmwright_traps_free(instance);

    imports.env_enter = host_exit;
    instance = wasmwright_traps_instantiate(&imports, NULL);
    CHECK_EQUAL(traps_enter(instance, 5), WASMWRIGHT_EXIT);
    CHECK_EQUAL(wasmwright_traps_exit_status(instance), 5);
    all(instance);
    wasmwright_traps_free(instance);
#ifdef NO_HANDLER
    struct sigaction action;
    CHECK_EQUAL(sigaction(SIGSEGV, NULL, &action), 0);
    CHECK(action.sa_handler == SIG_DFL);
#endif
    puts("done");
    return 0;
}
