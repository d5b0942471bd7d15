// args_get, args_sizes_get, environ_get, environ_sizes_get.
// Started with the arguments `first` and `second argument`, and with ONE=1 and TWO=two=2 granted.
#include "check.h"

IMPORT(args_get) i32 raw_args_get(i32, i32);
IMPORT(args_sizes_get) i32 raw_args_sizes_get(i32, i32);
IMPORT(environ_get) i32 raw_environ_get(i32, i32);
IMPORT(environ_sizes_get) i32 raw_environ_sizes_get(i32, i32);

int main(void) {
    uint8_t *pointers[8], text[256];
    __wasi_size_t count, bytes;
    OK(__wasi_args_sizes_get(&count, &bytes));
    SAME(3, count);
    memset(text, 0xaa, sizeof text);
    memset(pointers, 0, sizeof pointers);
    OK(__wasi_args_get(pointers, text));
    CHECK(pointers[0] == text);
    CHECK(strcmp((char *)pointers[1], "first") == 0);
    CHECK(strcmp((char *)pointers[2], "second argument") == 0);
    CHECK(pointers[3] == NULL);
    SAME(strlen((char *)text) + 1 + sizeof "first" + sizeof "second argument", bytes);
    SAME(0xaa, text[bytes]);
    CHECK(strcmp((char *)text, "wasi-program") == 0);

    OK(__wasi_environ_sizes_get(&count, &bytes));
    SAME(2, count);
    SAME(sizeof "ONE=1" + sizeof "TWO=two=2", bytes);
    memset(text, 0xaa, sizeof text);
    memset(pointers, 0, sizeof pointers);
    OK(__wasi_environ_get(pointers, text));
    CHECK(strcmp((char *)pointers[0], "ONE=1") == 0);
    CHECK(strcmp((char *)pointers[1], "TWO=two=2") == 0);
    CHECK(pointers[2] == NULL);
    SAME(0xaa, text[bytes]);

    FAILS(FAULT, raw_args_sizes_get(OUTSIDE, (i32)&bytes));
    FAILS(FAULT, raw_args_sizes_get((i32)&count, OUTSIDE));
    FAILS(FAULT, raw_args_get(OUTSIDE, (i32)text));
    FAILS(FAULT, raw_args_get((i32)pointers, OUTSIDE));
    FAILS(FAULT, raw_environ_sizes_get(OUTSIDE, (i32)&bytes));
    FAILS(FAULT, raw_environ_get(OUTSIDE, (i32)text));
    FAILS(FAULT, raw_environ_get((i32)pointers, OUTSIDE));
    // The last byte of the memory is inside, the one after it is not.
    i32 end = (i32)(__builtin_wasm_memory_size(0) * 65536);
    FAILS(SUCCESS, raw_args_sizes_get(end - 4, (i32)&bytes));
    FAILS(FAULT, raw_args_sizes_get(end - 3, (i32)&bytes));
    FAILS(FAULT, raw_args_sizes_get(-1, (i32)&bytes));
    return finish();
}
