/* Instances after others that were freed: what their memories lie in may have been those of the others. */

#include "again.h"
#include "check.h"

enum { PAGE = 65536, ROUNDS = 100, AT_ONCE = 40 };

static void check_one(wasmwright_again_t *instance, uint32_t pages) {
    uint32_t word = 0;
    CHECK_EQUAL(again_load(instance, 8, &word), WASMWRIGHT_OK);
    CHECK_EQUAL(word, 0x61746164);
    CHECK_EQUAL(again_load_other(instance, 2 * PAGE - 4, &word), WASMWRIGHT_OK);
    CHECK_EQUAL(word, 0);
    for (uint32_t page = 1; page <= pages; page++) {
        CHECK_EQUAL(again_load(instance, page * PAGE - 4, &word), WASMWRIGHT_OK);
        CHECK_EQUAL(word, 0);
        CHECK_EQUAL(again_store(instance, page * PAGE - 4, 0xa5a5a5a5), WASMWRIGHT_OK);
        CHECK_EQUAL(again_load(instance, page * PAGE, &word), WASMWRIGHT_TRAP_MEMORY_OUT_OF_BOUNDS);
        if (page < pages) {
            CHECK_EQUAL(again_grow(instance, 1, &word), WASMWRIGHT_OK);
            CHECK_EQUAL(word, page);
        }
    }
    CHECK_EQUAL(again_store(instance, 8, 1), WASMWRIGHT_OK);
    CHECK_EQUAL(again_store_other(instance, 2 * PAGE - 4, 1), WASMWRIGHT_OK);
    CHECK_EQUAL(again_load_other(instance, 2 * PAGE, &word), WASMWRIGHT_TRAP_MEMORY_OUT_OF_BOUNDS);
}

int main(void) {
    static wasmwright_again_t *instances[AT_ONCE];
    for (uint32_t round = 0; round < ROUNDS; round++) {
        uint32_t count = round % 10 == 9 ? AT_ONCE : 1 + round % 3;
        for (uint32_t i = 0; i < count; i++) {
            instances[i] = wasmwright_again_instantiate(NULL, NULL);
            CHECK(instances[i]);
            check_one(instances[i], 1 + (round + i) % 4);
        }
        for (uint32_t i = 0; i < count; i++)
            wasmwright_again_free(instances[i]);
    }
    puts("done");
    return 0;
}
