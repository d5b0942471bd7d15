// Two interpreters of one bytecode: by a switch in a loop, and by a table of function pointers.
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum op { PUSH, ADD, SUB, MUL, DIV, MOD, DUP, SWAP, OVER, DROP, LESS, EQUAL, JUMP, JUMP_IF, CALL, RETURN, LOAD, STORE, PRINT, XOR, SHL, SHR, HALT, OPS };

struct machine {
    const int32_t *code;
    int pc, sp, rp, halted;
    int64_t stack[256];
    int returns[64];
    int64_t memory[1024];
    uint64_t steps, sum;
};

static void say(struct machine *m, int64_t value) {
    m->sum = m->sum * 1099511628211u ^ (uint64_t)value;
    printf("%lld\n", (long long)value);
}

static void run_by_switch(struct machine *m) {
    for (;;) {
        m->steps++;
        int64_t a, b;
        switch ((enum op)m->code[m->pc++]) {
#define BINARY(name, expression) case name: b = m->stack[--m->sp]; a = m->stack[--m->sp]; m->stack[m->sp++] = (int64_t)(expression); break;
        BINARY(ADD, (uint64_t)a + (uint64_t)b)
        BINARY(SUB, (uint64_t)a - (uint64_t)b)
        BINARY(MUL, (uint64_t)a * (uint64_t)b)
        BINARY(DIV, b ? a / b : 0)
        BINARY(MOD, b ? a % b : 0)
        BINARY(LESS, a < b)
        BINARY(EQUAL, a == b)
        BINARY(XOR, a ^ b)
        BINARY(SHL, (uint64_t)a << (b & 63))
        BINARY(SHR, (uint64_t)a >> (b & 63))
        case PUSH: m->stack[m->sp++] = m->code[m->pc++]; break;
        case DUP: a = m->stack[m->sp - 1]; m->stack[m->sp++] = a; break;
        case SWAP: a = m->stack[m->sp - 1]; m->stack[m->sp - 1] = m->stack[m->sp - 2]; m->stack[m->sp - 2] = a; break;
        case OVER: a = m->stack[m->sp - 2]; m->stack[m->sp++] = a; break;
        case DROP: m->sp--; break;
        case JUMP: m->pc = m->code[m->pc]; break;
        case JUMP_IF: m->pc = m->stack[--m->sp] ? m->code[m->pc] : m->pc + 1; break;
        case CALL: m->returns[m->rp++] = m->pc + 1; m->pc = m->code[m->pc]; break;
        case RETURN: m->pc = m->returns[--m->rp]; break;
        case LOAD: a = m->stack[m->sp - 1]; m->stack[m->sp - 1] = m->memory[a & 1023]; break;
        case STORE: a = m->stack[--m->sp]; b = m->stack[--m->sp]; m->memory[a & 1023] = b; break;
        case PRINT: say(m, m->stack[--m->sp]); break;
        case HALT: case OPS: return;
        }
    }
}

#define FUNCTION(name, expression) static void do_##name(struct machine *m) { int64_t b = m->stack[--m->sp], a = m->stack[--m->sp]; m->stack[m->sp++] = (int64_t)(expression); }
FUNCTION(ADD, (uint64_t)a + (uint64_t)b)
FUNCTION(SUB, (uint64_t)a - (uint64_t)b)
FUNCTION(MUL, (uint64_t)a * (uint64_t)b)
FUNCTION(DIV, b ? a / b : 0)
FUNCTION(MOD, b ? a % b : 0)
FUNCTION(LESS, a < b)
FUNCTION(EQUAL, a == b)
FUNCTION(XOR, a ^ b)
FUNCTION(SHL, (uint64_t)a << (b & 63))
FUNCTION(SHR, (uint64_t)a >> (b & 63))
static void do_PUSH(struct machine *m) { m->stack[m->sp++] = m->code[m->pc++]; }
static void do_DUP(struct machine *m) { int64_t a = m->stack[m->sp - 1]; m->stack[m->sp++] = a; }
static void do_SWAP(struct machine *m) { int64_t a = m->stack[m->sp - 1]; m->stack[m->sp - 1] = m->stack[m->sp - 2]; m->stack[m->sp - 2] = a; }
static void do_OVER(struct machine *m) { int64_t a = m->stack[m->sp - 2]; m->stack[m->sp++] = a; }
static void do_DROP(struct machine *m) { m->sp--; }
static void do_JUMP(struct machine *m) { m->pc = m->code[m->pc]; }
static void do_JUMP_IF(struct machine *m) { m->pc = m->stack[--m->sp] ? m->code[m->pc] : m->pc + 1; }
static void do_CALL(struct machine *m) { m->returns[m->rp++] = m->pc + 1; m->pc = m->code[m->pc]; }
static void do_RETURN(struct machine *m) { m->pc = m->returns[--m->rp]; }
static void do_LOAD(struct machine *m) { int64_t a = m->stack[m->sp - 1]; m->stack[m->sp - 1] = m->memory[a & 1023]; }
static void do_STORE(struct machine *m) { int64_t a = m->stack[--m->sp], b = m->stack[--m->sp]; m->memory[a & 1023] = b; }
static void do_PRINT(struct machine *m) { say(m, m->stack[--m->sp]); }
static void do_HALT(struct machine *m) { m->halted = 1; }

static void (*const handlers[OPS])(struct machine *) = {
    [PUSH] = do_PUSH, [ADD] = do_ADD, [SUB] = do_SUB, [MUL] = do_MUL, [DIV] = do_DIV, [MOD] = do_MOD, [DUP] = do_DUP, [SWAP] = do_SWAP,
    [OVER] = do_OVER, [DROP] = do_DROP, [LESS] = do_LESS, [EQUAL] = do_EQUAL, [JUMP] = do_JUMP, [JUMP_IF] = do_JUMP_IF, [CALL] = do_CALL,
    [RETURN] = do_RETURN, [LOAD] = do_LOAD, [STORE] = do_STORE, [PRINT] = do_PRINT, [XOR] = do_XOR, [SHL] = do_SHL, [SHR] = do_SHR, [HALT] = do_HALT,
};

static void run_by_table(struct machine *m) {
    while (!m->halted) {
        m->steps++;
        handlers[m->code[m->pc++]](m);
    }
}

// The program is assembled: labels stand for positions that are known at the end.
enum label { SEARCH, RECORD, NEXT, COLLATZ, STEP, ODD, COUNT, DONE, FIBONACCI, BASE, RANDOM, ROUND, LABELS };

static int32_t program[512];
static int length, places[LABELS], uses[512];

static void emit(const int32_t *words, int count) {
    for (int i = 0; i < count; i++) program[length++] = words[i];
}

#define EMIT(...) emit((const int32_t[]){__VA_ARGS__}, sizeof((const int32_t[]){__VA_ARGS__}) / sizeof(int32_t))

static void to(enum op op, enum label label) {
    program[length++] = op;
    uses[length] = 1;
    program[length++] = label;
}

static void here(enum label label) {
    places[label] = length;
}

// Records of Collatz lengths below 3000, Fibonacci by recursion, random numbers into memory.
static void assemble(void) {
    EMIT(PUSH, 1, PUSH, 0, STORE, PUSH, 0, PUSH, 1, STORE);
    here(SEARCH);
    EMIT(PUSH, 0, LOAD);
    to(CALL, COLLATZ);
    EMIT(DUP, PUSH, 1, LOAD, SWAP, LESS);
    to(JUMP_IF, RECORD);
    EMIT(DROP);
    to(JUMP, NEXT);
    here(RECORD);
    EMIT(DUP, PRINT, PUSH, 1, STORE);
    here(NEXT);
    EMIT(PUSH, 0, LOAD, PUSH, 1, ADD, DUP, PUSH, 0, STORE, PUSH, 3000, LESS);
    to(JUMP_IF, SEARCH);
    EMIT(PUSH, 22);
    to(CALL, FIBONACCI);
    EMIT(PRINT);
    to(CALL, RANDOM);
    EMIT(HALT);
    here(COLLATZ);
    EMIT(PUSH, 0, SWAP);
    here(STEP);
    EMIT(DUP, PUSH, 1, EQUAL);
    to(JUMP_IF, DONE);
    EMIT(DUP, PUSH, 2, MOD);
    to(JUMP_IF, ODD);
    EMIT(PUSH, 2, DIV);
    to(JUMP, COUNT);
    here(ODD);
    EMIT(PUSH, 3, MUL, PUSH, 1, ADD);
    here(COUNT);
    EMIT(SWAP, PUSH, 1, ADD, SWAP);
    to(JUMP, STEP);
    here(DONE);
    EMIT(DROP, RETURN);
    here(FIBONACCI);
    EMIT(DUP, PUSH, 2, LESS);
    to(JUMP_IF, BASE);
    EMIT(DUP, PUSH, 1, SUB);
    to(CALL, FIBONACCI);
    EMIT(SWAP, PUSH, 2, SUB);
    to(CALL, FIBONACCI);
    EMIT(ADD);
    here(BASE);
    EMIT(RETURN);
    here(RANDOM);
    EMIT(PUSH, 88172645, PUSH, 0);
    here(ROUND);
    EMIT(SWAP, DUP, PUSH, 13, SHL, XOR, DUP, PUSH, 7, SHR, XOR, DUP, PUSH, 17, SHL, XOR, SWAP, OVER, OVER, STORE);
    EMIT(PUSH, 1, ADD, DUP, PUSH, 20000, LESS);
    to(JUMP_IF, ROUND);
    EMIT(DROP, PRINT, PUSH, 77, LOAD, PRINT, RETURN);
    for (int i = 0; i < length; i++)
        if (uses[i]) program[i] = places[program[i]];
}

int main(void) {
    static struct machine by_switch, by_table;
    assemble();
    by_switch.code = by_table.code = program;
    run_by_switch(&by_switch);
    run_by_table(&by_table);
    printf("%llu steps, sum %016llx\n", (unsigned long long)by_switch.steps, (unsigned long long)by_switch.sum);
    return by_switch.steps == by_table.steps && by_switch.sum == by_table.sum && !memcmp(by_switch.memory, by_table.memory, sizeof by_table.memory) ? 0 : 1;
}
