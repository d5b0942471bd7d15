/* Tags of one library in another: what makes two of them one is their address. */

#include "tags.h"
#include "giver.h"
#include "check.h"

#include <string.h>

static wasmwright_tags_t *make(wasmwright_tag_t *one, wasmwright_tag_t *two, uint32_t why_not) {
    wasmwright_tags_imports_t imports;
    wasmwright_tags_error_t error;
    memset(&imports, 0, sizeof imports);
    memset(&error, 0, sizeof error);
    imports.give_one = one;
    imports.give_two = two;
    wasmwright_tags_t *instance = wasmwright_tags_instantiate(&imports, &error);
    CHECK_EQUAL(error.code, why_not);
    CHECK(!instance == (why_not != 0));
    CHECK(!why_not || strstr(error.message, "`give.two`"));
    return instance;
}

/* The handler that what is thrown with a tag comes to. */
static uint32_t handler(wasmwright_tags_t *instance, uint32_t which) {
    uint32_t word = 0, handler = 9;
    uint64_t large = 0;
    CHECK_EQUAL(tags_handler(instance, which, 5 + which, UINT64_C(1) << 40, &word, &large, &handler), WASMWRIGHT_OK);
    CHECK(word == 5 + which && large == UINT64_C(1) << 40);
    return handler;
}

int main(void) {
    wasmwright_giver_t *give = wasmwright_giver_instantiate(NULL, NULL);
    wasmwright_giver_t *others = wasmwright_giver_instantiate(NULL, NULL);
    CHECK(give && others);
    wasmwright_tag_t *first = giver_first(give), *second = giver_second(give);
    CHECK(first && second && first != second && first != giver_first(others));

    for (int round = 0; round < 3; round++) {
        wasmwright_tags_t *different = make(first, second, 0);
        wasmwright_tags_t *same = make(first, first, 0);
        wasmwright_tags_t *like = make(first, giver_first(others), 0);
        wasmwright_tags_t *again = make(tags_again(different), first, 0);
        CHECK(tags_again(different) == first && tags_again(again) == first);
        wasmwright_tags_t *all[] = {different, same, like, again};
        for (unsigned index = 0; index < 4; index++) {
            CHECK_EQUAL(handler(all[index], 0), 0);
            CHECK_EQUAL(handler(all[index], 1), 1);
            CHECK_EQUAL(handler(all[index], 2), index % 2 ? 1 : 2);
            for (uint32_t which = 0; which < 3; which++)
                CHECK_EQUAL(tags_throw(all[index], which, 1, 2), WASMWRIGHT_TRAP_UNCAUGHT_EXCEPTION);
        }
        for (unsigned index = 0; index < 4; index++)
            wasmwright_tags_free(all[index]);
    }
    make(first, NULL, WASMWRIGHT_ERROR_MISSING_IMPORT);
    make(first, giver_other(give), WASMWRIGHT_ERROR_INCOMPATIBLE_IMPORT);
    CHECK(!wasmwright_tags_instantiate(NULL, NULL));
    wasmwright_giver_free(give);
    wasmwright_giver_free(others);
    puts("done");
    return 0;
}
