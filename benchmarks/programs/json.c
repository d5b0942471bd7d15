// JSON: a document parsed to a tree on the heap, walked, written again and freed.
#include "benchmark.h"

enum kind { NIL, FALSE, TRUE, NUMBER, STRING, ARRAY, OBJECT };

struct value {
    enum kind kind;
    double number;
    char *name, *text;
    struct value *first, *next;
};

static const char *at;

static void skip_space(void) {
    while (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r') at++;
}

static char *parse_string(void) {
    const char *end = ++at;
    while (*end != '"') end += *end == '\\' ? 2 : 1;
    char *text = benchmark_allocate((size_t)(end - at) + 1), *to = text;
    while (*at != '"') {
        char c = *at++;
        if (c == '\\') c = *at++, c = c == 'n' ? '\n' : c == 't' ? '\t' : c;
        *to++ = c;
    }
    at++;
    *to = 0;
    return text;
}

static double parse_number(void) {
    int negative = *at == '-';
    at += negative;
    double value = 0, scale = 1;
    while (*at >= '0' && *at <= '9') value = value * 10 + (*at++ - '0');
    if (*at == '.')
        for (at++; *at >= '0' && *at <= '9'; scale *= 10) value = value * 10 + (*at++ - '0');
    return (negative ? -value : value) / scale;
}

static struct value *parse(void);

static struct value *parse_members(char close) {
    struct value *first = NULL, **last = &first;
    at++;
    for (skip_space(); *at != close; skip_space()) {
        char *name = NULL;
        if (close == '}') name = parse_string(), skip_space(), at++;
        *last = parse();
        (*last)->name = name;
        last = &(*last)->next;
        skip_space();
        if (*at == ',') at++;
    }
    at++;
    return first;
}

static struct value *parse(void) {
    struct value *v = benchmark_allocate(sizeof *v);
    memset(v, 0, sizeof *v);
    skip_space();
    switch (*at) {
    case '{': v->kind = OBJECT, v->first = parse_members('}'); break;
    case '[': v->kind = ARRAY, v->first = parse_members(']'); break;
    case '"': v->kind = STRING, v->text = parse_string(); break;
    case 't': v->kind = TRUE, at += 4; break;
    case 'f': v->kind = FALSE, at += 5; break;
    case 'n': v->kind = NIL, at += 4; break;
    default: v->kind = NUMBER, v->number = parse_number();
    }
    return v;
}

static char *out;

static void put(const char *text) {
    while (*text) *out++ = *text++;
}

static void put_string(const char *text) {
    *out++ = '"';
    for (; *text; text++) {
        if (*text == '"' || *text == '\\') *out++ = '\\', *out++ = *text;
        else if (*text == '\n') *out++ = '\\', *out++ = 'n';
        else *out++ = *text;
    }
    *out++ = '"';
}

// Thousandths, which is all that the document has.
static void put_number(double number) {
    char digits[24];
    int count = 0;
    if (number < 0) *out++ = '-', number = -number;
    uint64_t value = (uint64_t)(number * 1000 + 0.5);
    for (; count < 4 || value > 0; value /= 10) {
        if (count == 3) digits[count++] = '.';
        digits[count++] = (char)('0' + value % 10);
    }
    if (digits[count - 1] == '.') digits[count++] = '0';
    while (count > 0) *out++ = digits[--count];
}

static void write(const struct value *v) {
    switch (v->kind) {
    case NIL: put("null"); return;
    case FALSE: put("false"); return;
    case TRUE: put("true"); return;
    case NUMBER: put_number(v->number); return;
    case STRING: put_string(v->text); return;
    case ARRAY: case OBJECT: break;
    }
    *out++ = v->kind == ARRAY ? '[' : '{';
    for (const struct value *member = v->first; member; member = member->next) {
        if (member != v->first) *out++ = ',';
        if (member->name) put_string(member->name), *out++ = ':';
        write(member);
    }
    *out++ = v->kind == ARRAY ? ']' : '}';
}

static void release(struct value *v) {
    while (v) {
        struct value *next = v->next;
        release(v->first);
        free(v->name), free(v->text), free(v);
        v = next;
    }
}

static double total(const struct value *v) {
    double sum = v->number + v->kind;
    for (const struct value *member = v->first; member; member = member->next) sum += total(member);
    return sum;
}

int main(int argc, char **argv) {
    uint32_t rounds = benchmark_size(argc, argv, 100);
    char *document = benchmark_allocate(1 << 21), *copy = benchmark_allocate(1 << 21);
    out = document;
    put("[");
    for (int i = 0; i < 8000; i++) {
        char record[256];
        uint32_t r = benchmark_random();
        snprintf(record, sizeof record,
                 "%s{\"id\": %d, \"name\": \"user \\\"%x\\\"\", \"score\": -%u.%03u, \"tags\": [\"a%u\", \"b\\n%u\"],"
                 " \"active\": %s, \"parent\": null}",
                 i ? ",\n  " : "", i, r, r >> 20, r % 1000, r % 7, r % 11, r & 1 ? "true" : "false");
        put(record);
    }
    put("]");
    *out = 0;
    for (uint32_t round = 0; round < rounds; round++) {
        at = document;
        struct value *tree = parse();
        benchmark_check_double(total(tree));
        out = copy;
        write(tree);
        *out = 0;
        release(tree);
        at = copy;
        tree = parse();
        benchmark_check_double(total(tree));
        release(tree);
    }
    benchmark_check_bytes(copy, (size_t)(out - copy));
    return benchmark_finish();
}
