/* wasm2c's code and runtime. Where a trap shall not end the host, each call needs `wasm_rt_impl_try`. */

#include "calls.h"
#include "measure.h"
#include "wasm-rt-exceptions.h"
#include "wasm-rt-impl.h"

static void instantiate(int is_called) {
    w2c_calls instance;
    wasm2c_calls_instantiate(&instance);
    if (is_called)
        CHECK(w2c_calls_touch(&instance, 1024) != 0);
    wasm2c_calls_free(&instance);
}

static u32 caught_add(w2c_calls *instance, u32 a, u32 b, u32 *result) {
    wasm_rt_trap_t trap = wasm_rt_impl_try();
    if (trap)
        return trap;
    *result = w2c_calls_add(instance, a, b);
    return 0;
}

int main(void) {
    w2c_calls instance;
    u32 result = 0;
    wasm_rt_init();
    wasm2c_calls_instantiate(&instance);
    MEASURE("wasm2c: a call of an export, traps uncaught", CALLS, result += w2c_calls_add(&instance, i, 1));
    MEASURE("wasm2c: a call of an export", CALLS, CHECK(caught_add(&instance, i, 1, &result) == 0));
    wasm2c_calls_free(&instance);
    MEASURE("wasm2c: an instance, made and freed", INSTANCES, instantiate(0));
    MEASURE("wasm2c: the same, and a page written", INSTANCES, instantiate(1));
    wasm_rt_free();
    return 0;
}
