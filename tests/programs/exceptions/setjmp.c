/* setjmp and longjmp, on exceptions of WebAssembly where this is a module: an interpreter's errors,
   cleanups on the way, jumps over deep recursion, values in variables. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __wasm__
#include "setjmp.h"
#else
#include <setjmp.h>
#endif

static jmp_buf outer, inner;
static int cleanups;

static void fail(int code) {
    longjmp(outer, code);
}

static int recurse(int depth) {
    char pad[64];
    memset(pad, depth, sizeof pad);
    if (depth < 0) return 0;
    if (depth == 0) fail(77);
    return recurse(depth - 1) + pad[13];
}

/* An error is caught here and passed on. */
static int guarded(int code) {
    jmp_buf saved;
    memcpy(&saved, &outer, sizeof saved);
    int caught = setjmp(outer);
    if (caught) {
        cleanups++;
        memcpy(&outer, &saved, sizeof saved);
        longjmp(outer, caught + 1);
    }
    if (code) fail(code);
    memcpy(&outer, &saved, sizeof saved);
    return 5;
}

static int values(int start) {
    volatile int kept = start;
    int round = setjmp(inner);
    kept = kept * 3 + round;
    if (round < 6) longjmp(inner, round + 1);
    return kept;
}

static int two(int which) {
    volatile int log = 0;
    if (setjmp(outer) == 0) {
        if (setjmp(inner) == 0) {
            if (which) longjmp(inner, 1);
            longjmp(outer, 1);
        }
        log += 10;
        longjmp(outer, 1);
    }
    log += 1;
    return log;
}

static int by_pointer(void (*function)(int), int code) {
    int caught = setjmp(outer);
    if (caught) return caught;
    function(code);
    return -1;
}

int main(void) {
    int code = setjmp(outer);
    if (code == 0) {
        printf("deep\n");
        recurse(10000);
    }
    printf("back with %d\n", code);
    code = setjmp(outer);
    if (code == 0) guarded(3);
    printf("guarded %d, %d cleanups, %d\n", code, cleanups, guarded(0));
    printf("values %d\n", values(2));
    printf("two %d %d\n", two(0), two(1));
    printf("by pointer %d, 0 becomes %d\n", by_pointer(fail, 9), by_pointer(fail, 0));
    volatile long sum = 0;
    for (volatile int i = 0; i < 100000; i++) {
        int caught = setjmp(inner);
        if (caught) sum += caught;
        else longjmp(inner, i % 7 + 1);
    }
    printf("sum %ld\n", sum);
    return 0;
}
