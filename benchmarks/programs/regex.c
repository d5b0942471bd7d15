// Regular expressions: compiled to the program of a virtual machine; searched by backtracking, and by
// threads in lockstep (Pike).
#include "benchmark.h"

enum opcode { CHAR, ANY, CLASS, SPLIT, JUMP, END, MATCH };

struct instruction {
    enum opcode opcode;
    uint16_t x, y;
    uint32_t set[8];
};

enum { LONGEST = 128 };

static struct instruction program[LONGEST];
static uint16_t length;
static const char *pattern;

static void alternatives(void);

static uint16_t emit(enum opcode opcode, uint16_t x, uint16_t y) {
    program[length] = (struct instruction){opcode, x, y, {0}};
    return length++;
}

static void shift(uint16_t from) {
    memmove(&program[from + 1], &program[from], (size_t)(length - from) * sizeof *program);
    length++;
    for (uint16_t i = (uint16_t)(from + 1); i < length; i++)
        if (program[i].opcode == SPLIT || program[i].opcode == JUMP) {
            if (program[i].x >= from) program[i].x++;
            if (program[i].y >= from) program[i].y++;
        }
}

static void class(void) {
    struct instruction *i = &program[emit(CLASS, 0, 0)];
    int inverted = *pattern == '^';
    for (pattern += inverted; *pattern != ']'; pattern++) {
        uint8_t low = (uint8_t)*pattern, high = low;
        if (pattern[1] == '-' && pattern[2] != ']') high = (uint8_t)pattern[2], pattern += 2;
        for (uint32_t c = low; c <= high; c++) i->set[c / 32] |= 1u << c % 32;
    }
    pattern++;
    for (int k = 0; inverted && k < 8; k++) i->set[k] = ~i->set[k];
}

static void atom(void) {
    char c = *pattern++;
    if (c == '(') alternatives(), pattern++;
    else if (c == '[') class();
    else if (c == '.') emit(ANY, 0, 0);
    else if (c == '$') emit(END, 0, 0);
    else emit(CHAR, (uint8_t)(c == '\\' ? *pattern++ : c), 0);
}

static void sequence(void) {
    while (*pattern && *pattern != '|' && *pattern != ')') {
        uint16_t start = length;
        atom();
        if (*pattern == '*' || *pattern == '?') {
            shift(start);
            if (*pattern == '*') emit(JUMP, start, 0);
            program[start] = (struct instruction){SPLIT, (uint16_t)(start + 1), length, {0}};
            pattern++;
        } else if (*pattern == '+') {
            emit(SPLIT, start, (uint16_t)(length + 1));
            pattern++;
        }
    }
}

static void alternatives(void) {
    uint16_t start = length;
    sequence();
    if (*pattern != '|') return;
    shift(start);
    uint16_t jump = emit(JUMP, 0, 0);
    program[start] = (struct instruction){SPLIT, (uint16_t)(start + 1), length, {0}};
    pattern++;
    alternatives();
    program[jump].x = length;
}

static inline int accepts(const struct instruction *i, uint8_t c) {
    switch (i->opcode) {
    case CHAR: return i->x == c;
    case ANY: return 1;
    default: return i->set[c / 32] >> c % 32 & 1;
    }
}

static const char *backtrack(uint16_t at, const char *text) {
    for (;; at++) {
        const struct instruction *i = &program[at];
        switch (i->opcode) {
        case MATCH: return text;
        case JUMP: at = (uint16_t)(i->x - 1); break;
        case END: if (*text) return NULL; break;
        case SPLIT: {
            const char *end = backtrack(i->x, text);
            if (end) return end;
            at = (uint16_t)(i->y - 1);
            break;
        }
        default:
            if (*text == 0 || !accepts(i, (uint8_t)*text)) return NULL;
            text++;
        }
    }
}

struct threads {
    uint16_t count, at[LONGEST];
    uint32_t seen[LONGEST];
};

static uint32_t generation;

static void add(struct threads *list, uint16_t at, int ended) {
    if (list->seen[at] == generation) return;
    list->seen[at] = generation;
    const struct instruction *i = &program[at];
    if (i->opcode == JUMP) add(list, i->x, ended);
    else if (i->opcode == SPLIT) add(list, i->x, ended), add(list, i->y, ended);
    else if (i->opcode == END) { if (ended) add(list, (uint16_t)(at + 1), ended); }
    else list->at[list->count++] = at;
}

static const char *lockstep(const char *text) {
    static struct threads lists[2];
    struct threads *now = &lists[0], *next = &lists[1], *kept;
    const char *matched = NULL;
    generation++, now->count = 0;
    add(now, 0, *text == 0);
    for (; now->count > 0; text++, kept = now, now = next, next = kept) {
        generation++, next->count = 0;
        for (uint16_t k = 0; k < now->count; k++) {
            const struct instruction *i = &program[now->at[k]];
            if (i->opcode == MATCH) {
                matched = text;
                break;
            }
            if (*text && accepts(i, (uint8_t)*text)) add(next, (uint16_t)(now->at[k] + 1), text[1] == 0);
        }
    }
    return matched;
}

static uint32_t search(const char *text, int threads) {
    uint32_t found = 0;
    while (*text) {
        const char *end = threads ? lockstep(text) : backtrack(0, text);
        if (end && end > text) found += (uint32_t)(end - text) * 31 + 1, text = end;
        else text++;
    }
    return found;
}

int main(int argc, char **argv) {
    static const char *const patterns[] = {"[a-z]+@[a-z]+\\.(com|org|net)", "(ab|cd|ef)*gh", "[0-9]+(\\.[0-9]*)?",
                                           "h.*o [^ ]*z", "(a|b)*c|(a|ab)*d", "[A-Z][a-z]+ [A-Z][a-z]+"};
    static char text[20000];
    uint32_t rounds = benchmark_size(argc, argv, 200);
    for (size_t i = 0; i + 24 < sizeof text; ) {
        uint32_t r = benchmark_random();
        switch (r % 6) {
        case 0: i += (size_t)sprintf(text + i, "bob%c@site%c.org ", 'a' + (int)(r >> 8) % 26, 'a' + (int)(r >> 16) % 26); break;
        case 1: i += (size_t)sprintf(text + i, "ababcdefgh"); break;
        case 2: i += (size_t)sprintf(text + i, "%u.%u ", r >> 16, r & 255); break;
        case 3: i += (size_t)sprintf(text + i, "hello jazz\n"); break;
        case 4: i += (size_t)sprintf(text + i, "Ada Lovelace "); break;
        default: text[i++] = (char)('a' + (r >> 8) % 26);
        }
    }
    for (uint32_t round = 0; round < rounds; round++)
        for (size_t p = 0; p < sizeof patterns / sizeof *patterns; p++) {
            pattern = patterns[p], length = 0;
            alternatives();
            emit(MATCH, 0, 0);
            text[benchmark_random() % 19000] = (char)('a' + round % 26);
            for (int repeat = 0; repeat < 2; repeat++) benchmark_check(search(text, repeat));
        }
    return benchmark_finish();
}
