/* An interpreter in continuation-passing style: each instruction ends in a tail call of the next. */
#include <stdint.h>
#include <stdio.h>

typedef struct { uint8_t op, a, b, c; int32_t imm; } insn;
typedef uint64_t (*handler)(const insn *pc, uint64_t *regs, uint64_t count);
static uint64_t op_add(const insn *, uint64_t *, uint64_t);
static uint64_t op_xor(const insn *, uint64_t *, uint64_t);
static uint64_t op_addi(const insn *, uint64_t *, uint64_t);
static uint64_t op_mul(const insn *, uint64_t *, uint64_t);
static uint64_t op_rot(const insn *, uint64_t *, uint64_t);
static uint64_t op_loop(const insn *, uint64_t *, uint64_t);
static uint64_t op_halt(const insn *, uint64_t *, uint64_t);
static const handler table[] = {op_add, op_xor, op_addi, op_mul, op_rot, op_loop, op_halt};
#define NEXT(pc) __attribute__((musttail)) return table[(pc)->op]((pc), regs, count + 1)

static uint64_t op_add(const insn *pc, uint64_t *regs, uint64_t count) {
    regs[pc->a] = regs[pc->b] + regs[pc->c];
    NEXT(pc + 1);
}
static uint64_t op_xor(const insn *pc, uint64_t *regs, uint64_t count) {
    regs[pc->a] = regs[pc->b] ^ regs[pc->c];
    NEXT(pc + 1);
}
static uint64_t op_addi(const insn *pc, uint64_t *regs, uint64_t count) {
    regs[pc->a] = regs[pc->b] + (uint64_t)(int64_t)pc->imm;
    NEXT(pc + 1);
}
static uint64_t op_mul(const insn *pc, uint64_t *regs, uint64_t count) {
    regs[pc->a] = regs[pc->b] * regs[pc->c];
    NEXT(pc + 1);
}
static uint64_t op_rot(const insn *pc, uint64_t *regs, uint64_t count) {
    regs[pc->a] = regs[pc->b] << 13 | regs[pc->b] >> 51;
    NEXT(pc + 1);
}
static uint64_t op_loop(const insn *pc, uint64_t *regs, uint64_t count) {
    if (--regs[pc->a]) NEXT(pc + pc->imm);
    NEXT(pc + 1);
}
static uint64_t op_halt(const insn *pc, uint64_t *regs, uint64_t count) {
    (void)pc;
    (void)regs;
    return count;
}

int main(void) {
    static const insn program[] = {
        {2, 1, 1, 0, 7}, {0, 2, 2, 1, 0}, {4, 2, 2, 0, 0}, {1, 3, 3, 2, 0}, {3, 4, 2, 3, 0},
        {0, 3, 3, 4, 0}, {1, 2, 2, 3, 0}, {2, 1, 1, 0, -3}, {4, 3, 3, 0, 0}, {5, 0, 0, 0, -9}, {6, 0, 0, 0, 0},
    };
    uint64_t regs[8] = {10000000, 1, 2, 3, 4};
    uint64_t count = table[program[0].op](program, regs, 0);
    printf("%llu dispatches, %016llx\n", (unsigned long long)count, (unsigned long long)(regs[2] ^ regs[3] ^ regs[4]));
    return 0;
}
