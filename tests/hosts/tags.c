/* Tags of one library in another: what makes two of them one is their address. */

#include "tags.h"
#include "giver.h"
#include "check.h"

#include <string.h>

static wasmwright_giver_t *giver;

/* Passes on what another instance throws; or throws itself, or does not. */
static wasmwright_trap_t throws(void *user, wasmwright_tags_t *instance, uint32_t how, uint32_t p1, uint64_t p2) {
    (void)user;
    wasmwright_exception_t exception = {NULL, 0, NULL};
    const wasmwright_v128_t values[] = {{p1, 0}, {p2, 0}};
    switch (how) {
    case 0:
    case 1:
        CHECK_EQUAL(giver_throw(giver, how, p1, p2), WASMWRIGHT_TRAP_UNCAUGHT_EXCEPTION);
        CHECK(wasmwright_giver_exception(giver, &exception) && exception.value_count == 2);
        CHECK(exception.tag == (how ? giver_second(giver) : giver_first(giver)));
        CHECK(exception.values[0].low == p1 && exception.values[1].low == p2);
        return wasmwright_tags_throw(instance, &exception);
    case 2:
    case 3:
        exception.tag = giver_second(giver);
        exception.value_count = how == 2 ? 2 : 1;
        exception.values = values;
        return wasmwright_tags_throw(instance, &exception);
    case 4: /* thrown, and then another code */
        exception.tag = giver_second(giver);
        CHECK_EQUAL(wasmwright_tags_throw(instance, &exception), WASMWRIGHT_TRAP_UNCAUGHT_EXCEPTION);
        return WASMWRIGHT_FIRST_HOST_CODE;
    case 5: /* nothing thrown */
        return WASMWRIGHT_TRAP_UNCAUGHT_EXCEPTION;
    default:
        return WASMWRIGHT_OK;
    }
}

static wasmwright_tags_t *make(wasmwright_tag_t *one, wasmwright_tag_t *two, uint32_t why_not) {
    wasmwright_tags_imports_t imports;
    wasmwright_tags_error_t error;
    memset(&imports, 0, sizeof imports);
    memset(&error, 0, sizeof error);
    imports.give_one = one;
    imports.give_two = two;
    imports.host_throw = throws;
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

/* An instance that imports both tags of the giver, and what a function of the host throws. */
static void of_host(wasmwright_tags_t *instance) {
    wasmwright_exception_t exception;
    CHECK(!wasmwright_tags_exception(instance, &exception) || exception.tag);
    for (uint32_t passes = 0; passes < 2; passes++) {
        for (uint32_t how = 0; how < 4; how++) {
            uint32_t word = 0, handler = 9;
            uint64_t large = 9, expected = UINT64_C(5) << 40;
            CHECK_EQUAL(tags_of_host(instance, passes, how, 7, expected, &word, &large, &handler), WASMWRIGHT_OK);
            CHECK(word == 7 && large == (how == 3 ? 0 : expected) && handler == (how ? 2 : 1));
            if (!passes) {
                CHECK_EQUAL(tags_of_host_kept(instance, how, 8, expected, &word, &large, &handler), WASMWRIGHT_OK);
                CHECK(word == 8 && large == (how == 3 ? 0 : expected) && handler == (how ? 2 : 1));
            }
        }
        uint32_t word = 0, handler = 9;
        uint64_t large = 9;
        CHECK_EQUAL(tags_of_host(instance, passes, 4, 7, 8, &word, &large, &handler), WASMWRIGHT_FIRST_HOST_CODE);
        CHECK_EQUAL(tags_of_host(instance, passes, 5, 7, 8, &word, &large, &handler),
                    WASMWRIGHT_TRAP_UNCAUGHT_EXCEPTION);
        CHECK(!wasmwright_tags_exception(instance, &exception) && !exception.tag);
        CHECK_EQUAL(tags_of_host(instance, passes, 6, 7, 8, &word, &large, &handler), WASMWRIGHT_OK);
        CHECK_EQUAL(handler, 0);
    }
    /* With nobody to throw it to. */
    exception.tag = giver_first(giver);
    exception.value_count = 0;
    exception.values = NULL;
    CHECK_EQUAL(wasmwright_tags_throw(instance, &exception), WASMWRIGHT_TRAP_UNCAUGHT_EXCEPTION);
    CHECK(!wasmwright_tags_exception(instance, &exception));
    CHECK_EQUAL(tags_throw(instance, 0, 11, 12), WASMWRIGHT_TRAP_UNCAUGHT_EXCEPTION);
    CHECK(wasmwright_tags_exception(instance, &exception) && exception.value_count == 2);
    CHECK(exception.values[0].low == 11 && exception.values[1].low == 12);
}

int main(void) {
    giver = wasmwright_giver_instantiate(NULL, NULL);
    wasmwright_giver_t *others = wasmwright_giver_instantiate(NULL, NULL);
    CHECK(giver && others);
    wasmwright_tag_t *first = giver_first(giver), *second = giver_second(giver);
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
        of_host(different);
        for (unsigned index = 0; index < 4; index++)
            wasmwright_tags_free(all[index]);
    }
    make(first, NULL, WASMWRIGHT_ERROR_MISSING_IMPORT);
    make(first, giver_other(giver), WASMWRIGHT_ERROR_INCOMPATIBLE_IMPORT);
    CHECK(!wasmwright_tags_instantiate(NULL, NULL));
    wasmwright_giver_free(giver);
    wasmwright_giver_free(others);
    puts("done");
    return 0;
}
