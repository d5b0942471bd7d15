/* An interpreter in continuation-passing style of a small language with functions: evaluating a node, and
 * giving a continuation its value, is a tail call each, and what the guest's recursion needs is in the heap.
 * An argument is whose Fibonacci number it computes; with 33 that is 10^8 dispatches and more. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* All steps have the same parameters, few need all of them. */
#pragma GCC diagnostic ignored "-Wunused-parameter"

typedef int64_t value;
typedef struct node node;
typedef struct frame frame;
typedef value step(const node *, const value *locals, frame *k, value v, uint64_t count);

struct node {
    step *evaluate;
    union {
        value constant;
        uint32_t local;
        struct {
            const node *first, *second, *third;
        } operands;
        struct {
            const node *const *body; /* filled in later: functions are recursive */
            const node *arguments[3];
            uint32_t arity;
        } call;
    };
};

/* What remains to be done with a value. Each is behind the one that is next. */
struct frame {
    step *resume;
    frame *next;
    const node *node;
    const value *locals;
    value values[3];
    uint32_t count;
};

#define TAIL __attribute__((musttail)) return
#define EVALUATE(node, locals, k) TAIL (node)->evaluate((node), (locals), (k), 0, count + 1)
#define RESUME(k, v) TAIL (k)->resume(NULL, NULL, (k), (v), count + 1)

static value constant(const node *n, const value *locals, frame *k, value v, uint64_t count) {
    RESUME(k, n->constant);
}
static value local(const node *n, const value *locals, frame *k, value v, uint64_t count) {
    RESUME(k, locals[n->local]);
}

static frame *push(frame *k, step *resume, const node *n, const value *locals) {
    frame *pushed = k + 1;
    pushed->resume = resume;
    pushed->next = k;
    pushed->node = n;
    pushed->locals = locals;
    return pushed;
}

#define BINARY(name, expression) \
    static value name##_second(const node *n, const value *locals, frame *k, value v, uint64_t count) { \
        value a = k->values[0], b = v; \
        RESUME(k->next, expression); \
    } \
    static value name##_first(const node *n, const value *locals, frame *k, value v, uint64_t count) { \
        k->values[0] = v; \
        k->resume = name##_second; \
        EVALUATE(k->node->operands.second, k->locals, k); \
    } \
    static value name(const node *n, const value *locals, frame *k, value v, uint64_t count) { \
        frame *pushed = push(k, name##_first, n, locals); \
        EVALUATE(n->operands.first, locals, pushed); \
    }
BINARY(add, a + b)
BINARY(subtract, a - b)
BINARY(less, a < b)

static value branch(const node *n, const value *locals, frame *k, value v, uint64_t count) {
    n = v ? k->node->operands.second : k->node->operands.third;
    EVALUATE(n, k->locals, k->next);
}
static value conditional(const node *n, const value *locals, frame *k, value v, uint64_t count) {
    frame *pushed = push(k, branch, n, locals);
    EVALUATE(n->operands.first, locals, pushed);
}

static value leave(const node *n, const value *locals, frame *k, value v, uint64_t count) {
    RESUME(k->next, v);
}
static value argument(const node *n, const value *locals, frame *k, value v, uint64_t count) {
    n = k->node;
    k->values[k->count++] = v;
    if (k->count < n->call.arity)
        EVALUATE(n->call.arguments[k->count], k->locals, k);
    k->resume = leave;
    EVALUATE(*n->call.body, k->values, k);
}
static value call(const node *n, const value *locals, frame *k, value v, uint64_t count) {
    frame *pushed = push(k, argument, n, locals);
    pushed->count = 0;
    EVALUATE(n->call.arguments[0], locals, pushed);
}
static uint64_t total;
static value halt(const node *n, const value *locals, frame *k, value v, uint64_t count) {
    total += count;
    return v;
}

static node *make(step *evaluate) {
    node *n = calloc(1, sizeof *n);
    n->evaluate = evaluate;
    return n;
}
static node *number(value v) { node *n = make(constant); n->constant = v; return n; }
static node *variable(uint32_t i) { node *n = make(local); n->local = i; return n; }
static node *operation(step *e, const node *a, const node *b, const node *c) {
    node *n = make(e);
    n->operands.first = a, n->operands.second = b, n->operands.third = c;
    return n;
}
static node *invoke(const node **body, uint32_t arity, const node *a, const node *b, const node *c) {
    node *n = make(call);
    n->call.body = body, n->call.arity = arity;
    n->call.arguments[0] = a, n->call.arguments[1] = b, n->call.arguments[2] = c;
    return n;
}

int main(int argc, char **argv) {
    static const node *fibonacci, *tak;
    node *n = variable(0);
    fibonacci = operation(conditional, operation(less, n, number(2), 0), n,
        operation(add, invoke(&fibonacci, 1, operation(subtract, n, number(1), 0), 0, 0),
                  invoke(&fibonacci, 1, operation(subtract, n, number(2), 0), 0, 0), 0));
    node *x = variable(0), *y = variable(1), *z = variable(2), *one = number(1);
    tak = operation(conditional, operation(less, y, x, 0),
        invoke(&tak, 3, invoke(&tak, 3, operation(subtract, x, one, 0), y, z),
               invoke(&tak, 3, operation(subtract, y, one, 0), z, x),
               invoke(&tak, 3, operation(subtract, z, one, 0), x, y)), z);
    frame *stack = calloc(1 << 16, sizeof *stack);
    stack->resume = halt;
    node *first = invoke(&fibonacci, 1, number(argc > 1 ? atoi(argv[1]) : 24), 0, 0);
    node *second = invoke(&tak, 3, number(18), number(12), number(6));
    value a = first->evaluate(first, 0, stack, 0, 0);
    value b = second->evaluate(second, 0, stack, 0, 0);
    printf("%lld %lld, %llu dispatches\n", (long long)a, (long long)b, (unsigned long long)total);
    return 0;
}
