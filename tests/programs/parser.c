// A recursive descent parser: expressions with variables, calls and assignments from standard
// input, one a line, evaluated as doubles; nesting may be deep.
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *at;
static double variables[26];
static int errors, depth, deepest;

static double expression(void);

static void skip(void) {
    while (isspace((unsigned char)*at)) at++;
}

static int take(const char *token) {
    skip();
    size_t length = strlen(token);
    if (strncmp(at, token, length)) return 0;
    at += length;
    return 1;
}

static void expect(const char *token) {
    if (!take(token) && !errors++) printf("expected `%s` before `%.10s`\n", token, at);
}

static double (*const functions[])(double) = {sqrt, floor, ceil, fabs, trunc, rint};
static const char *const names[] = {"sqrt", "floor", "ceil", "abs", "trunc", "round"};

static double primary(void) {
    skip();
    if (take("(")) {
        deepest = ++depth > deepest ? depth : deepest;
        double value = expression();
        expect(")");
        depth--;
        return value;
    }
    if (isdigit((unsigned char)*at) || *at == '.') {
        char *end;
        double value = strtod(at, &end);
        at = end;
        return value;
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!take(names[i])) continue;
        expect("(");
        double value = functions[i](expression());
        expect(")");
        return value;
    }
    if (islower((unsigned char)*at)) return variables[*at++ - 'a'];
    if (!errors++) printf("unexpected `%.10s`\n", at);
    return 0;
}

static double power(void) {
    double base = primary();
    if (!take("^")) return base;
    double exponent = power(), result = 1;
    for (int i = 0; i < (int)fabs(exponent); i++) result *= base;
    return exponent < 0 ? 1 / result : result;
}

static double unary(void) {
    if (take("-")) return -unary();
    if (take("!")) return unary() == 0;
    return power();
}

static double product(void) {
    double value = unary();
    for (;;) {
        if (take("*")) value *= unary();
        else if (take("/")) value /= unary();
        else if (take("%")) value = fmod(value, unary());
        else return value;
    }
}

static double sum(void) {
    double value = product();
    for (;;) {
        if (take("+")) value += product();
        else if (take("-")) value -= product();
        else return value;
    }
}

static double comparison(void) {
    double value = sum();
    if (take("<=")) return value <= sum();
    if (take(">=")) return value >= sum();
    if (take("==")) return value == sum();
    if (take("<")) return value < sum();
    if (take(">")) return value > sum();
    return value;
}

static double expression(void) {
    skip();
    if (islower((unsigned char)at[0]) && !isalpha((unsigned char)at[1])) {
        const char *start = at++;
        skip();
        if (at[0] == '=' && at[1] != '=') {
            at++;
            return variables[*start - 'a'] = expression();
        }
        at = start;
    }
    double value = comparison();
    if (!take("?")) return value;
    double yes = expression();
    expect(":");
    double no = expression();
    return value != 0 ? yes : no;
}

int main(void) {
    static char line[1 << 20];
    int failed = 0;
    while (fgets(line, sizeof line, stdin)) {
        at = line;
        errors = depth = deepest = 0;
        double value = expression();
        skip();
        if (*at && !errors++) printf("left over `%.10s`\n", at);
        failed += errors > 0;
        // The sign of a NaN is nobody's business.
        if (!errors && isnan(value)) printf("nan\n");
        else if (!errors) printf("%.17g (depth %d)\n", value, deepest);
    }
    return failed;
}
