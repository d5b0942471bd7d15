// A bytecode interpreter that dispatches by indirect calls.
#include "bytecode.h"

struct machine {
    uint32_t r[16], result;
};

typedef const struct instruction *handler(struct machine *m, const struct instruction *at);

#define HANDLER(name, body) \
    static const struct instruction *name(struct machine *m, const struct instruction *at) { body; }

HANDLER(set, m->r[at->a] = (uint32_t)at->immediate; return at + 1)
HANDLER(move, m->r[at->a] = m->r[at->b]; return at + 1)
HANDLER(add, m->r[at->a] = m->r[at->b] + m->r[at->c]; return at + 1)
HANDLER(subtract, m->r[at->a] = m->r[at->b] - m->r[at->c]; return at + 1)
HANDLER(multiply, m->r[at->a] = m->r[at->b] * m->r[at->c]; return at + 1)
HANDLER(xor_, m->r[at->a] = m->r[at->b] ^ m->r[at->c]; return at + 1)
HANDLER(shift, m->r[at->a] = m->r[at->b] >> at->immediate; return at + 1)
HANDLER(less, m->r[at->a] = m->r[at->b] < m->r[at->c]; return at + 1)
HANDLER(branch, return at + 1 + (m->r[at->a] ? at->immediate : 0))
HANDLER(jump, (void)m; return at + at->immediate)
HANDLER(load, m->r[at->a] = cells[m->r[at->b] % CELLS]; return at + 1)
HANDLER(store, cells[m->r[at->b] % CELLS] = m->r[at->a]; return at + 1)
HANDLER(stop, m->result = m->r[at->a]; return NULL)

static handler *const handlers[OPCODES] = {set,  move,   add,  subtract, multiply, xor_, shift,
                                           less, branch, jump, load,     store,    stop};

int main(int argc, char **argv) {
    uint32_t rounds = benchmark_size(argc, argv, 110);
    struct machine machine = {{0}, 0};
    for (uint32_t round = 0; round < rounds; round++) {
        for (const struct instruction *at = sieve; at != NULL;) at = handlers[at->opcode](&machine, at);
        benchmark_check(machine.result + round);
    }
    return benchmark_finish();
}
