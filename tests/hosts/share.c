/* Two instances that share a memory, a table and a global of the host. */

#include "share.h"
#include "check.h"

#include <string.h>

static uint32_t shared = 1;

static wasmwright_share_t *make(wasmwright_memory_t *memory, wasmwright_table_t *table, uint32_t code) {
    wasmwright_share_imports_t imports;
    wasmwright_share_error_t error;
    memset(&imports, 0, sizeof imports);
    memset(&error, 0, sizeof error);
    imports.env_memory = memory;
    imports.env_table = table;
    imports.env_shared = &shared;
    wasmwright_share_t *instance = wasmwright_share_instantiate(&imports, &error);
    CHECK_EQUAL(error.code, code);
    CHECK(!instance == (code != 0));
    return instance;
}

int main(void) {
    wasmwright_memory_t *memory = wasmwright_share_memory_create(65536, 8 * 65536);
    wasmwright_memory_t *small = wasmwright_share_memory_create(0, 8 * 65536);
    wasmwright_memory_t *large = wasmwright_share_memory_create(65536, 9 * 65536);
    wasmwright_table_t *table = wasmwright_share_table_create(2, 20);
    wasmwright_table_t *short_table = wasmwright_share_table_create(1, 20);
    CHECK(memory && small && large && table && short_table);
    CHECK(!wasmwright_share_memory_create(1, 65536));
    CHECK(!wasmwright_share_memory_create(65536, 0));
    make(NULL, table, WASMWRIGHT_ERROR_MISSING_IMPORT);
    make(small, table, WASMWRIGHT_ERROR_INCOMPATIBLE_IMPORT);
    make(large, table, WASMWRIGHT_ERROR_INCOMPATIBLE_IMPORT);
    make(memory, short_table, WASMWRIGHT_ERROR_INCOMPATIBLE_IMPORT);
    wasmwright_share_t *one = make(memory, table, 0), *two = make(memory, table, 0);

    uint32_t word = 0;
    CHECK_EQUAL(share_load(two, 8, &word), WASMWRIGHT_OK);
    CHECK_EQUAL(word, 'f');
    CHECK_EQUAL(share_store(one, 100, 42), WASMWRIGHT_OK);
    CHECK_EQUAL(share_load(two, 100, &word), WASMWRIGHT_OK);
    CHECK_EQUAL(word, 42);
    CHECK_EQUAL(share_load(one, 65536, &word), WASMWRIGHT_TRAP_MEMORY_OUT_OF_BOUNDS);
    CHECK_EQUAL(share_load(two, 65536, &word), WASMWRIGHT_TRAP_MEMORY_OUT_OF_BOUNDS);
    CHECK_EQUAL(share_grow(one, 1, &word), WASMWRIGHT_OK);
    CHECK_EQUAL(share_load(two, 65536, &word), WASMWRIGHT_OK);
    CHECK_EQUAL(wasmwright_share_memory_size(memory), 2 * 65536);
    CHECK_EQUAL(wasmwright_share_memory_data(memory)[100], 42);

    /* A function of one, called by the other, works on its own instance. */
    *share_own(one) = 1000;
    *share_own(two) = 2000;
    CHECK_EQUAL(share_put(one, 0), WASMWRIGHT_OK);
    CHECK_EQUAL(share_put(two, 1), WASMWRIGHT_OK);
    CHECK_EQUAL(share_call(two, 0, 1, &word), WASMWRIGHT_OK);
    CHECK_EQUAL(word, 1001);
    CHECK_EQUAL(share_call(one, 1, 2, &word), WASMWRIGHT_OK);
    CHECK_EQUAL(word, 2002);
    CHECK_EQUAL(share_add(one, 3), WASMWRIGHT_OK);
    CHECK_EQUAL(share_add(two, 5), WASMWRIGHT_OK);
    CHECK_EQUAL(shared, 9);

    wasmwright_share_free(one);
    CHECK_EQUAL(share_load(two, 100, &word), WASMWRIGHT_OK);
    CHECK_EQUAL(word, 42);
    wasmwright_share_free(two);
    wasmwright_share_memory_destroy(memory);
    wasmwright_share_memory_destroy(small);
    wasmwright_share_memory_destroy(large);
    wasmwright_share_table_destroy(table);
    wasmwright_share_table_destroy(short_table);
    puts("done");
    return 0;
}
