/* A library of two modules, of which the host sees one. */

#include "chain.h"
#include "check.h"

#include <pthread.h>
#include <string.h>
#include <unistd.h>

static uint32_t told[64], count;
static wasmwright_chain_t *current;

/* The instance is that of the module that the host knows, whichever called. */
static wasmwright_trap_t host_log(void *user, wasmwright_chain_t *instance, uint32_t p0) {
    CHECK(user == &count);
    CHECK(!current || instance == current);
    CHECK(count < 64);
    told[count++] = p0;
    if (p0 == 33) {
        uint32_t result;
        CHECK_EQUAL(chain_bump(instance, 1, &result), WASMWRIGHT_OK);
        CHECK_EQUAL(result, 10);
        CHECK_EQUAL(*chain_mine(instance), 10);
    }
    return WASMWRIGHT_OK;
}

static void *interrupt_soon(void *instance) {
    usleep(3000);
    wasmwright_chain_interrupt(instance);
    return NULL;
}

int main(void) {
    wasmwright_memory_t *memory = wasmwright_chain_memory_create(65536, 4 * 65536);
    wasmwright_chain_imports_t imports;
    memset(&imports, 0, sizeof imports);
    imports.user = &count;
    /* One member for what both modules import, none for what one hands on. */
    CHECK_EQUAL(sizeof imports, 5 * sizeof(void *));
    imports.env_log = host_log;
    imports.env_shared = memory;
    wasmwright_chain_t *instance = wasmwright_chain_instantiate(&imports, NULL);
    CHECK(instance);
    CHECK_EQUAL(count, 2);
    CHECK_EQUAL(told[0], 1);
    CHECK_EQUAL(told[1], 70);
    CHECK(chain_memory(instance) == memory);
    current = instance;

    CHECK_EQUAL(chain_tell(instance, 33), WASMWRIGHT_OK);
    CHECK_EQUAL(told[2], 33);
    CHECK_EQUAL(*chain_calls(instance), 1);
    CHECK_EQUAL(chain_log_all(instance), WASMWRIGHT_OK);
    CHECK(told[3] == 20 && told[4] == 21 && told[5] == 22);

    uint32_t result;
    wasmwright_chain_memory_data(memory)[3] = 200;
    CHECK_EQUAL(chain_load(instance, 3, &result), WASMWRIGHT_OK);
    CHECK_EQUAL(result, 200);

    for (int round = 0; round < 3; round++) {
        CHECK_EQUAL(chain_fail(instance, 5), WASMWRIGHT_TRAP_MEMORY_OUT_OF_BOUNDS);
        CHECK_EQUAL(chain_deep(instance, 5, &result), WASMWRIGHT_TRAP_STACK_OVERFLOW);
        pthread_t thread;
        wasmwright_chain_fuel_set(instance, UINT64_MAX);
        CHECK_EQUAL(pthread_create(&thread, NULL, interrupt_soon, instance), 0);
        CHECK_EQUAL(chain_spin(instance), WASMWRIGHT_TRAP_INTERRUPTED);
        CHECK_EQUAL(pthread_join(thread, NULL), 0);
        wasmwright_chain_fuel_set(instance, 10000);
        CHECK_EQUAL(chain_spin(instance), WASMWRIGHT_TRAP_OUT_OF_FUEL);
        CHECK_EQUAL(wasmwright_chain_fuel_get(instance), 0);
        wasmwright_chain_fuel_set(instance, 1 << 30);
        CHECK_EQUAL(chain_bump(instance, 1, &result), WASMWRIGHT_OK);
    }
    wasmwright_chain_free(instance);
    wasmwright_chain_memory_destroy(memory);
    puts("done");
    return 0;
}
