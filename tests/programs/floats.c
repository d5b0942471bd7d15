// printf and scanf of floats: values near every edge, then pseudo-random bits.
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t state = 0x853c49e6748fea9b;

static uint64_t next(void) {
    state ^= state << 13;
    state ^= state >> 7;
    return state ^= state << 17;
}

static double of_bits(uint64_t bits) {
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static uint64_t bits_of(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static void show(double value) {
    if (isnan(value)) {
        puts("nan");
        return;
    }
    printf("%.17g %e %.3f %g", value, value, fabs(value) < 1e30 ? value : 0, value);
    // How a hexadecimal subnormal is normalised is the library's choice.
    if (value == 0 || !(fabs(value) < DBL_MIN)) printf(" %a", value);
    printf(" %016" PRIx64 "\n", bits_of(value));
    char text[64];
    snprintf(text, sizeof text, "%.17g", value);
    double back = 0;
    if (isfinite(value) && (sscanf(text, "%lf", &back) != 1 || bits_of(back) != bits_of(value)))
        printf("scanf: %s gives %016" PRIx64 "\n", text, bits_of(back));
    if (isfinite(value) && bits_of(strtod(text, NULL)) != bits_of(value)) printf("strtod: %s\n", text);
    float single = (float)value;
    snprintf(text, sizeof text, "%.9g", (double)single);
    if (isfinite(single) && strtof(text, NULL) != single) printf("strtof: %s\n", text);
}

static void scan(const char *text) {
    double value = -1;
    float single = -1;
    int count = sscanf(text, "%lf", &value);
    sscanf(text, "%f", &single);
    char *end;
    double other = strtod(text, &end);
    printf("%s: %d %.17g %.9g rest `%s` %d\n", text, count, value, (double)single, end, bits_of(other) == bits_of(count == 1 ? value : 0));
}

int main(void) {
    static const double edges[] = {0.0, 1, 0.1, 0.5, 1.5, 2.5, 123456789, 1e15, 1e16, 1e17, 1e21, 1e22, 1e23, 9007199254740993.0, 5e-324, DBL_MIN, DBL_MAX,
        DBL_EPSILON, FLT_MIN, FLT_MAX, FLT_EPSILON, 3.14159265358979323846, 2.2250738585072011e-308, 4.35, 0.285, 1.005, 1e-7, 123e-20,
        999999.5, 9999995, 0.000099999995, 4503599627370496.5, 18446744073709551615.0, INFINITY};
    for (size_t i = 0; i < sizeof edges / sizeof *edges; i++) {
        show(edges[i]);
        show(-edges[i]);
    }
    for (int i = 0; i < 2000; i++) show(of_bits(next()));
    for (int i = 0; i < 500; i++) show((double)(int64_t)next() / (double)(1 + next() % 100000));
    static const char *texts[] = {"1", "  -0", "1e5", "1e400", "1e-400", "0x1.8p3", "0x1.fffffffffffff8p0", ".5", "5.", ".", "-.5e-3x", "inf", "-Infinity",
        "2.4703282292062327e-324", "2.4703282292062328e-324", "1.7976931348623158e308", "9007199254740993", "0.1e1e1", "1,5"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) scan(texts[i]);
    printf("[%10.3f] [%-10.3f] [%+.0f] [%010.2f] [% g] [%#g] [%#.0f] [%.0e]\n", 3.14159, 3.14159, 2.5, -3.14159, 1.0, 1.0, 1.0, 15.0);
    printf("[%.30f] [%.50g] [%.1a] [%20a] [%G] [%E]\n", 0.1, 0.1, 1.0 / 3, 1.0, 1e-10, 1e100);
    printf("[%*.*f] [%5d] [%-5d] [%05d] [%x] [%#o] [%lld] [%c] [%5.2s]\n", 8, 2, 1.0, 42, 42, 42, 0xbeefu, 8, -(1LL << 62), 'c', "string");
    return 0;
}
