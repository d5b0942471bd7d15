/* What the host of a script has besides its modules. To be included behind their headers, where there
 * are any. */

#ifndef SPECTEST_H
#define SPECTEST_H

#include "directives.h"

static inline uint32_t spectest_make(void **instance) {
    static int spectest;
    *instance = &spectest;
    return 0;
}

#ifdef WASMWRIGHT_SHARED

/* The first library that imports them makes them for all. */
static wasmwright_memory_t *spectest_memory;
static wasmwright_table_t *spectest_table;

static inline uint32_t status_of(const wasmwright_error_t *error) {
    switch (error->code) {
    case WASMWRIGHT_ERROR_TRAP:
        return error->trap;
    case WASMWRIGHT_ERROR_MISSING_IMPORT:
        return WASMWRIGHT_TRAP_UNKNOWN_IMPORT;
    case WASMWRIGHT_ERROR_INCOMPATIBLE_IMPORT:
        return WASMWRIGHT_TRAP_INCOMPATIBLE_IMPORT;
    default:
        return OUT_OF_RESOURCES;
    }
}

#endif

#endif
