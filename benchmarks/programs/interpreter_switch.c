// A bytecode interpreter that dispatches by `switch`.
#include "bytecode.h"

static uint32_t execute(const struct instruction *at) {
    uint32_t r[16] = {0};
    for (;; at++) {
        switch (at->opcode) {
        case SET: r[at->a] = (uint32_t)at->immediate; break;
        case MOVE: r[at->a] = r[at->b]; break;
        case ADD: r[at->a] = r[at->b] + r[at->c]; break;
        case SUBTRACT: r[at->a] = r[at->b] - r[at->c]; break;
        case MULTIPLY: r[at->a] = r[at->b] * r[at->c]; break;
        case XOR: r[at->a] = r[at->b] ^ r[at->c]; break;
        case SHIFT: r[at->a] = r[at->b] >> at->immediate; break;
        case LESS: r[at->a] = r[at->b] < r[at->c]; break;
        case BRANCH: if (r[at->a]) at += at->immediate; break;
        case JUMP: at += at->immediate - 1; break;
        case LOAD: r[at->a] = cells[r[at->b] % CELLS]; break;
        case STORE: cells[r[at->b] % CELLS] = r[at->a]; break;
        default: return r[at->a];
        }
    }
}

int main(int argc, char **argv) {
    uint32_t rounds = benchmark_size(argc, argv, 110);
    for (uint32_t round = 0; round < rounds; round++) benchmark_check(execute(sieve) + round);
    return benchmark_finish();
}
