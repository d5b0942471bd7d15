// A register machine's bytecode, and a program in it: what two interpreters execute.
//
// The program is the sieve of Eratosthenes, then a loop of mixed arithmetic.
#include "benchmark.h"

enum { SET, MOVE, ADD, SUBTRACT, MULTIPLY, XOR, SHIFT, LESS, BRANCH, JUMP, LOAD, STORE, STOP, OPCODES };

struct instruction {
    uint8_t opcode, a, b, c;
    int32_t immediate;
};

enum { CELLS = 1 << 16 };

static uint32_t cells[CELLS];

static const struct instruction sieve[] = {
    // r0 = 0, r1 = 1, r2 = limit, r3 = i, r4 = j, r5 = flag, r6 = count
    {SET, 0, 0, 0, 0}, {SET, 1, 0, 0, 1}, {SET, 2, 0, 0, CELLS}, {SET, 3, 0, 0, 2}, {SET, 6, 0, 0, 0},
    // 5: clear
    {SET, 4, 0, 0, 0},
    {STORE, 0, 4, 0, 0}, {ADD, 4, 4, 1, 0}, {LESS, 5, 4, 2, 0}, {BRANCH, 5, 0, 0, -4},
    // 10: for each i
    {LOAD, 5, 3, 0, 0}, {BRANCH, 5, 0, 0, 6}, {ADD, 6, 6, 1, 0}, {ADD, 4, 3, 3, 0},
    // 14: for each multiple
    {JUMP, 0, 0, 0, 2}, {STORE, 1, 4, 0, 0}, {ADD, 4, 4, 3, 0}, {LESS, 5, 4, 2, 0}, {BRANCH, 5, 0, 0, -4},
    {ADD, 3, 3, 1, 0}, {LESS, 5, 3, 2, 0}, {BRANCH, 5, 0, 0, -12},
    // 22: r7 = a mixture over 3 * CELLS steps
    {SET, 3, 0, 0, 0}, {SET, 2, 0, 0, 3 * CELLS}, {SET, 8, 0, 0, 13}, {MOVE, 7, 6, 0, 0},
    {MULTIPLY, 7, 7, 8, 0}, {ADD, 7, 7, 3, 0}, {SHIFT, 9, 7, 0, 7}, {XOR, 7, 7, 9, 0}, {SUBTRACT, 7, 7, 6, 0},
    {ADD, 3, 3, 1, 0}, {LESS, 5, 3, 2, 0}, {BRANCH, 5, 0, 0, -8}, {STOP, 7, 0, 0, 0},
};
