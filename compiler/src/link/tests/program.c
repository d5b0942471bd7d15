// Compiled code in small: functions in a section of their own, a table of pointers to them.
#define WASM __attribute__((section("wasm_text"), noinline))

extern const char __start_wasm_text[] __attribute__((visibility("hidden")));
extern const char __stop_wasm_text[] __attribute__((visibility("hidden")));
int helper(int);

WASM static int one(void) { return 1; }
WASM static int two(void) { return 2; }

int (*volatile table[])(void) = {one, two, one, two};
const char *const names[] = {"first", "second"};
char image[70000] __attribute__((section(".data.image"), aligned(65536))) = {7};

static int inside(int (*code)(void)) {
    return (const char *)code >= __start_wasm_text && (const char *)code < __stop_wasm_text;
}

int program(void) {
    int sum = 0;
    for (int i = 0; i < 4; i++) {
        if (!inside(table[i])) return 100;
        sum += table[i]();
    }
    if (inside(program)) return 101;
    if (names[1][0] != 's') return 102;
    if ((unsigned long)image % 65536 != 0 || image[0] != 7) return 103;
    return helper(sum);
}
