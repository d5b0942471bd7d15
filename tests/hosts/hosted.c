/* What the program of hosted.wat imports: nothing here has a C library behind it. */

#include "hosted.h"

wasmwright_trap_t hosted_import_env_mix(void *user, wasmwright_hosted_t *instance, uint32_t p0, uint64_t p1, float p2,
                                        double p3, const wasmwright_v128_t *p4, wasmwright_reference_t p5,
                                        wasmwright_reference_t p6, uint32_t *r0, uint64_t *r1, float *r2, double *r3,
                                        wasmwright_v128_t *r4, wasmwright_reference_t *r5, wasmwright_reference_t *r6) {
    if (user || p5)
        return WASMWRIGHT_FIRST_HOST_CODE;
    *r0 = p0 + 1;
    *r1 = p1 + 2;
    *r2 = p2 * 2;
    *r3 = -p3;
    r4->low = p4->high;
    r4->high = p4->low;
    *r5 = instance;
    *r6 = p6;
    return WASMWRIGHT_OK;
}

wasmwright_trap_t hosted_import_env_many(void *user, wasmwright_hosted_t *instance, uint32_t p0, uint64_t p1, float p2,
                                         double p3, uint32_t p4, uint64_t p5, float p6, double p7, uint32_t p8,
                                         uint64_t p9, uint32_t *r0, uint64_t *r1, float *r2, double *r3) {
    (void)user, (void)instance;
    *r0 = p0 + p4 + p8;
    *r1 = p1 * p5 * p9;
    *r2 = p2 - p6;
    *r3 = p3 / p7;
    return WASMWRIGHT_OK;
}

wasmwright_trap_t hosted_import_env_half(void *user, wasmwright_hosted_t *instance, uint32_t p0, uint32_t *r0) {
    (void)user, (void)instance;
    *r0 = p0 / 2;
    return WASMWRIGHT_OK;
}

wasmwright_trap_t hosted_import_env_peek(void *user, wasmwright_hosted_t *instance, uint32_t p0, uint32_t *r0) {
    (void)user;
    if (!wasmwright_hosted_memory_read(hosted_memory(instance), p0, r0, sizeof *r0))
        *r0 = UINT32_MAX;
    return WASMWRIGHT_OK;
}

wasmwright_trap_t hosted_import_env_poke(void *user, wasmwright_hosted_t *instance, uint32_t p0, uint32_t p1) {
    (void)user;
    wasmwright_memory_t *memory = hosted_memory(instance);
    if (!wasmwright_hosted_memory_write(memory, p0, &p1, sizeof p1))
        return WASMWRIGHT_TRAP_MEMORY_OUT_OF_BOUNDS;
    uint8_t *byte = wasmwright_hosted_memory_data(memory) + p0;
    return *byte == (uint8_t)p1 ? WASMWRIGHT_OK : WASMWRIGHT_FIRST_HOST_CODE;
}

wasmwright_trap_t hosted_import_env_grow(void *user, wasmwright_hosted_t *instance, uint32_t p0, uint32_t *r0) {
    (void)user;
    wasmwright_memory_t *memory = hosted_memory(instance);
    uint64_t before = wasmwright_hosted_memory_size(memory);
    *r0 = wasmwright_hosted_memory_grow(memory, p0);
    uint64_t grown = wasmwright_hosted_memory_size(memory) - before;
    return grown == (*r0 ? (uint64_t)p0 << 16 : 0) ? WASMWRIGHT_OK : WASMWRIGHT_FIRST_HOST_CODE;
}

wasmwright_trap_t hosted_import_env_descend(void *user, wasmwright_hosted_t *instance, uint32_t p0, uint32_t *r0) {
    (void)user;
    *r0 = 0;
    return p0 ? hosted_step(instance, p0 - 1, r0) : WASMWRIGHT_OK;
}

/* Globals and tables. */
wasmwright_trap_t hosted_import_env_objects(void *user, wasmwright_hosted_t *instance) {
    (void)user;
    if (*hosted_limit(instance) != 9 || *hosted_counter(instance) != 5)
        return WASMWRIGHT_FIRST_HOST_CODE;
    *hosted_counter(instance) = 11;
    hosted_count(instance);
    wasmwright_table_t *things = hosted_things(instance);
    static int thing; /* an address that only start-up knows */
    static int *const constant = &thing;
    wasmwright_reference_t value;
    if (!wasmwright_hosted_table_grow(things, 2, constant) || wasmwright_hosted_table_size(things) != 3 ||
        !wasmwright_hosted_table_get(things, 1, &value) || value != &thing ||
        !wasmwright_hosted_table_set(things, 0, instance) || wasmwright_hosted_table_get(things, 3, &value))
        return WASMWRIGHT_FIRST_HOST_CODE + 1;
    return WASMWRIGHT_OK;
}

wasmwright_trap_t hosted_import_env_survive(void *user, wasmwright_hosted_t *instance, uint32_t p0, uint32_t *r0) {
    (void)user;
    *r0 = hosted_trap(instance, p0);
    return WASMWRIGHT_OK;
}

static uint32_t overflow(volatile uint32_t *depth) {
    volatile uint32_t deeper = *depth + 1;
    if (!deeper)
        return 0;
    return overflow(&deeper) + *depth;
}

wasmwright_trap_t hosted_import_env_end(void *user, wasmwright_hosted_t *instance, uint32_t p0) {
    volatile uint32_t depth = 0;
    switch (p0) {
    case 1:
        return WASMWRIGHT_TRAP_INTEGER_OVERFLOW;
    case 2:
        return wasmwright_hosted_exit(instance, 263);
    case 3:
        return WASMWRIGHT_FIRST_HOST_CODE + 5;
    case 4:
        /* What ended a call ends the calls that led to it. */
        return hosted_trap(instance, 2);
    case 5:
        return overflow(&depth);
    case 6:
        *(volatile int *)user = 1;
    }
    return WASMWRIGHT_OK;
}

wasmwright_trap_t hosted_import_odd_name_1____int_x_(void *user, wasmwright_hosted_t *instance, uint32_t *r0) {
    (void)user, (void)instance;
    *r0 = 1234;
    return WASMWRIGHT_OK;
}
