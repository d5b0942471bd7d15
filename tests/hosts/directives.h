/* Between a script's host in C, which the test harness generates, and `directives.c`, which executes
 * the script's operations: what the modules are and how values become slots. */

#ifndef DIRECTIVES_H
#define DIRECTIVES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A value of any type: scalars in `low`, zero-extended. */
typedef struct slot {
    uint64_t low, high;
} slot_t;

/* An export that the script uses: a function, which returns a code, or a global. */
typedef struct item {
    const char *name;
    size_t name_bytes, parameters, results;
    uint32_t (*call)(void *instance, const slot_t *arguments, slot_t *results);
    void (*get)(void *instance, slot_t *value);
} item_t;

/* A module of the script and its instance. `make` returns 0 or why there is none. */
typedef struct module {
    uint32_t (*make)(void **instance);
    const item_t *items;
    size_t item_count;
} module_t;

extern const module_t modules[];
extern const size_t module_count;

/* Statuses besides codes of traps; see the script protocol of the ABI. */
#define NO_SUCH_MODULE 0x10001u
#define NO_SUCH_EXPORT 0x10002u
#define WRONG_ARGUMENTS 0x10003u
#define OUT_OF_RESOURCES 0x10004u
#define MAXIMUM_SLOTS 256

static inline float f32_of(slot_t slot) {
    uint32_t bits = (uint32_t)slot.low;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline double f64_of(slot_t slot) {
    double value;
    memcpy(&value, &slot.low, sizeof value);
    return value;
}

static inline slot_t slot_of_integer(uint64_t value) {
    slot_t slot = {value, 0};
    return slot;
}

static inline slot_t slot_of_f32(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return slot_of_integer(bits);
}

static inline slot_t slot_of_f64(double value) {
    slot_t slot = {0, 0};
    memcpy(&slot.low, &value, sizeof value);
    return slot;
}

#endif
