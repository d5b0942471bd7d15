/* What a C call itself costs: a function of a shared library with the same parameters. */

#include <stdint.h>

struct instance {
    uint32_t total;
};

uint32_t native_add(struct instance *instance, uint32_t a, uint32_t b, uint32_t *result) {
    instance->total += a;
    *result = instance->total + b;
    return 0;
}
