// Conversions between integers and floats at the edges of what fits, rounding, and comparisons
// and arithmetic of special values.
#include <fenv.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const double values[] = {0.0, 0.3, 0.5, 0.7, 1, 1.5, 2.5, 3.5, 127, 127.9, 128, 255.99, 32767.9, 65535.9, 2147483646.5, 2147483647, 2147483647.9,
    4294967295.0, 4294967295.9, 4294967040, 9007199254740991, 9007199254740993.0, 9223372036854774784.0, 18446744073709549568.0, 1e-310, 5e-324, 1e300, DBL_MAX, INFINITY, NAN};
#define VALUES (sizeof values / sizeof *values)

static const uint64_t integers[] = {0, 1, 16777215, 16777216, 16777217, 16777219, 33554431, 2147483583, 2147483584, 2147483647, 2147483648, 4294967167, 4294967168, 4294967295, 9007199254740991,
    9007199254740992, 9007199254740993, 9007199254740995, 9223371761976868863, 9223371761976868864, 9223372036854775295, 9223372036854775296, 9223372036854775807,
    9223372036854775808u, 18446742974197923839u, 18446742974197923840u, 18446744073709550591u, 18446744073709550592u, 18446744073709551615u};

static void show(const char *what, double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    if (isnan(value)) printf(" %s nan", what);
    else printf(" %s %016" PRIx64, what, bits);
}

static void to_integers(double value) {
    float single = (float)value;
    if (value > -2147483649.0 && value < 2147483648.0) printf(" i32 %" PRId32, (int32_t)value);
    if (value > -1.0 && value < 4294967296.0) printf(" u32 %" PRIu32, (uint32_t)value);
    if (value >= -9223372036854775808.0 && value < 9223372036854775808.0) printf(" i64 %" PRId64, (int64_t)value);
    if (value > -1.0 && value < 18446744073709551616.0) printf(" u64 %" PRIu64, (uint64_t)value);
    if (single >= -2147483648.0f && single < 2147483648.0f) printf(" i32 %" PRId32, (int32_t)single);
    if (single > -1.0f && single < 4294967296.0f) printf(" u32 %" PRIu32, (uint32_t)single);
    if (single >= -9223372036854775808.0f && single < 9223372036854775808.0f) printf(" i64 %" PRId64, (int64_t)single);
    if (single > -1.0f && single < 18446744073709551616.0f) printf(" u64 %" PRIu64, (uint64_t)single);
}

static void round_all(double value) {
    show("floor", floor(value)), show("ceil", ceil(value)), show("trunc", trunc(value)), show("near", nearbyint(value)), show("round", round(value));
    float single = (float)value;
    show("f", floorf(single)), show("c", ceilf(single)), show("t", truncf(single)), show("n", nearbyintf(single));
    show("sqrt", sqrt(fabs(value))), show("abs", fabs(value)), show("f32", single);
}

static void pair(double a, double b) {
    show("+", a + b), show("-", a - b), show("*", a * b), show("/", a / b), show("copysign", copysign(a, b));
    float c = (float)a, d = (float)b;
    show("+", c + d), show("-", c - d), show("*", c * d), show("/", c / d);
    printf(" %d%d%d%d%d%d\n", a < b, a <= b, a > b, a >= b, a == b, a != b);
}

int main(void) {
    for (size_t i = 0; i < 2 * VALUES; i++) {
        double a = i % 2 ? -values[i / 2] : values[i / 2];
        show("value", a);
        to_integers(a);
        round_all(a);
        printf("\n");
        for (size_t j = 0; j < VALUES; j++) pair(a, values[j]);
    }
    for (size_t i = 0; i < sizeof integers / sizeof *integers; i++) {
        uint64_t value = integers[i];
        show("u64", (double)value), show("i64", (double)(int64_t)value), show("u32", (double)(uint32_t)value), show("i32", (double)(int32_t)value);
        show("u64", (float)value), show("i64", (float)(int64_t)value), show("u32", (float)(uint32_t)value), show("i32", (float)(int32_t)value);
        show("-i64", (double)-(int64_t)(value >> 1)), show("-i64", (float)-(int64_t)(value >> 1));
        printf("\n");
    }
    // No contraction: a product is rounded before it is added.
    volatile double x = 1 + DBL_EPSILON, y = 1 - DBL_EPSILON;
    show("residue", x * y - 1);
    double total = 0;
    for (int i = 1; i < 100000; i++) total += 1.0 / i * (i % 2 ? 1 : -1);
    show("sum", total);
    show("fmod", fmod(1e300, 3.7));
    show("fma", fma(x, y, -1));
    printf("\n");
    return 0;
}
