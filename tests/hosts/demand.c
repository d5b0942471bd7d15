/* What a host allows an instance, and only that one: memories, tables, stack. */

#include "demand.h"
#include "check.h"

#include <string.h>

enum { PAGE = 65536 };

static wasmwright_limits_t none;

/* `limits` need not live longer than this. */
static wasmwright_demand_t *make(wasmwright_limits_t limits, uint32_t code) {
    wasmwright_demand_imports_t imports;
    wasmwright_demand_error_t error;
    memset(&imports, 0, sizeof imports);
    memset(&error, 0, sizeof error);
    imports.limits = &limits;
    wasmwright_demand_t *instance = wasmwright_demand_instantiate(&imports, &error);
    CHECK_EQUAL(error.code, code);
    CHECK(!instance == (code != 0));
    CHECK(code == 0 || strstr(error.message, "begins larger than the limits allow"));
    return instance;
}

typedef wasmwright_trap_t (*function)(wasmwright_demand_t *, uint32_t, uint32_t *);

static int32_t call(function function, wasmwright_demand_t *instance, uint32_t argument) {
    uint32_t result = 0;
    CHECK_EQUAL(function(instance, argument, &result), WASMWRIGHT_OK);
    return (int32_t)result;
}

/* How deep recursion can go, by steps of 64. */
static uint32_t depth(wasmwright_demand_t *instance) {
    uint32_t deep = 0, result;
    while (deep < 1 << 20 && demand_deep(instance, deep + 64, &result) == WASMWRIGHT_OK)
        deep += 64;
    CHECK_EQUAL(demand_deep(instance, deep + 64, &result), WASMWRIGHT_TRAP_STACK_OVERFLOW);
    return deep;
}

int main(void) {
    make((wasmwright_limits_t){.memory_bytes = 2 * PAGE - 1}, WASMWRIGHT_ERROR_LIMIT);
    make((wasmwright_limits_t){.memory_bytes = 1}, WASMWRIGHT_ERROR_LIMIT);
    make((wasmwright_limits_t){.table_elements = 1}, WASMWRIGHT_ERROR_LIMIT);

    wasmwright_demand_t *free = make(none, 0);
    wasmwright_demand_t *limited = make((wasmwright_limits_t){.memory_bytes = 4 * PAGE + 100, .table_elements = 5}, 0);
    wasmwright_demand_t *exact = make((wasmwright_limits_t){.memory_bytes = 2 * PAGE, .table_elements = 2}, 0);

    CHECK_EQUAL(call(demand_grow, exact, 0), 2);
    CHECK_EQUAL(call(demand_grow, exact, 1), -1);
    CHECK_EQUAL(call(demand_grow_second, exact, 1), 1);
    CHECK_EQUAL(call(demand_grow_second, exact, 1), -1);
    CHECK_EQUAL(call(demand_grow_table, exact, 1), -1);

    CHECK_EQUAL(call(demand_grow, limited, 3), -1);
    CHECK_EQUAL(call(demand_grow, limited, 2), 2);
    CHECK_EQUAL(call(demand_load, limited, 4 * PAGE - 1), 0);
    CHECK_EQUAL(call(demand_grow, limited, 1), -1);
    /* The host's hand is bound as well. */
    CHECK(!wasmwright_demand_memory_grow(demand_memory(limited), 1));
    CHECK_EQUAL(wasmwright_demand_memory_size(demand_memory(limited)), 4 * PAGE);
    CHECK_EQUAL(call(demand_grow_table, limited, 4), -1);
    CHECK_EQUAL(call(demand_grow_table, limited, 3), 2);
    CHECK_EQUAL(call(demand_grow_table, limited, 1), -1);

    /* What the module says holds for all. */
    CHECK_EQUAL(call(demand_grow, free, 6), 2);
    CHECK_EQUAL(call(demand_grow, free, 1), -1);
    CHECK_EQUAL(call(demand_grow_table, free, 98), 2);
    wasmwright_demand_t *generous = make((wasmwright_limits_t){.memory_bytes = UINT64_MAX, .table_elements = UINT64_MAX}, 0);
    CHECK_EQUAL(call(demand_grow, generous, 7), -1);
    CHECK_EQUAL(call(demand_grow_table, generous, 99), -1);

    wasmwright_demand_t *shallow = make((wasmwright_limits_t){.stack_bytes = 64 << 10}, 0);
    uint32_t usual = depth(free), little = depth(shallow);
    CHECK(little > 0 && little < usual / 4);
    wasmwright_demand_set_stack_size(shallow, 512 << 10);
    CHECK(depth(shallow) > usual / 2);

    wasmwright_demand_free(free);
    wasmwright_demand_free(limited);
    wasmwright_demand_free(exact);
    wasmwright_demand_free(generous);
    wasmwright_demand_free(shallow);
    puts("done");
    return 0;
}
