/* Wasmtime by its C API: `wasmtime_func_call_unchecked`, which checks no types, and instances from a pool, with
 * images that are copied on write. Its headers are not in the packages that carry the library, so what is used
 * of them is declared here as of release 50. */

#include "measure.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct wasm_config_t wasm_config_t;
typedef struct wasm_engine_t wasm_engine_t;
typedef struct wasmtime_pool wasmtime_pool_t;
typedef struct wasmtime_module wasmtime_module_t;
typedef struct wasmtime_store wasmtime_store_t;
typedef struct wasmtime_context wasmtime_context_t;
typedef struct wasmtime_linker wasmtime_linker_t;
typedef struct wasmtime_instance_pre wasmtime_instance_pre_t;
typedef struct wasmtime_error wasmtime_error_t;
typedef struct wasm_trap_t wasm_trap_t;
typedef struct { uint64_t store_id; size_t private; } wasmtime_instance_t;
typedef struct { uint64_t store_id; void *private; } wasmtime_func_t;
typedef struct { uint8_t kind; union { wasmtime_func_t function; uint64_t room[4]; } of; } wasmtime_extern_t;
typedef union { int32_t i32; uint64_t words[2]; } wasmtime_val_raw_t;

wasm_config_t *wasm_config_new(void);
wasm_engine_t *wasm_engine_new_with_config(wasm_config_t *);
wasmtime_pool_t *wasmtime_pooling_allocation_config_new(void);
void wasmtime_pooling_allocation_strategy_set(wasm_config_t *, const wasmtime_pool_t *);
wasmtime_error_t *wasmtime_module_new(wasm_engine_t *, const uint8_t *, size_t, wasmtime_module_t **);
wasmtime_store_t *wasmtime_store_new(wasm_engine_t *, void *, void (*)(void *));
wasmtime_context_t *wasmtime_store_context(wasmtime_store_t *);
void wasmtime_store_delete(wasmtime_store_t *);
wasmtime_linker_t *wasmtime_linker_new(wasm_engine_t *);
wasmtime_error_t *wasmtime_linker_instantiate_pre(const wasmtime_linker_t *, const wasmtime_module_t *,
                                                  wasmtime_instance_pre_t **);
wasmtime_error_t *wasmtime_instance_pre_instantiate(const wasmtime_instance_pre_t *, wasmtime_context_t *,
                                                    wasmtime_instance_t *, wasm_trap_t **);
bool wasmtime_instance_export_get(wasmtime_context_t *, const wasmtime_instance_t *, const char *, size_t,
                                  wasmtime_extern_t *);
wasmtime_error_t *wasmtime_func_call_unchecked(wasmtime_context_t *, const wasmtime_func_t *, wasmtime_val_raw_t *,
                                               size_t, wasm_trap_t **);

static wasm_engine_t *engine;
static wasmtime_instance_pre_t *ready;

static wasmtime_store_t *instantiate(wasmtime_instance_t *instance) {
    wasmtime_store_t *store = wasmtime_store_new(engine, NULL, NULL);
    wasm_trap_t *trap = NULL;
    CHECK(!wasmtime_instance_pre_instantiate(ready, wasmtime_store_context(store), instance, &trap) && !trap);
    return store;
}

static wasmtime_func_t export(wasmtime_store_t *store, const wasmtime_instance_t *instance, const char *name,
                              size_t length) {
    wasmtime_extern_t item;
    CHECK(wasmtime_instance_export_get(wasmtime_store_context(store), instance, name, length, &item));
    return item.of.function;
}

static int32_t call(wasmtime_context_t *context, const wasmtime_func_t *function, int32_t a, int32_t b) {
    wasmtime_val_raw_t values[2] = {{.i32 = a}, {.i32 = b}};
    wasm_trap_t *trap = NULL;
    CHECK(!wasmtime_func_call_unchecked(context, function, values, 2, &trap) && !trap);
    return values[0].i32;
}

static void live(int is_called) {
    wasmtime_instance_t instance;
    wasmtime_store_t *store = instantiate(&instance);
    if (is_called) {
        wasmtime_func_t touch = export(store, &instance, "touch", 5);
        CHECK(call(wasmtime_store_context(store), &touch, 1024, 0) != 0);
    }
    wasmtime_store_delete(store);
}

int main(int count, char **arguments) {
    static uint8_t wasm[4096];
    FILE *file = count == 2 ? fopen(arguments[1], "rb") : NULL;
    CHECK(file);
    size_t length = fread(wasm, 1, sizeof wasm, file);
    wasm_config_t *config = wasm_config_new();
    wasmtime_pooling_allocation_strategy_set(config, wasmtime_pooling_allocation_config_new());
    engine = wasm_engine_new_with_config(config);
    wasmtime_module_t *module;
    CHECK(engine && !wasmtime_module_new(engine, wasm, length, &module));
    CHECK(!wasmtime_linker_instantiate_pre(wasmtime_linker_new(engine), module, &ready));

    wasmtime_instance_t instance;
    wasmtime_store_t *store = instantiate(&instance);
    wasmtime_context_t *context = wasmtime_store_context(store);
    wasmtime_func_t add = export(store, &instance, "add", 3);
    CHECK(call(context, &add, 2, 3) == 5);
    int32_t total = 0;
    MEASURE("wasmtime: a call of an export", CALLS, total += call(context, &add, (int32_t)i, 1));
    wasmtime_store_delete(store);
    MEASURE("wasmtime: an instance, made and freed", INSTANCES, live(0));
    MEASURE("wasmtime: the same, and a page written", INSTANCES, live(1));
    return total == 42;
}
