/* The functions that clang's translation of setjmp and longjmp calls. */
#include "setjmp.h"

/* The tag of its exceptions: clang's second, with the address of what they carry. */
__asm__(".globl __c_longjmp\n.tagtype __c_longjmp i32\n__c_longjmp:\n");
#define LONGJMP_TAG 1

/* setjmp was called: so the activation `frame` will know its call `label` again. */
void __wasm_setjmp(struct jump_target *target, unsigned label, void *frame) {
    target->frame = frame;
    target->label = label;
}

/* Which call of setjmp in the activation `frame` a jump is for; 0 if none of them. */
unsigned __wasm_setjmp_test(struct jump_target *target, void *frame) {
    return target->frame == frame ? target->label : 0;
}

/* A longjmp. */
void __wasm_longjmp(struct jump_target *target, int value) {
    target->thrown.target = target;
    target->thrown.value = value ? value : 1;
    __builtin_wasm_throw(LONGJMP_TAG, &target->thrown);
}
