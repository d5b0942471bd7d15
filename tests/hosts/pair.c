/* Two static libraries in one program: neither has anything of the other's. */

#include "first.h"
#include "second.h"
#include "check.h"

int main(void) {
    for (int round = 0; round < 3; round++) {
        wasmwright_first_t *first = wasmwright_first_instantiate(NULL, NULL);
        wasmwright_second_t *second = wasmwright_second_instantiate(NULL, NULL);
        CHECK(first && second);
        uint32_t result = 0;
        for (uint32_t value = 1; value < 4; value++) {
            CHECK_EQUAL(first_catch(first, value, &result), WASMWRIGHT_OK);
            CHECK_EQUAL(result, value);
            CHECK_EQUAL(first_load(first, 65533, &result), WASMWRIGHT_TRAP_MEMORY_OUT_OF_BOUNDS);
            CHECK_EQUAL(second_load(second, 65533, &result), WASMWRIGHT_TRAP_MEMORY_OUT_OF_BOUNDS);
        }
        CHECK_EQUAL(second_catch(second, 77, &result), WASMWRIGHT_OK);
        CHECK_EQUAL(result, 77);
        CHECK_EQUAL(first_count(first, &result), WASMWRIGHT_OK);
        CHECK_EQUAL(result, 3);
        CHECK_EQUAL(second_count(second, &result), WASMWRIGHT_OK);
        CHECK_EQUAL(result, 1);
        wasmwright_first_free(first);
        CHECK_EQUAL(second_load(second, 0, &result), WASMWRIGHT_OK);
        CHECK_EQUAL(result, 0);
        wasmwright_second_free(second);
    }
    puts("done");
    return 0;
}
