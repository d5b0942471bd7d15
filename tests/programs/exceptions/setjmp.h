/* The types that clang's translation of setjmp (-mllvm -wasm-enable-sjlj) works with. Debian's
   wasi-libc has none. */
#pragma once

struct jump_target {
    void *frame;            /* the activation that called setjmp */
    unsigned label;         /* which of its calls */
    struct {
        void *target;       /* what the exception carries: this structure, ... */
        int value;          /* ... and what setjmp is to return */
    } thrown;
};

typedef struct jump_target jmp_buf[1];

int setjmp(jmp_buf) __attribute__((returns_twice));
void longjmp(jmp_buf, int) __attribute__((noreturn));
