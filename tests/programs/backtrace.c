/* Three calls deep, and one more that is inlined: ends as its argument says, each time in a line that
 * says so. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

typedef int (*callback)(int);
typedef double (*other)(double, double);

static int identity(int number) { return number; }

callback volatile known = identity;
callback volatile nobody;
volatile int zero;
volatile int minus_one = -1;
volatile int least = INT_MIN;
volatile double huge = 1e30;
volatile double not_a_number;
volatile size_t too_long = (size_t)-1;
volatile size_t beyond = 1000000;
volatile char *volatile address;
char bytes[16];

int recurse(int depth) {
    if (minus_one > 0)
        return depth;
    return recurse(depth + zero) + zero; /* case 9 */
}

static inline __attribute__((always_inline)) int innermost(int how) {
    switch (how) {
    case 0:
        __builtin_trap(); /* case 0 */
    case 1:
        return address[0xfffffff0u]; /* case 1 */
    case 2:
        return 77 / zero; /* case 2 */
    case 3:
        return least / minus_one; /* case 3 */
    case 4:
        return __builtin_wasm_trunc_s_i32_f64(huge); /* case 4 */
    case 5:
        return __builtin_wasm_trunc_s_i32_f64(not_a_number); /* case 5 */
    case 6:
        return nobody(1); /* case 6 */
    case 7:
        return (int)((other)known)(1, 2); /* case 7 */
    case 8:
        return ((callback)beyond)(1); /* case 8 */
    case 9:
        return recurse(how);
    case 10:
        memset(bytes, how, too_long); /* case 10 */
        return bytes[zero];
    case 11:
        address[0xfffffff0u] = 1; /* case 11 */
    }
    return how;
}

__attribute__((noinline)) int third(int how) {
    return innermost(how) + 1; /* third */
}

__attribute__((noinline)) int second(int how) {
    return third(how) * 2; /* second */
}

__attribute__((noinline)) int first(int how) {
    return second(how) + 3; /* first */
}

int main(int argc, char **argv) {
    not_a_number = huge * huge * 1e300 - huge * huge * 1e300;
    return first(argc > 1 ? atoi(argv[1]) : -1) == 0;
}
